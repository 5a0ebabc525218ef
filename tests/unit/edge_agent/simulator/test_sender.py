import struct
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from ommatid_edge.simulator.clip import Clip, h264_clip
from ommatid_edge.simulator.sender import RtpSender
from tests.unit.edge_agent.simulator.rtp_reader import RtpPacket, depacketised, interleaved_frames, read_rtp

SPS, PPS = bytes.fromhex("6742c01eda"), bytes.fromhex("68ce3c80")


def clip_of(frames: int, key_frame_every: int = 3, rate: Fraction = Fraction(10)) -> Clip:
    """Frame i holds its index, so that a test can see which one was sent."""
    units = [
        (SPS, PPS, bytes((0x65, 1 + i))) if i % key_frame_every == 0 else (bytes((0x41, 1 + i)),) for i in range(frames)
    ]
    return h264_clip(units, rate, "test")


def sender_of(clip: Clip, *, start_frame: int = 0, first_sequence: int = 0, first_timestamp: int = 0) -> RtpSender:
    return RtpSender(
        clip,
        start_frame=start_frame,
        channel=2,
        ssrc=9,
        first_sequence=first_sequence,
        first_timestamp=first_timestamp,
    )


def index_of(packets: list[RtpPacket]) -> int:
    return depacketised(packets)[-1][1] - 1


def read_next(sender: RtpSender) -> list[RtpPacket]:
    return read_rtp(bytes(sender.next_packets()))


def test_the_clip_starts_over_at_its_end() -> None:
    sender = sender_of(clip_of(5), start_frame=3)

    assert [index_of(read_next(sender)) for _ in range(8)] == [3, 4, 0, 1, 2, 3, 4, 0]


@given(st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF), st.sampled_from([Fraction(10), Fraction(30_000, 1_001)]))
def test_sequence_and_timestamps_run_on_across_loops_and_wraps(
    first_sequence: int, first_timestamp: int, rate: Fraction
) -> None:
    clip = clip_of(4, rate=rate)
    sender = sender_of(clip, first_sequence=first_sequence, first_timestamp=first_timestamp)

    frames = [read_next(sender) for _ in range(10)]

    sequences = [packet.sequence for frame in frames for packet in frame]
    assert sequences == [(first_sequence + i) % 2**16 for i in range(len(sequences))]
    assert [frame[0].timestamp for frame in frames] == [
        (first_timestamp + round(i * 90_000 / rate)) % 2**32 for i in range(10)
    ]


def test_frames_are_due_at_the_rate_of_the_clip() -> None:
    sender = sender_of(clip_of(5))
    due_s: list[float] = []
    for _ in range(3):
        due_s.append(sender.due_s())
        read_next(sender)

    assert due_s == [0.0, 0.1, 0.2]


def test_after_a_drop_nothing_is_sent_before_the_next_key_frame() -> None:
    sender = sender_of(clip_of(6))
    read_next(sender)
    sender.drop()

    assert [len(read_next(sender)) for _ in range(2)] == [0, 3]


def test_a_drop_leaves_a_gap_in_time_and_none_in_the_sequence() -> None:
    sender = sender_of(clip_of(6))
    before = read_next(sender)[-1]
    sender.drop()
    sender.drop()
    after = read_next(sender)[0]

    assert after.timestamp - before.timestamp == 3 * 9_000
    assert after.sequence - before.sequence == 1


def test_a_skip_moves_time_and_not_the_footage() -> None:
    sender = sender_of(clip_of(6))
    read_next(sender)
    sender.skip_to(2.55)
    packets = read_next(sender)

    assert (index_of(packets), packets[0].timestamp) == (1, 25 * 9_000)


def test_a_skip_never_moves_time_back() -> None:
    sender = sender_of(clip_of(6))
    for _ in range(4):
        read_next(sender)
    sender.skip_to(0.0)

    assert sender.due_s() == 0.4


def test_a_report_ties_the_next_frame_to_its_capture_time() -> None:
    sender = sender_of(clip_of(6), first_timestamp=2**32 - 9_000)
    read_next(sender)
    ((channel, report),) = interleaved_frames(sender.report(1_500_000))
    _, _, _, ssrc, ntp, timestamp, packets, payload_bytes = struct.unpack_from(">BBHIQIII", report)
    (following,) = read_next(sender)

    assert (channel, ssrc, packets, payload_bytes) == (3, 9, 3, len(SPS) + len(PPS) + 2)
    assert timestamp == following.timestamp == 0
    assert ntp / 2**32 - 2_208_988_800 == 1.5
