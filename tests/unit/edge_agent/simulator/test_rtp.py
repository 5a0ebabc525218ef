from hypothesis import given
from hypothesis import strategies as st

from ommatid_edge.simulator.h264 import h264_payloads
from ommatid_edge.simulator.rtp import frame_template, stamped
from tests.strategies import nal_units
from tests.unit.edge_agent.simulator.rtp_reader import RtpPacket, depacketised, read_rtp

DELIMITER = b"\x09\xf0"


def sent(
    units: list[bytes], *, channel: int = 0, sequence: int = 0, timestamp: int = 0, max_payload_bytes: int = 1_400
) -> list[RtpPacket]:
    template = frame_template(tuple(h264_payloads(units, max_payload_bytes)), key_frame=False)
    return read_rtp(bytes(stamped(template, channel=channel, sequence=sequence, timestamp=timestamp, ssrc=7)))


@given(st.lists(nal_units, min_size=1, max_size=4), st.integers(3, 1_400))
def test_a_receiver_gets_the_same_nal_units(units: list[bytes], max_payload_bytes: int) -> None:
    assert depacketised(sent(units, max_payload_bytes=max_payload_bytes)) == units


@given(st.lists(nal_units, min_size=1, max_size=4), st.integers(3, 1_400))
def test_no_payload_is_larger_than_allowed(units: list[bytes], max_payload_bytes: int) -> None:
    assert max(len(packet.payload) for packet in sent(units, max_payload_bytes=max_payload_bytes)) <= max_payload_bytes


@given(st.lists(nal_units, min_size=1, max_size=4))
def test_only_the_last_packet_of_a_frame_has_the_marker(units: list[bytes]) -> None:
    markers = [packet.marker for packet in sent(units)]

    assert markers == [False] * (len(markers) - 1) + [True]


@given(st.integers(0, 0xFFFF), st.integers(0, 2**33))
def test_sequence_and_timestamp_wrap(sequence: int, timestamp: int) -> None:
    packets = sent([b"\x65" + b"\x01" * 5_000], sequence=sequence, timestamp=timestamp)

    assert [packet.sequence for packet in packets] == [(sequence + i) % 2**16 for i in range(len(packets))]
    assert {packet.timestamp for packet in packets} == {timestamp % 2**32}


def test_fragments_keep_type_and_reference_bits_and_mark_start_and_end() -> None:
    first, middle, last = sent([b"\x65" + b"\x01" * 3_000])

    assert [packet.payload[0] for packet in (first, middle, last)] == [0x7C] * 3
    assert [packet.payload[1] for packet in (first, middle, last)] == [0x85, 0x05, 0x45]


def test_a_nal_unit_of_exactly_the_maximum_is_not_fragmented() -> None:
    unit = b"\x41" + b"\x01" * 1_399

    assert [packet.payload for packet in sent([unit])] == [unit]


def test_access_unit_delimiters_are_not_sent() -> None:
    assert depacketised(sent([DELIMITER, b"\x65\x01"])) == [b"\x65\x01"]


def test_packets_go_to_the_channel_that_the_client_chose() -> None:
    packets = sent([b"\x65" + b"\x01" * 3_000], channel=6)

    assert {(packet.channel, packet.payload_type, packet.ssrc) for packet in packets} == {(6, 96, 7)}


def test_stamping_leaves_the_shared_template_alone() -> None:
    template = frame_template((b"\x65\x01",), key_frame=True)
    before = template.framed

    stamped(template, channel=2, sequence=5, timestamp=9, ssrc=1)

    assert template.framed == before
