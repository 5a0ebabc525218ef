"""Hands frames to the publisher, numbered per camera."""

import threading
from collections import Counter

from ommatid_edge.camera_plan import CameraPlan
from ommatid_edge.chosen_frame import ChosenFrame
from ommatid_edge.frame_counters import FrameCounters
from ommatid_edge.frame_publisher import FramePublisher
from ommatid_edge.frame_selection import Chosen
from ommatid_edge.jpeg import Jpeg


class SequencedPublisher:
    """Numbers the frames of each camera; safe from several threads as long as each camera keeps to one.

    Args:
        publisher: Where chosen frames go.
    """

    def __init__(self, publisher: FramePublisher) -> None:
        self._publisher = publisher
        self._lock = threading.Lock()
        self._sequences: Counter[str] = Counter()

    def accept(self, plan: CameraPlan, frame: ChosenFrame, counters: FrameCounters) -> None:
        """Publish a frame that was counted as captured."""
        chosen = Chosen(frame.captured_at_us, frame.clock, frame.reason, frame.motion_score)
        jpeg = Jpeg(frame.image, frame.width_px, frame.height_px)
        with self._lock:
            sequence = self._sequences[plan.camera_id]
        refused = self._publisher.publish_frame(plan, chosen, jpeg, sequence, counters)
        if refused is None:
            with self._lock:
                self._sequences[plan.camera_id] += 1
        else:
            counters.dropped(refused)
