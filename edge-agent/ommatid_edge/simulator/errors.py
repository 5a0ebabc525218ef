"""What can go wrong in the camera simulator.

OmmatidError
├── ConfigurationError
│   ├── CannotListenError       the address cannot be bound
│   │   └── PortInUseError      another program listens on the port
│   ├── UnknownSceneError       a camera names a scene that does not exist
│   ├── UnknownCameraError      a fault names a camera that does not exist
│   ├── FaultAmountError        a fault has an amount outside its bounds
│   ├── FootageCacheError       encoded footage cannot be kept
│   ├── NoCertificateError      rtsps without a certificate, and none can be made
│   ├── ControlError            a running simulator could not be told what to do
│   └── CameraNameError         a camera name is no path segment, or two cameras share one
└── SimulatorError
    ├── UnusableClipError       a clip cannot be sent over RTP as it is
    └── MalformedRequestError   a client sent bytes that are no RTSP request
"""

from ommatid_schemas.errors import ConfigurationError, OmmatidError


class CannotListenError(ConfigurationError):
    """The address cannot be bound."""


class PortInUseError(CannotListenError):
    """Another program listens on the port."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(
            f"camera simulator: {host}:{port} is already in use; "
            "end the program that listens there, or choose another port (0 takes a free one)"
        )


class UnknownSceneError(ConfigurationError):
    """A camera names a scene that does not exist."""


class UnknownCameraError(ConfigurationError):
    """A fault is meant for a camera that does not exist."""


class FaultAmountError(ConfigurationError):
    """A fault has an amount outside its bounds, or one where it has none."""


class FootageCacheError(ConfigurationError):
    """The folder for encoded footage cannot be written."""


class NoCertificateError(ConfigurationError):
    """A server with TLS was asked for, and the library that makes certificates is missing."""


class ControlError(ConfigurationError):
    """A running simulator is not there, or refused what it was told."""


class CameraNameError(ConfigurationError):
    """A camera name cannot be a path segment of an RTSP URL, or two cameras share it."""


class SimulatorError(OmmatidError):
    """The simulator itself met something it cannot serve."""


class UnusableClipError(SimulatorError):
    """A clip cannot be sent over RTP as it is."""


class MalformedRequestError(SimulatorError):
    """A client sent bytes that are no RTSP request, or more of them than we are willing to hold.

    Attributes:
        status: RTSP status code to answer with before the connection is closed.
    """

    def __init__(self, status: int, found: str) -> None:
        super().__init__(f"RTSP request: {found}")
        self.status = status
