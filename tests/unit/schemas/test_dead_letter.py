import pytest

from ommatid_schemas import DeadLetter, DecodeError

LETTER = DeadLetter(b"lobby-1", b"\x00junk", "omm.frames.r.safety.g", 2, 4711, "decode", "DecodeError", "not Avro")


def test_a_dead_letter_survives_the_wire():
    assert DeadLetter.from_record(LETTER.key, LETTER.value, LETTER.headers()) == LETTER


def test_a_record_without_the_headers_is_refused():
    with pytest.raises(DecodeError, match=r"expected headers topic, partition, offset.*found \['stage'\]"):
        DeadLetter.from_record(None, b"", {"stage": b"decode"})
