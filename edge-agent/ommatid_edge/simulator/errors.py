"""What can go wrong in the camera simulator.

OmmatidError
├── ConfigurationError
│   ├── CannotListenError       the address cannot be bound
│   │   └── PortInUseError      another program listens on the port
│   ├── UnknownSceneError       a camera names a scene that does not exist
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
