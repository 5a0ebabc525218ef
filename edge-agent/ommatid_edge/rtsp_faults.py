"""What an error of PyAV means for a camera, in one sentence without credentials.

The functions return errors instead of raising them: the caller raises after it has left the
``except`` block, so that PyAV's error, which holds the full URL, is neither cause nor context.
"""

# PyAV builds its error classes at run time; its stubs list them, but not all of their bases.
# pyright: reportUnknownMemberType=false

import errno

import av.error

from ommatid_edge.camera_address import CameraAddress
from ommatid_edge.errors import (
    CameraError,
    CameraNotFoundError,
    CameraUnauthorisedError,
    CameraUnreachableError,
    StreamEndedError,
    StreamStalledError,
    StreamUndecodableError,
)

PYAV_ERRORS = (av.error.FFmpegError, OSError, ValueError)
"""Everything that opening and reading were seen to raise; InvalidDataError is a ValueError only."""

_UNREACHABLE = {
    errno.ECONNREFUSED: "connection refused",
    errno.EHOSTUNREACH: "no route to host",
    errno.ENETUNREACH: "network unreachable",
    errno.ECONNRESET: "connection reset",
    errno.EPROTONOSUPPORT: "a server without RTSP over TCP",
    errno.EIO: "an input/output error",
}
_UNRESOLVED = (
    "no such host, or with rtsps a certificate that is not trusted "
    "(SSL_CERT_FILE names private authorities, tls_verify: false trusts any)"
)


def open_fault(address: CameraAddress, error: Exception, waited_s: float, limit_s: float) -> CameraError:
    """Fault of an attempt to connect.

    Args:
        address: Camera.
        error: What PyAV raised; nothing of its text is used.
        waited_s: Time that the attempt took, seconds.
        limit_s: Time that it was given, seconds.
    """
    if isinstance(error, av.error.HTTPUnauthorizedError | av.error.HTTPForbiddenError):
        return CameraUnauthorisedError(
            f"{address}: expected user and password to be accepted, found a refusal (401 or 403); "
            "trying again slowly, check the credentials that the fleet file takes from the environment"
        )
    if isinstance(error, av.error.HTTPNotFoundError):
        return CameraNotFoundError(
            f"{address}: expected a stream of this path, found none (404); "
            "trying again, check the path in the fleet file"
        )
    if waited_s >= 0.9 * limit_s:
        return CameraUnreachableError(
            f"{address}: expected an answer within {limit_s:.1f} s, found none after {waited_s:.1f} s; "
            "trying again, check address, port and network"
        )
    found = _UNRESOLVED if getattr(error, "errno", None) == errno.EIO else _found(error)
    return CameraUnreachableError(
        f"{address}: expected an RTSP stream, found {found}; trying again, check address, port and camera"
    )


def read_fault(address: CameraAddress, error: Exception) -> CameraError:
    """Fault of an established connection; nothing of the text of ``error`` is used."""
    if isinstance(error, TimeoutError):
        return StreamStalledError(f"{address}: expected packets, found silence; connecting again")
    return StreamEndedError(f"{address}: expected an endless stream, found {_found(error)}; connecting again")


def stalled(address: CameraAddress, silent_s: float, limit_s: float) -> StreamStalledError:
    """Fault of a stream that has gone silent."""
    return StreamStalledError(
        f"{address}: expected a packet at least every {limit_s:.1f} s, found none for {silent_s:.1f} s; "
        "connecting again"
    )


def undecodable(address: CameraAddress, found: str) -> StreamUndecodableError:
    """Fault of a stream whose packets do not decode."""
    return StreamUndecodableError(
        f"{address}: expected packets of the announced codec, found {found}; connecting again"
    )


def ended(address: CameraAddress) -> StreamEndedError:
    """Fault of a stream that ended: PyAV reports a closed connection (FIN or RST) as the end of the file."""
    return StreamEndedError(f"{address}: expected an endless stream, found the connection closed; connecting again")


def _found(error: Exception) -> str:
    number = getattr(error, "errno", None)
    known = _UNREACHABLE.get(number) if isinstance(number, int) else None
    return known or f"{type(error).__name__} ({number})"
