"""Frames to spool."""

from ommatid_edge.chosen_frame import ChosenFrame
from ommatid_edge.spool import Destination, SpooledFrame
from ommatid_schemas.events import Clock, Reason
from ommatid_schemas.priority import Priority

NOON_US = 1_700_000_000_000_000
TO = Destination("omm.frames.eu.safety.doors", "eu", "doors", Priority.SAFETY)


def chosen(camera_id: str, number: int, reason: Reason = Reason.MOTION, size_bytes: int = 3000) -> ChosenFrame:
    """Frame ``number`` of a camera."""
    image = (b"%d of %s " % (number, camera_id.encode())).ljust(size_bytes, b".")
    return ChosenFrame(camera_id, NOON_US + number, Clock.RTCP, reason, 0.25, 640, 480, image)


def spooled(row_id: int, camera_id: str = "a", size_bytes: int = 3000) -> SpooledFrame:
    """A frame at its place."""
    return SpooledFrame(row_id, row_id, NOON_US, TO, chosen(camera_id, row_id, size_bytes=size_bytes))
