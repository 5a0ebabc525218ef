import pytest
from hypothesis import given
from hypothesis import strategies as st

from ommatid_edge.simulator.nal import NalType, first_of_type, nal_type, split_annex_b
from tests.strategies import nal_units

SPS, IDR = b"\x67\x42\x00\x1e\xab", b"\x65\x88\x84"


@pytest.mark.parametrize("start_code", [b"\x00\x00\x01", b"\x00\x00\x00\x01"])
def test_both_start_codes_separate_nal_units(start_code: bytes) -> None:
    assert split_annex_b(start_code + SPS + start_code + IDR) == (SPS, IDR)


def test_padding_zeros_belong_to_no_nal_unit() -> None:
    assert split_annex_b(b"\x00\x00\x01" + SPS + b"\x00\x00\x00\x00\x01" + IDR + b"\x00\x00") == (SPS, IDR)


def test_bytes_without_a_start_code_hold_no_nal_unit() -> None:
    assert split_annex_b(b"") == ()
    assert split_annex_b(SPS) == ()


@given(st.lists(nal_units, max_size=6))
def test_joined_nal_units_are_split_again(units: list[bytes]) -> None:
    assert split_annex_b(b"".join(b"\x00\x00\x01" + unit for unit in units)) == tuple(units)


def test_the_type_is_read_without_the_reference_bits() -> None:
    assert nal_type(b"\x65") == nal_type(b"\x25") == NalType.IDR


def test_the_first_nal_unit_of_a_type_is_found() -> None:
    assert first_of_type((SPS, IDR, b"\x65\x01"), NalType.IDR) == IDR
    assert first_of_type((SPS, IDR), NalType.PPS) is None
