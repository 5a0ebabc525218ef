"""Short footage, made on the spot, for tests that need to see its end."""

# PyAV leaves the type argument of Packet open.
# pyright: reportUnknownMemberType=false

from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from ommatid_edge.simulator import CameraBehaviour, CameraServer, SimulatedCamera, background_server

SHORT_FRAMES = 5
SHORT_RATE = 25


@pytest.fixture(scope="session")
def short_scene(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """One scene named `short`: five frames, 0.2 s, 160 x 96 pixels, moving noise."""
    path = tmp_path_factory.mktemp("footage") / "short.mp4"
    generator = np.random.default_rng(1)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=SHORT_RATE, options={"x264-params": "bframes=0:threads=1"})
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        for index in range(SHORT_FRAMES):
            frame = av.VideoFrame.from_ndarray(generator.integers(0, 255, (96, 160, 3), np.uint8), format="bgr24")
            frame.pts, frame.time_base = index, Fraction(1, SHORT_RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return {"short": path}


@pytest.fixture(scope="session")
def short_server(short_scene: Mapping[str, Path]) -> Iterator[CameraServer]:
    """Cameras that show the short scene, well-behaved and otherwise; no password."""
    cameras = [
        SimulatedCamera("plain", "short"),
        SimulatedCamera("behind", "short", behaviour=CameraBehaviour(ntp_skew_s=-3_600.0)),
        SimulatedCamera("timeless", "short", behaviour=CameraBehaviour(sender_reports=False)),
        SimulatedCamera("wrapping", "short", behaviour=CameraBehaviour(first_timestamp=2**32 - 10_000)),
    ]
    with background_server(CameraServer(cameras, scenes=short_scene)) as server:
        yield server
