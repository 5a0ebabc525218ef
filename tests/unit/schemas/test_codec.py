from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ommatid_schemas import Codec, ConfluentCodec, DecodeError, Event, FrameEvent, SingleObjectCodec, Trigger
from ommatid_schemas.codec import InMemorySchemaRegistry
from ommatid_schemas.published_schemas import latest_schema
from tests.strategies import events

TRIGGER = Trigger("lobby-1", until_us=1_000_000, cause_frame_id="lobby-1/970000", score=0.5)

codecs = pytest.mark.parametrize(
    "new_codec",
    [SingleObjectCodec, lambda: ConfluentCodec(InMemorySchemaRegistry())],
    ids=["single-object", "confluent"],
)


@codecs
@given(event=events)
def test_every_event_survives_the_wire(new_codec: Callable[[], Codec], event: Event):
    codec = new_codec()

    assert codec.decode(type(event), codec.encode(event)) == event


@given(event=events, position=st.integers(0), byte=st.integers(0, 255), cut=st.integers(0))
def test_corrupt_bytes_raise_a_decode_error_or_give_an_event_of_the_right_type(
    event: Event, position: int, byte: int, cut: int
):
    codec = SingleObjectCodec()
    value = bytearray(codec.encode(event))
    value[position % len(value)] = byte
    corrupt = bytes(value[: len(value) - cut % 3])

    with suppress(DecodeError):
        assert isinstance(codec.decode(type(event), corrupt), type(event))


def test_single_object_header_is_the_marker_and_the_little_endian_fingerprint():
    value = SingleObjectCodec().encode(TRIGGER)

    assert value[:2] == b"\xc3\x01"
    assert value[2:10] == latest_schema(Trigger).fingerprint


def test_confluent_header_is_zero_and_the_big_endian_schema_id():
    value = ConfluentCodec(InMemorySchemaRegistry()).encode(TRIGGER)

    assert value[:5] == b"\x00\x00\x00\x00\x01"


def test_foreign_bytes_are_refused_with_their_first_bytes():
    with pytest.raises(DecodeError, match=r"FrameEvent: expected Avro single-object encoding.*start with 7b 22"):
        SingleObjectCodec().decode(FrameEvent, b'{"json": true}')


def test_another_event_is_refused_by_name():
    with pytest.raises(DecodeError, match=r"FrameEvent: expected one of its published schemas, found Trigger"):
        SingleObjectCodec().decode(FrameEvent, SingleObjectCodec().encode(TRIGGER))


def test_trailing_bytes_are_refused():
    with pytest.raises(DecodeError, match="cut off or padded"):
        SingleObjectCodec().decode(Trigger, SingleObjectCodec().encode(TRIGGER) + b"x")


def test_an_unknown_schema_id_is_refused_with_the_setting_to_check():
    with pytest.raises(DecodeError, match=r"found 77.*schema_registry\.url"):
        ConfluentCodec(InMemorySchemaRegistry()).decode(Trigger, b"\x00\x00\x00\x00\x4d")
