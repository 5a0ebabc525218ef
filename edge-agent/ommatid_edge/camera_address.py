"""Where a camera is, for connecting with credentials and for naming without them."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pydantic import SecretStr

from ommatid_schemas.errors import ConfigurationError

_SCHEMES = ("rtsp", "rtsps")


@dataclass(frozen=True, slots=True)
class CameraAddress:
    """A camera's identity and RTSP URL.

    Attributes:
        camera_id: Camera, as in the fleet file.
        url: Full URL; credentials in it are percent-encoded.
        shown: URL for logs and errors: whatever stands before the last ``@`` is ``***``, so that a
            password is hidden even where an unescaped ``/`` in it breaks the URL.
    """

    camera_id: str
    url: SecretStr
    shown: str = field(init=False)

    def __post_init__(self) -> None:
        """Derive the URL that may be shown."""
        object.__setattr__(self, "shown", _without_credentials(self.url.get_secret_value()))

    def __str__(self) -> str:
        """Camera and URL as they open every message."""
        return f"camera {self.camera_id} at {self.shown}"


def check_address(address: CameraAddress, path: str) -> None:
    """Refuse a URL that could not be dialled, before anything connects.

    Args:
        address: Camera and resolved URL.
        path: Place of the URL in the fleet file, for the error.

    Raises:
        ConfigurationError: Not an RTSP URL with a host and a valid port.
    """
    if not _is_dialable(address.url.get_secret_value()):
        raise ConfigurationError(
            f"{path}: expected rtsp://[user:password@]host[:port]/path, found {address.shown}; "
            "percent-encode characters such as / @ : # ? in user and password"
        )


def _is_dialable(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return parts.scheme in _SCHEMES and bool(parts.hostname) and port != 0


def _without_credentials(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    if not separator:
        return "***"
    before, at, host_and_path = rest.rpartition("@")
    return f"{scheme}://***@{host_and_path}" if at and before else f"{scheme}://{rest}"
