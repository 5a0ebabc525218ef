from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ommatid_schemas import DeadLetter, DecodeError
from ommatid_schemas.dead_letter import MAX_WHOLE_BYTES, bounded

LETTER = DeadLetter(b"lobby-1", b"\x00junk", "omm.frames.r.safety.g", 2, 4711, "decode", "DecodeError", "not Avro")


def test_a_dead_letter_survives_the_wire():
    assert DeadLetter.from_record(LETTER.key, LETTER.value, LETTER.headers()) == LETTER


def test_a_record_without_the_headers_is_refused():
    with pytest.raises(DecodeError, match=r"expected headers topic, partition, offset.*found \['stage'\]"):
        DeadLetter.from_record(None, b"", {"stage": b"decode"})


def test_a_letter_that_its_topic_takes_is_kept_whole():
    assert bounded(LETTER) is LETTER


@given(key_bytes=st.none() | st.integers(0, 2**21 + 1), value_bytes=st.integers(0, 2**21 + 1))
def test_no_letter_is_larger_than_its_topic_takes_and_one_that_is_cut_says_so(key_bytes: int | None, value_bytes: int):
    key = None if key_bytes is None else bytes(key_bytes)
    letter = bounded(replace(LETTER, key=key, value=bytes(value_bytes)))
    sizes = key_bytes or 0, value_bytes

    assert len(letter.key or b"") + len(letter.value) <= MAX_WHOLE_BYTES
    assert (letter.key is None) == (key is None)
    assert letter.original_bytes == (None if sum(sizes) <= MAX_WHOLE_BYTES else sizes)
    assert DeadLetter.from_record(letter.key, letter.value, letter.headers()) == letter


def test_sizes_that_are_no_numbers_are_refused():
    with pytest.raises(DecodeError, match="was the record written by Ommatid"):
        DeadLetter.from_record(None, b"", {**LETTER.headers(), "original_bytes": b"much"})
