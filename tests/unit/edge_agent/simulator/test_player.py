import struct
from fractions import Fraction
from itertools import count, pairwise

from ommatid_edge.simulator import CameraBehaviour
from ommatid_edge.simulator.clip import h264_clip
from ommatid_edge.simulator.player import MAX_UNSENT_BYTES, Clocks, Traffic, play
from ommatid_edge.simulator.sender import RtpSender
from tests.unit.edge_agent.simulator.fake_transport import FakeTransport
from tests.unit.edge_agent.simulator.rtp_reader import interleaved_frames, read_rtp

SPS, PPS = bytes.fromhex("6742c01eda"), bytes.fromhex("68ce3c80")
EPOCH_US = 1_700_000_000_000_000


SILENT = CameraBehaviour(sender_reports=False)


async def played(transport: FakeTransport, behaviour: CameraBehaviour, step_s: float = 0.1) -> Traffic:
    """Play a clip with a key frame each 2 frames, 10 frames/s, by a clock that moves `step_s` at each look."""
    clip = h264_clip([(SPS, PPS, b"\x65\x01"), (b"\x41\x01",)], Fraction(10), "test")
    sender = RtpSender(clip, start_frame=0, channel=0, ssrc=1, first_sequence=0, first_timestamp=0)
    looks = count()
    traffic = Traffic()
    clocks = Clocks(monotonic_s=lambda: next(looks) * step_s, epoch_us=lambda: EPOCH_US)
    await play(sender, transport, behaviour, traffic, clocks)
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
