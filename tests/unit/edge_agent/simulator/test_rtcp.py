import struct

from hypothesis import given

from ommatid_edge.simulator.rtcp import goodbye, interleaved, ntp_timestamp, sender_report
from tests.strategies import times_us


def report(epoch_us: int = 0) -> bytes:
    return sender_report(ssrc=0xDEADBEEF, epoch_us=epoch_us, rtp_timestamp=2**32 + 5, packets=3, payload_bytes=400)


def test_the_unix_epoch_is_seventy_years_after_the_ntp_epoch() -> None:
    assert ntp_timestamp(0) == 2_208_988_800 << 32
    assert ntp_timestamp(500_000) == (2_208_988_800 << 32) + (1 << 31)


def test_times_before_1970_are_before_the_epoch() -> None:
    assert ntp_timestamp(-1_000_000) == 2_208_988_799 << 32


def test_ntp_time_wraps_in_2036() -> None:
    assert ntp_timestamp((2**32 - 2_208_988_800) * 1_000_000) == 0


@given(times_us)
def test_ntp_time_keeps_the_microsecond(epoch_us: int) -> None:
    fraction = ntp_timestamp(epoch_us) & 0xFFFFFFFF

    assert -(-fraction * 1_000_000 // 2**32) == epoch_us % 1_000_000


def test_the_sender_report_follows_rfc_3550() -> None:
    packet = report(epoch_us=1_000_000)

    fields = struct.unpack_from(">BBHIQIII", packet)

    assert fields == (0x80, 200, 6, 0xDEADBEEF, 2_208_988_801 << 32, 5, 3, 400)


def test_a_source_description_with_a_canonical_name_follows() -> None:
    description = report()[28:]

    first, kind, words = struct.unpack_from(">BBH", description)

    assert (first, kind) == (0x81, 202)
    assert len(description) == 4 * (words + 1)
    assert description[8] == 1
    assert description[10 : 10 + description[9]] == b"camera-deadbeef"


def test_an_interleaved_packet_carries_channel_and_length() -> None:
    assert interleaved(1, b"abc") == b"$\x01\x00\x03abc"


def test_a_goodbye_comes_last_in_a_compound_packet() -> None:
    packet = goodbye(0xDEADBEEF)

    kinds, last = list[int](), b""
    while packet:
        _, kind, words = struct.unpack_from(">BBH", packet)
        kinds.append(kind)
        last, packet = packet[: 4 * (words + 1)], packet[4 * (words + 1) :]
    assert kinds == [201, 202, 203]
    assert last == bytes.fromhex("81cb0001deadbeef")
