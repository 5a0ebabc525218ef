"""The committed footage by name, and which camera shows what."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path

from ommatid_edge.simulator.behaviour import CameraBehaviour
from ommatid_edge.simulator.encoding import Encoding
from ommatid_edge.simulator.errors import CameraNameError, UnknownSceneError

FOOTAGE = Path(__file__).parent / "footage"

SCENES: Mapping[str, Path] = {
    "street": FOOTAGE / "people.mp4",
    "street-mirrored": FOOTAGE / "people-mirrored.mp4",
    "sparse": FOOTAGE / "sparse.mp4",
    "empty": FOOTAGE / "empty.mp4",
    "street-crop": FOOTAGE / "people-crop.mp4",
}

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
# Cameras with the same scene start this far apart, so that no two of the first dozen show the same moment.
_OFFSET_STEP_S = 14.0


@dataclass(frozen=True, slots=True)
class SimulatedCamera:
    """One camera of the server.

    Attributes:
        name: Path of the stream without the slash.
        scene: What it shows, a key of `SCENES`.
        offset_s: Where in the scene each client starts, seconds; rounded down to a key frame, modulo the length.
        behaviour: What is not usual about it, as long as no other fault is switched on.
        encoding: How its footage is encoded, None for the scene's own clip; encoded once and kept in a cache.
    """

    name: str
    scene: str = "street"
    offset_s: float = 0.0
    behaviour: CameraBehaviour = field(default_factory=CameraBehaviour)
    encoding: Encoding | None = None


def default_cameras(count: int, scenes: Sequence[str] = tuple(SCENES)) -> tuple[SimulatedCamera, ...]:
    """`camera-1` to `camera-count`, the scenes in turn and each round of them starting later in the footage."""
    return tuple(
        SimulatedCamera(f"camera-{index + 1}", scene, offset_s=index // len(scenes) * _OFFSET_STEP_S)
        for index, scene in enumerate(islice(cycle(scenes), count))
    )


def check_cameras(cameras: Iterable[SimulatedCamera], scenes: Mapping[str, Path]) -> None:
    """Check names and scenes.

    Raises:
        CameraNameError: A name is no path segment, or two cameras share it.
        UnknownSceneError: A scene does not exist.
    """
    seen: set[str] = set()
    for camera in cameras:
        if not _NAME.fullmatch(camera.name):
            raise CameraNameError(f"camera {camera.name!r}: expected letters, digits, '.', '_' and '-' only; rename it")
        if camera.name in seen:
            raise CameraNameError(f"camera {camera.name!r}: two cameras have this name; give each its own")
        if camera.scene not in scenes:
            raise UnknownSceneError(f"camera {camera.name}: no scene {camera.scene!r}; choose from {', '.join(scenes)}")
        seen.add(camera.name)
