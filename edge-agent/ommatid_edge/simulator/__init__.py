"""A server of simulated RTSP cameras with real footage and faults on demand, for demos, tests and benches."""

from ommatid_edge.simulator.behaviour import CameraBehaviour
from ommatid_edge.simulator.encoding import Codec, Encoding
from ommatid_edge.simulator.errors import (
    CameraNameError,
    CannotListenError,
    ControlError,
    FaultAmountError,
    FootageCacheError,
    MalformedRequestError,
    NoCertificateError,
    PortInUseError,
    SimulatorError,
    UnknownCameraError,
    UnknownSceneError,
    UnusableClipError,
)
from ommatid_edge.simulator.faults import NATURES, Fault
from ommatid_edge.simulator.footage_library import FootageLibrary
from ommatid_edge.simulator.scenes import SCENES, SimulatedCamera, default_cameras
from ommatid_edge.simulator.server import CameraServer
from ommatid_edge.simulator.service import background_server, run
from ommatid_edge.simulator.switchboard import CameraCondition

__all__ = [
    "NATURES",
    "SCENES",
    "CameraBehaviour",
    "CameraCondition",
    "CameraNameError",
    "CameraServer",
    "CannotListenError",
    "Codec",
    "ControlError",
    "Encoding",
    "Fault",
    "FaultAmountError",
    "FootageCacheError",
    "FootageLibrary",
    "MalformedRequestError",
    "NoCertificateError",
    "PortInUseError",
    "SimulatedCamera",
    "SimulatorError",
    "UnknownCameraError",
    "UnknownSceneError",
    "UnusableClipError",
    "background_server",
    "default_cameras",
    "run",
]
