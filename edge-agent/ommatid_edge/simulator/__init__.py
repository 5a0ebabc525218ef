"""A server of simulated RTSP cameras with real footage, for demos and tests."""

from ommatid_edge.simulator.errors import (
    CameraNameError,
    CannotListenError,
    MalformedRequestError,
    PortInUseError,
    SimulatorError,
    UnknownSceneError,
    UnusableClipError,
)
from ommatid_edge.simulator.scenes import SCENES, CameraBehaviour, SimulatedCamera, default_cameras
from ommatid_edge.simulator.server import CameraServer
from ommatid_edge.simulator.service import background_server, run

__all__ = [
    "SCENES",
    "CameraBehaviour",
    "CameraNameError",
    "CameraServer",
    "CannotListenError",
    "MalformedRequestError",
    "PortInUseError",
    "SimulatedCamera",
    "SimulatorError",
    "UnknownSceneError",
    "UnusableClipError",
    "background_server",
    "default_cameras",
    "run",
]
