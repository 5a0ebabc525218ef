"""What is remembered in memory of each frame in the spool: enough to order and to evict it, without its image."""

from dataclasses import dataclass

from ommatid_schemas.events import Reason
from ommatid_schemas.priority import Priority


@dataclass(frozen=True, slots=True)
class Entry:
    """One frame in the spool.

    Attributes:
        row_id: Its number; frames that came later have larger ones, also over restarts.
        camera_id: Its camera.
        priority: Priority of the camera's group when the frame was taken in.
        reason: Why it was chosen, which is its value.
        size_bytes: What it takes on disk, in whole pages.
        spooled_at_us: When it was taken in, microseconds since the Unix epoch.
    """

    row_id: int
    camera_id: str
    priority: Priority
    reason: Reason
    size_bytes: int
    spooled_at_us: int
