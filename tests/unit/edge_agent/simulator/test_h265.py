from hypothesis import given
from hypothesis import strategies as st

from ommatid_edge.simulator.h265 import h265_payloads
from ommatid_edge.simulator.nal import hevc_nal_type


def nal_unit(kind: int, layer: int, body: bytes) -> bytes:
    return bytes((kind << 1 | layer >> 5, (layer & 0x1F) << 3 | 1)) + body


units = st.builds(nal_unit, st.integers(0, 34), st.integers(0, 63), st.binary(min_size=1, max_size=3_000))


def depacketised(payloads: list[bytes]) -> list[bytes]:
    """Put NAL units together as RFC 7798 (4.4.1, 4.4.3) says, written from the standard."""
    found: list[bytes] = []
    for payload in payloads:
        if payload[0] >> 1 & 0x3F != 49:
            found.append(payload)
        elif payload[2] & 0x80:
            found.append(bytes((payload[0] & 0x81 | (payload[2] & 0x3F) << 1, payload[1])) + payload[3:])
        else:
            found[-1] += payload[3:]
    return found


@given(st.lists(units, min_size=1, max_size=4), st.integers(4, 1_400))
def test_a_receiver_gets_the_same_nal_units(sent: list[bytes], max_payload_bytes: int) -> None:
    payloads = list(h265_payloads(sent, max_payload_bytes))

    assert depacketised(payloads) == sent
    assert max(map(len, payloads)) <= max_payload_bytes


def test_fragments_keep_type_and_layer_and_mark_start_and_end() -> None:
    first, middle, last = h265_payloads([b"\x26\x01" + b"\x07" * 3_000])

    assert [payload[:2] for payload in (first, middle, last)] == [b"\x62\x01"] * 3
    assert [payload[2] for payload in (first, middle, last)] == [0x93, 0x13, 0x53]


def test_access_unit_delimiters_are_not_sent() -> None:
    assert list(h265_payloads([b"\x46\x01\x50", b"\x26\x01\x07"])) == [b"\x26\x01\x07"]


def test_the_type_is_read_between_forbidden_bit_and_layer() -> None:
    assert hevc_nal_type(b"\x42\x01") == 33
