"""What leaves a camera's thread: chosen frames, and the count of all others."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Protocol

from ommatid_edge.frame_selection import DropReason
from ommatid_schemas.events import Clock, Reason


@dataclass(frozen=True, slots=True)
class ChosenFrame:
    """A frame to publish, masked and encoded.

    Attributes:
        camera_id: Camera.
        captured_at_us: Capture time, us UTC; strictly increasing per camera.
        clock: By which clock it was captured.
        reason: Why it was chosen.
        motion_score: Share of the scene that changed, 0..1.
        width_px: Width of the image, pixels.
        height_px: Height of the image, pixels.
        image: JPEG with privacy masks burnt in.
    """

    camera_id: str
    captured_at_us: int
    clock: Clock
    reason: Reason
    motion_score: float
    width_px: int
    height_px: int
    image: bytes = field(repr=False)


class FrameOutlet(Protocol):
    """Takes what a camera's thread hands over; both calls are quick and thread-safe.

    Every frame that comes from a camera, decoded or not, leads to exactly one ``chosen`` or is
    counted in exactly one ``dropped``.
    """

    def chosen(self, frame: ChosenFrame) -> None:
        """Take a frame to publish; frames of one camera come in order."""
        ...

    def dropped(self, camera_id: str, reason: DropReason, count: int = 1) -> None:
        """Count frames that are not published."""
        ...


class InMemoryOutlet:
    """Keeps what it is given: for tests, and where footage is played instead of a camera."""

    def __init__(self) -> None:
        self.frames: list[ChosenFrame] = []
        self.drops: Counter[DropReason] = Counter()

    def chosen(self, frame: ChosenFrame) -> None:
        """Keep a frame."""
        self.frames.append(frame)

    def dropped(self, camera_id: str, reason: DropReason, count: int = 1) -> None:
        """Count frames."""
        del camera_id
        self.drops[reason] += count

    @property
    def total(self) -> int:
        """Frames that came from the camera."""
        return len(self.frames) + self.drops.total()
