from collections.abc import Callable
from itertools import cycle

from hypothesis import given
from hypothesis import strategies as st

from ommatid_edge.simulator.damage import damaged
from ommatid_edge.simulator.rtp import frame_template, stamped
from tests.unit.edge_agent.simulator.rtp_reader import read_rtp

payloads = st.lists(st.binary(min_size=1, max_size=60), min_size=1, max_size=5)
draws = st.lists(st.floats(0, 1, exclude_max=True), min_size=1).map(lambda values: cycle(values).__next__)


def frame(contents: list[bytes]) -> bytearray:
    return stamped(frame_template(contents, key_frame=True), channel=0, sequence=3, timestamp=9, ssrc=1)


@given(payloads, draws)
def test_without_damage_nothing_changes(contents: list[bytes], draw: Callable[[], float]) -> None:
    assert damaged(frame(contents), 0.0, 0.0, draw) == frame(contents)


@given(payloads, draws)
def test_everything_can_be_lost(contents: list[bytes], draw: Callable[[], float]) -> None:
    assert damaged(frame(contents), 1.0, 1.0, draw) == b""


@given(payloads, draws)
def test_a_damaged_packet_differs_in_one_bit_of_its_payload(contents: list[bytes], draw: Callable[[], float]) -> None:
    before, after = read_rtp(bytes(frame(contents))), read_rtp(bytes(damaged(frame(contents), 0.0, 1.0, draw)))

    assert [packet.sequence for packet in after] == [packet.sequence for packet in before]
    for sent, arrived in zip(before, after, strict=True):
        assert (int.from_bytes(sent.payload) ^ int.from_bytes(arrived.payload)).bit_count() == 1


def test_lost_packets_leave_a_gap_in_the_sequence() -> None:
    arrived = damaged(frame([b"a", b"b", b"c"]), 0.5, 0.0, iter((0.9, 0.9, 0.1, 0.9, 0.9)).__next__)

    assert [packet.sequence for packet in read_rtp(bytes(arrived))] == [3, 5]
