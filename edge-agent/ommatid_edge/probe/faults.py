"""What a fault of a camera means for somebody who probes it by hand."""

from collections.abc import Mapping

from ommatid_edge.errors import (
    CameraError,
    CameraNotFoundError,
    CameraUnauthorisedError,
    NoVideoStreamError,
    StreamEndedError,
    StreamStalledError,
    StreamUndecodableError,
)

_DEFAULT_ADVICE = "check address, port and network, and that RTSP is switched on in the camera"
_ADVICE: Mapping[type[CameraError], str] = {
    CameraUnauthorisedError: "check user and password, and that this user may watch the stream",
    CameraNotFoundError: "check the path; it differs by make, and the camera's manual or ONVIF media service has it",
    NoVideoStreamError: "check what the camera offers at this path",
    StreamStalledError: "the camera announces the stream but sends nothing; check how many viewers it allows",
    StreamEndedError: "the camera hangs up; check how many viewers it allows, and the network",
    StreamUndecodableError: "the camera sends another codec than it announces; restart it",
}


def sentence(fault: CameraError) -> str:
    """One sentence: where, what was expected and found as the agent says it, and what to check.

    The agent's own last clause says when it tries again, which a probe does not.
    """
    found, _, _ = str(fault).rpartition(";")
    return f"{found}; {_ADVICE.get(type(fault), _DEFAULT_ADVICE)}"
