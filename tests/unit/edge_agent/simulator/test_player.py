import struct
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import count, pairwise

import pytest

from ommatid_edge.simulator import CameraBehaviour, Fault, SimulatedCamera
from ommatid_edge.simulator.clip import h264_clip
from ommatid_edge.simulator.live_camera import LiveCamera
from ommatid_edge.simulator.player import MAX_UNSENT_BYTES, Clocks, Traffic, play
from ommatid_edge.simulator.sender import RtpSender
from tests.unit.edge_agent.simulator.fake_transport import FakeTransport
from tests.unit.edge_agent.simulator.rtp_reader import interleaved_frames, read_rtp

SPS, PPS = bytes.fromhex("6742c01eda"), bytes.fromhex("68ce3c80")
EPOCH_US = 1_700_000_000_000_000


SILENT = CameraBehaviour(sender_reports=False)


CLIP = h264_clip([(SPS, PPS, b"\x65\x01"), (b"\x41\x01",)], Fraction(10), "test")
OTHER_CLIP = h264_clip([(SPS, PPS, b"\x65\x07")], Fraction(5), "test")


def camera_that(behaviour: CameraBehaviour) -> LiveCamera:
    """A camera with a key frame each 2 frames, 10 frames/s."""
    camera = LiveCamera(SimulatedCamera("a", behaviour=behaviour), CLIP)
    camera.started_s = 0.0
    return camera


def leave_alone(look: int, camera: LiveCamera) -> None:
    """Change nothing."""


async def played(
    transport: FakeTransport,
    behaviour: CameraBehaviour,
    step_s: float = 0.1,
    at_look: Callable[[int, LiveCamera], None] = leave_alone,
) -> Traffic:
    """Play by a clock that moves `step_s` at each look; `at_look` may change the camera meanwhile."""
    camera = camera_that(behaviour)
    sender = RtpSender(CLIP, start_frame=0, channel=0, ssrc=1, first_sequence=0, first_timestamp=0)
    looks = count()
    traffic = Traffic()

    def monotonic_s() -> float:
        look = next(looks)
        at_look(look, camera)
        return look * step_s

    clocks = Clocks(monotonic_s=monotonic_s, epoch_us=lambda: EPOCH_US, draw=lambda: 0.5)
    await play(sender, transport, camera, traffic, clocks)
    return traffic


def reports(transport: FakeTransport) -> list[tuple[int, int]]:
    """(capture time in microseconds, RTP timestamp) of each sender report."""
    frames = [frame for data in transport.written for frame in interleaved_frames(data)]
    fields = [struct.unpack_from(">QI", packet, 8) for channel, packet in frames if channel == 1]
    return [(round((ntp / 2**32 - 2_208_988_800) * 1e6), timestamp) for ntp, timestamp in fields]


def media(transport: FakeTransport) -> list[bytes]:
    return [data for data in transport.written if data[1] == 0]


async def test_a_report_goes_before_the_first_frame_and_then_each_period() -> None:
    transport = FakeTransport(closes_after=14)

    await played(transport, CameraBehaviour(sender_report_period_s=0.5))

    assert [timestamp for _, timestamp in reports(transport)] == [0, 45_000, 90_000]
    assert transport.written[0][1] == 1


async def test_without_sender_reports_only_media_is_sent() -> None:
    transport = FakeTransport(closes_after=5)

    await played(transport, SILENT)

    assert len(media(transport)) == 5


async def test_the_skew_moves_the_camera_clock() -> None:
    straight, skewed = FakeTransport(closes_after=1), FakeTransport(closes_after=1)

    await played(straight, CameraBehaviour())
    await played(skewed, CameraBehaviour(ntp_skew_s=-3_600.0))

    assert reports(straight)[0][0] - reports(skewed)[0][0] == 3_600_000_000


async def test_the_first_report_may_come_late() -> None:
    transport = FakeTransport(closes_after=8)

    await played(transport, CameraBehaviour(first_report_after_s=0.5))

    assert [timestamp for _, timestamp in reports(transport)] == [45_000]


async def test_a_drift_adds_up_from_report_to_report() -> None:
    transport = FakeTransport(closes_after=14)

    await played(transport, CameraBehaviour(sender_report_period_s=0.5, clock_drift_ppm=1_000.0))

    captured_us = [captured for captured, _ in reports(transport)]
    assert [later - earlier for earlier, later in pairwise(captured_us)] == [pytest.approx(500, abs=110)] * 2


async def test_a_stall_withholds_media_and_reports_and_ends_with_a_key_frame() -> None:
    transport = FakeTransport(closes_after=9)

    def stall_for_a_while(look: int, camera: LiveCamera) -> None:
        camera.change({Fault.STALL: 0.0} if 3 <= look < 20 else {}, CLIP)

    await played(transport, CameraBehaviour(sender_report_period_s=0.5), at_look=stall_for_a_while)

    timestamps = [read_rtp(data)[0].timestamp for data in media(transport)]
    gaps = [later - earlier for earlier, later in pairwise(timestamps)]
    after = media(transport)[gaps.index(max(gaps)) + 1]
    assert sorted(gaps)[-2:] == [9_000, pytest.approx(18 * 9_000, abs=18_000)]
    assert len(read_rtp(after)) == 3


async def test_other_footage_goes_on_at_the_next_frame_in_the_same_stream() -> None:
    transport = FakeTransport(closes_after=8)

    await played(transport, SILENT, at_look=lambda look, camera: camera.change({}, CLIP if look < 4 else OTHER_CLIP))

    frames = [read_rtp(data) for data in media(transport)]
    shows_other = [frame[-1].payload == b"\x65\x07" for frame in frames]
    assert shows_other == sorted(shows_other)
    assert {False, True} == set(shows_other)
    sequences = [packet.sequence for frame in frames for packet in frame]
    assert sequences == list(range(len(sequences)))
    gaps = [later[0].timestamp - earlier[0].timestamp for earlier, later in pairwise(frames)]
    assert gaps == sorted(gaps)
    assert set(gaps) == {9_000, 18_000}


@pytest.mark.parametrize(("behaviour", "packets"), [(CameraBehaviour(loss=0.4), 3), (CameraBehaviour(loss=0.6), 0)])
async def test_packets_are_lost_by_chance(behaviour: CameraBehaviour, packets: int) -> None:
    transport = FakeTransport(closes_after=1)

    await played(transport, replace(behaviour, sender_reports=False))

    assert len(read_rtp(transport.written[0])) == packets


async def test_a_client_that_does_not_read_loses_frames_up_to_a_key_frame() -> None:
    transport = FakeTransport(closes_after=4, unsent_bytes=[0, MAX_UNSENT_BYTES + 1, 0, 0])

    traffic = await played(transport, SILENT)

    first, second = media(transport)[:2]
    assert read_rtp(second)[0].timestamp - read_rtp(first)[0].timestamp == 2 * 9_000
    assert traffic == Traffic(frames_sent=4, frames_dropped=1)


async def test_after_a_long_hold_up_no_burst_of_stale_frames_is_sent() -> None:
    transport = FakeTransport(closes_after=3)

    await played(transport, SILENT, step_s=5.0)

    timestamps = [read_rtp(data)[0].timestamp for data in media(transport)]
    assert min(b - a for a, b in pairwise(timestamps)) >= 4 * 90_000
