"""The committed footage by name, and which camera shows what."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path

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
class CameraBehaviour:
    """How a camera differs from a well-behaved one. Switches for faults belong here.

    Attributes:
        sender_reports: Whether RTCP sender reports are sent; without them a client has no capture time.
        sender_report_period_s: Time between sender reports, seconds; the first is sent at PLAY.
        ntp_skew_s: How far the camera's clock is ahead of true time, seconds; negative when it is behind.
        first_timestamp: RTP timestamp of the first frame, None for a random one as RFC 3550 asks for.
    """

    sender_reports: bool = True
    sender_report_period_s: float = 5.0
    ntp_skew_s: float = 0.0
    first_timestamp: int | None = None


@dataclass(frozen=True, slots=True)
class SimulatedCamera:
    """One camera of the server.

    Attributes:
        name: Path of the stream without the slash.
        scene: What it shows, a key of `SCENES`.
        offset_s: Where in the scene each client starts, seconds; rounded down to a key frame, modulo the length.
        behaviour: Clock and reports.
    """

    name: str
    scene: str = "street"
    offset_s: float = 0.0
    behaviour: CameraBehaviour = field(default_factory=CameraBehaviour)


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
