"""Where pictures of alerts are stored, and which of them have had their time. Pure.

Keys are ``REGION/DAY/CAMERA/NAME``, so that whole days can be passed over without a look at their
pictures. Earlier releases wrote ``REGION/CAMERA/NAME``; those pictures go by the time at which they were stored.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from urllib.parse import quote

from ommatid_connectors.object_store.object_store import StoredObject

_PICTURE = re.compile(r"[^/]+\.(jpg|webp)(\.[^./]+)?")
"""Name of a picture, or of one that a killed process has left unfinished."""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_EPOCH = date(1970, 1, 1)


def picture_key(region: str, camera_id: str, name: str, captured_at_us: int) -> str:
    """Key of a picture: ``REGION/DAY/CAMERA/NAME``, with the day (UTC) on which it was taken.

    Args:
        region: Of the camera.
        camera_id: Camera that took it.
        name: File name, in whatever characters.
        captured_at_us: When it was taken, microseconds since the epoch.
    """
    day = datetime.fromtimestamp(captured_at_us // 1_000_000, tz=UTC).date()
    return f"{region}/{day.isoformat()}/{quote(camera_id, safe='')}/{quote(name, safe='')}"


@dataclass(frozen=True, slots=True)
class PictureRetention:
    """How long pictures are kept: each for at least this long, and a day longer at most.

    Attributes:
        keep_s: From the end of the day on which a picture was taken, seconds.
    """

    keep_s: float

    def may_hold_expired(self, folder: str, now_us: int) -> bool:
        """Whether a folder directly below a region has to be looked into.

        Args:
            folder: Its name: a day, or a camera of an earlier release.
            now_us: Microseconds since the epoch.
        """
        day = _day_of(folder)
        return day is None or self._has_passed(day, now_us)

    def has_expired(self, stored: StoredObject, now_us: int) -> bool:
        """Whether an object is a picture that has had its time; other files never have."""
        parts = stored.key.split("/")
        if not _PICTURE.fullmatch(parts[-1]):
            return False
        day = _day_of(parts[1]) if len(parts) == 4 else None
        if day is not None:
            return self._has_passed(day, now_us)
        return len(parts) == 3 and stored.stored_at_us + self.keep_s * 1e6 <= now_us

    def _has_passed(self, day: date, now_us: int) -> bool:
        end_s = (day.toordinal() + 1 - _EPOCH.toordinal()) * 86_400
        return (end_s + self.keep_s) * 1e6 <= now_us


def _day_of(folder: str) -> date | None:
    if not _DAY.fullmatch(folder):
        return None
    try:
        return date.fromisoformat(folder)
    except ValueError:
        return None
