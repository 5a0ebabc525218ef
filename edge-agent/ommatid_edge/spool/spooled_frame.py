"""One frame as it lies in the spool: everything that its event needs, but the time of publication."""

from dataclasses import dataclass

from ommatid_edge.chosen_frame import ChosenFrame
from ommatid_edge.spool.entry import Entry
from ommatid_schemas.priority import Priority

PAGE_BYTES = 4096
_BESIDE_THE_IMAGE_BYTES = 256


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a camera's frames go; kept with each frame, because the plan may change while it waits."""

    topic: str
    region: str
    group: str
    priority: Priority


@dataclass(frozen=True, slots=True)
class SpooledFrame:
    """A frame, where it goes, and its place.

    Attributes:
        row_id: Its number in the spool.
        sequence: Its number among the camera's frames, from 0, continued over restarts.
        spooled_at_us: When it was taken in, microseconds since the Unix epoch.
        destination: Where it goes.
        frame: What the camera's thread handed over.
    """

    row_id: int
    sequence: int
    spooled_at_us: int
    destination: Destination
    frame: ChosenFrame

    def entry(self) -> Entry:
        """What is remembered of it in memory."""
        return Entry(
            self.row_id,
            self.frame.camera_id,
            self.destination.priority,
            self.frame.reason,
            size_of(self),
            self.spooled_at_us,
        )


def size_of(spooled: SpooledFrame) -> int:
    """Bytes that a frame takes on disk."""
    return size_on_disk(len(spooled.frame.image))


def size_on_disk(image_bytes: int) -> int:
    """Bytes that a frame takes on disk: whole pages for the image and what lies beside it."""
    return -(-(image_bytes + _BESIDE_THE_IMAGE_BYTES) // PAGE_BYTES) * PAGE_BYTES
