"""What a real client sees of each fault."""

# PyAV leaves the type argument of Packet open, and builds its error classes at run time.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path

import av
import pytest
from av.error import FFmpegError, HTTPNotFoundError, HTTPOtherClientError, HTTPUnauthorizedError

from ommatid_edge.simulator import (
    SCENES,
    CameraBehaviour,
    CameraServer,
    Codec,
    Encoding,
    Fault,
    FaultAmountError,
    SimulatedCamera,
    UnknownCameraError,
    background_server,
)
from ommatid_edge.simulator.certificate import self_signed
from tests.services.simulator.rtsp_client import OPTIONS, watch
from tests.services.simulator.viewer import Viewer, playing

# FFmpeg finds its place again by chance, once in some hundred kilobytes: it looks for `$` after a line feed only.
BUSY = Encoding(size_px=(640, 480), frames_per_s=15, bit_rate=2_000_000, length_s=4.0)
CODECS = {"h264": "plain", "hevc": "h265", "mjpeg": "mjpeg"}


@pytest.fixture(scope="module")
def server(short_scene: Mapping[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[CameraServer]:
    behaviour = CameraBehaviour(sender_report_period_s=0.1)
    cameras = [
        SimulatedCamera("plain", "short", behaviour=behaviour),
        SimulatedCamera("other", "short"),
        SimulatedCamera("h265", "short", encoding=Encoding(Codec.H265, length_s=0.4)),
        SimulatedCamera("mjpeg", "short", encoding=Encoding(Codec.MJPEG, length_s=0.4)),
        SimulatedCamera("busy", "street", encoding=BUSY),
    ]
    scenes = {**SCENES, **short_scene}
    with background_server(CameraServer(cameras, scenes=scenes, cache=tmp_path_factory.mktemp("cache"))) as it:
        yield it


@pytest.fixture(autouse=True)
def healed(server: CameraServer) -> Iterator[None]:
    """Every test leaves the cameras as they were."""
    yield
    for camera in server.cameras:
        server.clear(camera.name)


@pytest.mark.parametrize(("codec", "camera"), CODECS.items())
def test_each_codec_plays_without_damage(server: CameraServer, codec: str, camera: str) -> None:
    with av.open(server.url(camera), options=OPTIONS) as container:
        seen = Viewer(container).see(lambda it: len(it.sizes) >= 12)
        assert container.streams.video[0].codec_context.name == codec

    assert (set(seen.sizes), seen.corrupt, seen.undecodable) == ({(160, 96)}, 0, 0)
    assert seen.offsets_s


@pytest.mark.parametrize("fault", [Fault.FIN, Fault.RST, Fault.BYE])
def test_a_connection_that_is_closed_or_said_goodbye_to_is_the_end_of_the_stream_and_the_next_one_plays(
    server: CameraServer, fault: Fault
) -> None:
    with playing(server) as viewer:
        server.switch("plain", fault)
        viewer.see_the_end()

    assert len(watch(server.url("plain"), frames=2).sizes) == 2


def test_silence_is_a_timeout(server: CameraServer) -> None:
    with playing(server, timeout_s=0.3) as viewer:
        server.switch("plain", Fault.STALL)
        with pytest.raises(TimeoutError):
            viewer.see_the_end()


def test_a_stall_that_ends_goes_on_in_the_same_connection(server: CameraServer) -> None:
    with playing(server) as viewer:
        server.switch("plain", Fault.STALL, for_s=0.2)
        viewer.see(lambda _: server.condition("plain").faults == {})
        seen = len(viewer.sizes)
        viewer.see(lambda it: len(it.sizes) >= seen + 5)

    assert viewer.corrupt == 0


async def test_a_stalled_camera_answers_keepalives(short_scene: Mapping[str, Path]) -> None:
    stalled = SimulatedCamera("a", "short", behaviour=CameraBehaviour(stalled=True))
    async with CameraServer([stalled], scenes=short_scene) as server:
        reader, writer = await asyncio.open_connection(server.host, server.port)
        uri = server.url("a")
        for cseq, request in enumerate((f"SETUP {uri}/trackID=0", f"PLAY {uri}", f"GET_PARAMETER {uri}")):
            transport = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n" if cseq == 0 else ""
            writer.write(f"{request} RTSP/1.0\r\nCSeq: {cseq}\r\n{transport}\r\n".encode())
            answer = await reader.readuntil(b"\r\n\r\n")
            assert answer.startswith(f"RTSP/1.0 200 OK\r\nCSeq: {cseq}\r\n".encode())
        writer.close()


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.UNAUTHORISED, HTTPUnauthorizedError),
        (Fault.NOT_FOUND, HTTPNotFoundError),
        (Fault.BAD_SDP, HTTPOtherClientError),
        (Fault.MUTE, FFmpegError),
        (Fault.SLOW, FFmpegError),
    ],
)
def test_new_clients_do_not_get_in(server: CameraServer, fault: Fault, error: type[Exception]) -> None:
    server.switch("plain", fault, 30.0 if fault is Fault.SLOW else None)

    with pytest.raises(error):
        av.open(server.url("plain"), options={**OPTIONS, "timeout": "300000"})

    assert len(watch(server.url("other"), frames=2).sizes) == 2


def test_slow_answers_are_answers(server: CameraServer) -> None:
    server.switch("plain", Fault.SLOW, 0.1)

    assert len(watch(server.url("plain"), frames=2).sizes) == 2


@pytest.mark.parametrize("fault", [Fault.UNAUTHORISED, Fault.NOT_FOUND, Fault.BAD_SDP])
def test_who_plays_already_is_not_turned_away(server: CameraServer, fault: Fault) -> None:
    with playing(server) as viewer:
        server.switch("plain", fault)
        viewer.see(lambda it: len(it.sizes) >= 8)


@pytest.mark.parametrize("fault", [Fault.RANDOM_BYTES, Fault.BOGUS_LENGTH])
def test_after_garbage_in_the_stream_the_client_finds_its_way_back(server: CameraServer, fault: Fault) -> None:
    with playing(server, "busy") as viewer:
        server.switch("busy", fault)
        seen = len(viewer.sizes)
        viewer.see(lambda it: len(it.sizes) >= seen + 15)


def test_bit_flips_are_undecodable_packets_or_damaged_frames(server: CameraServer) -> None:
    with playing(server) as viewer:
        server.switch("plain", Fault.BIT_FLIPS, 1.0)
        viewer.see(lambda it: it.undecodable + it.corrupt >= 3)


def test_lost_packets_are_damaged_frames(server: CameraServer) -> None:
    with playing(server) as viewer:
        server.switch("plain", Fault.LOSS, 0.3)
        viewer.see(lambda it: it.corrupt >= 3)


def test_the_resolution_changes_in_the_middle_of_the_stream_and_back(server: CameraServer) -> None:
    with playing(server) as viewer:
        server.switch("plain", Fault.RESOLUTION)
        viewer.see(lambda it: it.sizes[-1] == (80, 48))
        server.clear("plain")
        viewer.see(lambda it: it.sizes[-1] == (160, 96))


def test_another_codec_under_the_old_description_cannot_be_decoded(server: CameraServer) -> None:
    with playing(server) as viewer:
        server.switch("plain", Fault.CODEC)
        viewer.see(lambda it: it.undecodable >= 20)

    with av.open(server.url("plain"), options=OPTIONS) as container:
        assert container.streams.video[0].codec_context.name == "hevc"


def test_the_key_frame_distance_changes(server: CameraServer) -> None:
    server.switch("plain", Fault.KEY_FRAMES, 0.4)

    with playing(server) as viewer:
        viewer.see(lambda it: it.key_frames.count(True) >= 3)

    gaps = "".join("K" if key else "." for key in viewer.key_frames).strip(".").split("K")
    assert set(gaps[1:-1]) == {"." * 9}


def test_a_clock_that_jumps_shows_with_the_next_report(server: CameraServer) -> None:
    with playing(server) as viewer:
        viewer.see(lambda it: len(it.offsets_s) >= 2)
        assert abs(viewer.offsets_s[-1]) < 1_000
        server.switch("plain", Fault.CLOCK_JUMP, 5_000.0)
        viewer.see(lambda it: it.offsets_s[-1] == pytest.approx(5_000, abs=1_000))


def test_without_sender_reports_new_clients_have_no_capture_time(server: CameraServer) -> None:
    server.switch("plain", Fault.NO_SENDER_REPORT)

    with playing(server) as viewer:
        viewer.see(lambda it: len(it.sizes) >= 5)

    assert viewer.offsets_s == []


def test_capture_times_are_right_across_a_wrap(server: CameraServer) -> None:
    server.switch("plain", Fault.TIMESTAMP_WRAP, 0.2)

    with playing(server) as viewer:
        viewer.see(lambda it: len(it.offsets_s) >= 15)

    assert max(map(abs, viewer.offsets_s)) < 1_000


def test_a_camera_with_a_self_signed_certificate_plays_and_breaks_off(
    short_scene: Mapping[str, Path], tmp_path: Path
) -> None:
    certificate = self_signed("127.0.0.1")
    (tmp_path / "camera.pem").write_bytes(certificate.certificate_pem)
    cameras = CameraServer([SimulatedCamera("a", "short")], scenes=short_scene, tls=certificate.server_context())
    with background_server(cameras) as server:
        assert server.url("a").startswith("rtsps://")
        assert len(watch(server.url("a"), frames=3).sizes) == 3
        trusting = {**OPTIONS, "tls_verify": "1", "ca_file": str(tmp_path / "camera.pem")}
        with av.open(server.url("a"), options=trusting) as container:
            viewer = Viewer(container).see(lambda it: len(it.sizes) >= 1)
            server.switch("a", Fault.RST)
            with pytest.raises(OSError, match="Input/output error"):
                viewer.see_the_end()
        with pytest.raises(OSError, match="Input/output error"):
            av.open(server.url("a"), options={**OPTIONS, "tls_verify": "1"})


def test_a_fault_is_one_camera_only_and_visible(server: CameraServer) -> None:
    with playing(server), server.faulty("plain", Fault.LOSS, 0.1):
        assert server.condition("plain").faults == {Fault.LOSS: 0.1}
        assert server.condition("plain").clients == 1
        assert server.condition("other").faults == {}

    assert server.condition("plain").faults == {}


def test_a_fault_of_no_camera_or_of_an_impossible_amount_is_refused(server: CameraServer) -> None:
    with pytest.raises(UnknownCameraError, match=r"no camera 'nowhere' is simulated; choose from plain, other"):
        server.switch("nowhere", Fault.STALL)
    with pytest.raises(FaultAmountError, match="fault loss: expected 0 to 1"):
        server.switch("plain", Fault.LOSS, 7.0)


def test_a_server_that_is_not_entered_says_so() -> None:
    with pytest.raises(RuntimeError, match="not running; enter it first"):
        CameraServer([SimulatedCamera("a")]).switch("a", Fault.STALL)


async def test_a_server_that_would_wait_for_itself_says_what_to_do_instead(short_scene: Mapping[str, Path]) -> None:
    async with CameraServer([SimulatedCamera("a", "short")], scenes=short_scene) as server:
        with pytest.raises(RuntimeError, match="would wait for itself; await the methods of its switchboard"):
            server.switch("a", Fault.STALL)

        await server.switchboard.switch("a", Fault.STALL)
        assert (await server.switchboard.condition("a")).faults == {Fault.STALL: 0.0}
