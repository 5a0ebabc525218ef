"""What a gear asks of whoever judges its frames."""

from dataclasses import dataclass
from typing import Protocol

from ommatid_edge.picture import ArrivedFrame


@dataclass(frozen=True, slots=True)
class GearReport:
    """How much of a stream is decoded, and what is known of its key frames.

    Attributes:
        gear: ``idle`` (key frames) or ``full``.
        reason: Why everything is decoded; empty while idle.
        key_frame_distance_us: Time between two key frames as seen in the stream, microseconds; None
            before the second one.
    """

    gear: str
    reason: str
    key_frame_distance_us: int | None


class Onlooker(Protocol):
    """Judges the frames of one camera, one after the other, in the thread that reads it."""

    @property
    def alive(self) -> bool:
        """Whether the frame judged last moved, or showed another scene."""
        ...

    def glance(self, frame: ArrivedFrame) -> bool:
        """Whether a key frame asks for the frames around it: it is alive, or one frame cannot tell.

        It decides nothing: the same frame comes again to be judged.
        """
        ...

    def wanted(self, at_us: int) -> bool:
        """Whether somebody asked for every frame that arrives at this time, us UTC."""
        ...

    def shifted(self, report: GearReport) -> None:
        """Take note of another gear, another reason or another key frame distance."""
        ...
