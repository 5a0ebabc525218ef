"""Hands a camera's frames to the publisher of the same process."""

from ommatid_edge.camera_monitor import CameraMonitor
from ommatid_edge.camera_plan import CameraPlan
from ommatid_edge.chosen_frame import ChosenFrame
from ommatid_edge.frame_publisher import FramePublisher
from ommatid_edge.frame_selection import Chosen, DropReason
from ommatid_edge.jpeg import Jpeg


class PublishingOutlet:
    """Outlet and reporter of one camera.

    Args:
        plan: Camera.
        monitor: Its counters and condition.
        publisher: Where chosen frames go.
    """

    def __init__(self, plan: CameraPlan, monitor: CameraMonitor, publisher: FramePublisher) -> None:
        self._plan = plan
        self._monitor = monitor
        self._publisher = publisher
        self._sequence = 0

    def chosen(self, frame: ChosenFrame) -> None:
        """Count and publish a frame."""
        counters = self._monitor.counters
        counters.captured()
        try:
            refused = self._publish(frame)
        except BaseException:
            counters.dropped(DropReason.AGENT_FAULT)
            raise
        if refused is None:
            self._sequence += 1
        else:
            counters.dropped(refused)

    def dropped(self, camera_id: str, reason: DropReason, count: int = 1) -> None:
        """Count frames that are not published."""
        del camera_id
        for _ in range(count):
            self._monitor.counters.captured()
            self._monitor.counters.dropped(reason)

    def clock(self, offset_us: int | None, drift_ppm: float | None = None, jumps: int = 0) -> None:
        """Keep the offset."""
        del drift_ppm, jumps
        self._monitor.clock_offset(offset_us)

    def gear(self, name: str, key_frame_distance_us: int | None) -> None:
        """Gears are not shown yet."""

    def _publish(self, frame: ChosenFrame) -> DropReason | None:
        chosen = Chosen(frame.captured_at_us, frame.clock, frame.reason, frame.motion_score)
        jpeg = Jpeg(frame.image, frame.width_px, frame.height_px)
        return self._publisher.publish_frame(self._plan, chosen, jpeg, self._sequence, self._monitor.counters)
