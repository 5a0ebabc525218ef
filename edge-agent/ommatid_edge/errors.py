"""What can go wrong between an agent and a camera.

    OmmatidError
    └── CameraError                    one camera; the others go on
        ├── CameraUnauthorisedError    user or password refused; tried again slowly
        ├── CameraNotFoundError        the camera has no stream of this path
        ├── CameraUnreachableError     refused, no route, name unknown, or no answer in time
        ├── NoVideoStreamError         connected, but the camera offers no video
        ├── StreamStalledError         no packet within the stall limit
        ├── StreamUndecodableError     packets arrive, but none in a row of them decodes
        └── StreamEndedError           the camera closed the connection

Every message names the camera, its URL without credentials, what was expected, what was found
and what happens next. An error of PyAV holds the full URL with its password in ``str``,
``filename`` and ``args``: it is never kept as cause or context of these errors.
"""

from typing import ClassVar

from ommatid_schemas.errors import OmmatidError
from ommatid_schemas.events import CameraState


class CameraError(OmmatidError):
    """One camera cannot be watched for now; ``state`` is what its status says until the next try."""

    retriable = True
    state: ClassVar[CameraState] = CameraState.BACKING_OFF


class CameraUnauthorisedError(CameraError):
    """The camera refuses user or password. Tried again slowly, because cameras lock accounts."""

    state = CameraState.UNAUTHORISED


class CameraNotFoundError(CameraError):
    """The camera answers, but has no stream of this path."""


class CameraUnreachableError(CameraError):
    """Connection refused, no route, unknown name, or no answer within the open timeout."""


class NoVideoStreamError(CameraError):
    """The session description offers no video that could be played."""


class StreamStalledError(CameraError):
    """No packet arrived within the stall limit."""

    state = CameraState.STALLED


class StreamUndecodableError(CameraError):
    """So many packets in a row could not be decoded that the session description must be wrong."""


class StreamEndedError(CameraError):
    """The camera or the network closed the connection."""
