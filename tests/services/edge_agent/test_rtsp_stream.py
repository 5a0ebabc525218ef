"""One connection through the gears, against simulated cameras over real sockets."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from ommatid_edge.camera_address import CameraAddress
from ommatid_edge.camera_plan import CameraPlan
from ommatid_edge.chosen_frame import InMemoryOutlet
from ommatid_edge.errors import CameraError, CameraUnreachableError, StreamUndecodableError
from ommatid_edge.frame_handler import FrameHandler
from ommatid_edge.frame_selection import DropReason
from ommatid_edge.gears.settings import GearSettings
from ommatid_edge.jpeg import JpegSettings
from ommatid_edge.motion_gate import GateSettings
from ommatid_edge.privacy_mask import PrivacyMasks
from ommatid_edge.rtsp_stream import StreamLimits, open_rtsp
from ommatid_edge.simulator import CameraServer, Codec, Encoding, Fault, SimulatedCamera, background_server
from ommatid_edge.simulator.certificate import self_signed
from ommatid_edge.trigger_board import TriggerBoard
from ommatid_schemas.events import Reason, Tampering
from ommatid_schemas.priority import Priority
from ommatid_schemas.sampling import SamplingPolicy

SMALL = Encoding(size_px=(320, 240), frames_per_s=15, length_s=4.0)
LIMITS = StreamLimits(stall_s=4.0)
ENOUGH_S = 30.0


@dataclass
class Told:
    """Remembers the gears and their key frame distances."""

    gears: list[str] = field(default_factory=list[str])
    distance_us: int | None = None

    def clock(self, offset_us: int | None, drift_ppm: float | None = None, jumps: int = 0) -> None:
        del offset_us, drift_ppm, jumps

    def gear(self, name: str, key_frame_distance_us: int | None) -> None:
        self.gears.append(name)
        self.distance_us = key_frame_distance_us

    def tampering(self, found: Mapping[Tampering, int]) -> None:
        assert found == {}


@dataclass
class Watch:
    """One connection to a camera, read until something is so."""

    plan: CameraPlan
    outlet: InMemoryOutlet = field(default_factory=InMemoryOutlet)
    told: Told = field(default_factory=Told)
    board: TriggerBoard = field(default_factory=lambda: TriggerBoard(["camera-1"]))

    def until(self, over: Callable[["Watch"], bool]) -> "Watch":
        handler = FrameHandler(self.plan, self.outlet, self.board, self.told)
        deadline_s = time.monotonic() + ENOUGH_S
        with open_rtsp(self.plan, handler, LIMITS, lambda: time.time_ns() // 1000, lambda: over(self)) as stream:
            for decoded in stream.frames():
                handler.handle(decoded)
                assert time.monotonic() < deadline_s, (self.outlet.drops, self.told)
        return self


@pytest.fixture(scope="module")
def cameras() -> Iterator[CameraServer]:
    cameras = [
        SimulatedCamera("h264", "empty", encoding=SMALL),
        SimulatedCamera("h265", "empty", encoding=replace(SMALL, codec=Codec.H265)),
        SimulatedCamera("mjpeg", "empty", encoding=replace(SMALL, codec=Codec.MJPEG)),
        SimulatedCamera("far-apart", "empty", encoding=replace(SMALL, key_frame_every_s=4.0, length_s=8.0)),
    ]
    with background_server(CameraServer(cameras, username="viewer", password="s3cret")) as server:
        yield server


def plan_of(server: CameraServer, name: str, look_back_us: int = 0) -> CameraPlan:
    return CameraPlan(
        address=CameraAddress("camera-1", SecretStr(server.url(name, with_credentials=True))),
        region="eu-west",
        group="entrances",
        priority=Priority.SAFETY,
        policy=SamplingPolicy(30_000_000, 500_000, 30_000_000, 0, 0.45, 0.0),
        gate=GateSettings(),
        masks=PrivacyMasks(),
        jpeg=JpegSettings(),
        decode=GearSettings(look_back_us=look_back_us),
    )


@pytest.mark.parametrize("codec", ["h264", "h265", "mjpeg"])
def test_of_a_still_scene_little_is_decoded_whatever_the_codec(cameras: CameraServer, codec: str):
    watch = Watch(plan_of(cameras, codec)).until(lambda it: it.outlet.drops[DropReason.NOT_DECODED] >= 50)

    assert watch.outlet.drops[DropReason.NOT_DUE] < 8
    assert [frame.reason for frame in watch.outlet.frames] == [Reason.BASELINE]
    assert set(watch.told.gears) == {"idle"}


def test_key_frames_too_far_apart_are_measured_and_everything_is_decoded(cameras: CameraServer):
    watch = Watch(plan_of(cameras, "far-apart")).until(lambda it: it.told.distance_us is not None)

    assert watch.told.gears[-1] == "full"
    assert watch.told.distance_us == pytest.approx(4_000_000, rel=0.05)


def test_a_trigger_publishes_what_is_still_buffered_since_its_cause(cameras: CameraServer):
    watch = Watch(plan_of(cameras, "h264", look_back_us=5_000_000))
    noticed_us = 0

    def over(it: Watch) -> bool:
        nonlocal noticed_us
        # In the middle of a group of pictures, a second after its key frame.
        if not noticed_us and it.outlet.frames and time.time_ns() // 1000 - first_us(it) > 1_000_000:
            noticed_us = time.time_ns() // 1000
            it.board.post("camera-1", noticed_us + 2_000_000, noticed_us - 500_000)
        return noticed_us > 0 and time.time_ns() // 1000 > noticed_us + 1_000_000

    events = [frame for frame in watch.until(over).outlet.frames if frame.reason is Reason.EVENT]

    # 15 frames per second: those of the half second before the notice are there too.
    early = [frame for frame in events if frame.captured_at_us < noticed_us]
    assert 5 <= len(early) <= 9
    assert min(frame.captured_at_us for frame in events) >= noticed_us - 500_000
    assert len(events) - len(early) >= 8


def first_us(watch: Watch) -> int:
    return watch.outlet.frames[0].captured_at_us


def test_a_resolution_that_changes_in_the_middle_is_taken_as_it_comes(cameras: CameraServer):
    plan = replace(plan_of(cameras, "h264"), policy=SamplingPolicy(1_000_000, 500_000, 1, 0, 0.45, 0.0))
    sizes: set[int] = set()

    def over(it: Watch) -> bool:
        sizes.update(frame.width_px for frame in it.outlet.frames)
        if it.outlet.frames and cameras.condition("h264").faults == {}:
            cameras.switch("h264", Fault.RESOLUTION, 0.5)
        return sizes == {320, 160}

    try:
        watch = Watch(plan).until(over)
    finally:
        cameras.clear("h264")

    assert watch.outlet.drops[DropReason.UNDECODABLE_PACKET] == 0


@pytest.mark.parametrize("codec", ["h264", "h265", "mjpeg"])
def test_a_codec_that_changes_under_the_session_ends_the_connection(cameras: CameraServer, codec: str):
    def over(it: Watch) -> bool:
        if it.outlet.frames and cameras.condition(codec).faults == {}:
            cameras.switch(codec, Fault.CODEC)
        return False

    try:
        with pytest.raises(CameraError, match=r"^camera camera-1 at rtsp://\*\*\*@127") as caught:
            Watch(plan_of(cameras, codec)).until(over)
    finally:
        cameras.clear(codec)

    if codec == "h264":
        assert isinstance(caught.value, StreamUndecodableError)
    assert "s3cret" not in repr(caught.value)


def test_over_tls_only_a_certificate_that_is_trusted_passes_unless_told_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    certificate = self_signed("127.0.0.1")
    (tmp_path / "camera.pem").write_bytes(certificate.certificate_pem)
    camera = SimulatedCamera("h264", "empty", encoding=SMALL)
    with background_server(CameraServer([camera], tls=certificate.server_context())) as server:
        plan = plan_of(server, "h264")
        assert plan.address.shown.startswith("rtsps://")

        with pytest.raises(CameraUnreachableError, match="a certificate that is not trusted"):
            Watch(plan).until(lambda _: False)
        unchecked = Watch(replace(plan, tls_verify=False)).until(lambda it: bool(it.outlet.frames))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "camera.pem"))
        checked = Watch(plan).until(lambda it: bool(it.outlet.frames))

    assert len(unchecked.outlet.frames) == len(checked.outlet.frames) == 1
