"""The edge agent's way of one camera in the time of its footage: two gears, gate, sampling, masks, JPEG."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from ommatid_edge.camera_plan import CameraPlan
from ommatid_edge.chosen_frame import ChosenFrame, InMemoryOutlet
from ommatid_edge.frame_handler import FrameHandler
from ommatid_edge.gears.two_gears import TwoGears
from ommatid_edge.published_frame import published_frame
from ommatid_edge.spool import Destination
from ommatid_edge.trigger_board import TriggerBoard
from ommatid_fleet.backtest.footage import Clip
from ommatid_schemas.events import FrameEvent, Tampering, Trigger

PUBLISHED_AFTER_US = 100_000
"""From the arrival of the packet with which a frame was chosen to its publication, microseconds."""

_AGENT = "backtest"


@dataclass(frozen=True, slots=True)
class _Silent:
    """Clock, gear and picture of footage are nobody's concern."""

    def clock(self, offset_us: int | None, drift_ppm: float | None = None, jumps: int = 0) -> None:
        """Footage has one clock."""

    def gear(self, name: str, key_frame_distance_us: int | None) -> None:
        """Whoever wants to know asks ``ommatid-edge probe``."""

    def tampering(self, found: Mapping[Tampering, int]) -> None:
        """Footage is what it is."""


class VirtualCamera:
    """Publishes what the agent would publish of a camera.

    A packet arrives at the time of its frame. Clips follow each other as connections do: what is known of the scene
    survives.

    Args:
        plan: The camera.
        start_us: When the footage begins, microseconds since the epoch.
        triggers_by: Triggers that have arrived by a time, microseconds since the epoch; each once.
    """

    def __init__(self, plan: CameraPlan, start_us: int, triggers_by: Callable[[int], Iterable[Trigger]]) -> None:
        self.published: Counter[str] = Counter()
        self._plan = plan
        self._destination = Destination(plan.topic, plan.region, plan.group, plan.priority)
        self._start_us = start_us
        self._triggers_by = triggers_by
        self._board = TriggerBoard([plan.camera_id])
        self._outlet = InMemoryOutlet()
        self._handler = FrameHandler(plan, self._outlet, self._board, _Silent())
        self._arrived_at_us = start_us
        self._now_us = start_us
        self._sequence = 0

    @property
    def not_published(self) -> Counter[str]:
        """Frames that were left out, by reason."""
        return Counter({reason.value: count for reason, count in self._outlet.drops.items()})

    def frames(self, clip: Clip, on_packet: Callable[[int], None]) -> Iterator[FrameEvent]:
        """Frames of a clip that are published; each is to be dealt with before the next one is taken.

        Args:
            clip: Footage.
            on_packet: Told the capture time of each frame of the clip, published or not, microseconds since the epoch.
        """
        gears = TwoGears(clip.stream, self._plan.decode, lambda: self._arrived_at_us, self._handler)
        for packet, offset_us in clip.packets():
            self._arrived_at_us = self._start_us + offset_us
            # Packets of reordered frames carry the times of their frames, which jump to and fro.
            self._now_us = max(self._now_us, self._arrived_at_us)
            on_packet(self._arrived_at_us)
            self._take_triggers()
            for decoded in gears.frames(packet):
                self._handler.handle(decoded)
                yield from self._taken()
        for decoded in gears.rest():
            self._handler.handle(decoded)
            yield from self._taken()

    def _take_triggers(self) -> None:
        for trigger in self._triggers_by(self._now_us):
            cause_captured_at_us = int(trigger.cause_frame_id.rpartition("/")[2])
            self._board.post(trigger.camera_id, trigger.until_us, cause_captured_at_us)

    def _taken(self) -> Iterator[FrameEvent]:
        while self._outlet.frames:
            chosen = self._outlet.frames.pop(0)
            self.published[chosen.reason.value] += 1
            self._sequence += 1
            yield self._event(chosen)

    def _event(self, chosen: ChosenFrame) -> FrameEvent:
        return published_frame(
            chosen,
            self._destination,
            sequence=self._sequence,
            published_at_us=self._now_us + PUBLISHED_AFTER_US,
            agent_id=_AGENT,
        )
