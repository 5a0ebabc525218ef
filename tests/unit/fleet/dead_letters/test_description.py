import json

from ommatid_connectors.kafka import Record
from ommatid_fleet.dead_letters import describe
from ommatid_schemas import SingleObjectCodec
from tests.sample_events import sample_frame, sample_result

AT_MS = 1_790_000_000_000


def record(value: bytes, key: bytes | None = b"lobby-1") -> Record:
    return Record("omm.dlq.eu", 0, 17, key, value, AT_MS, {"stage": b"inference"})


def test_a_frame_is_decoded_and_its_image_is_only_a_size():
    shown = describe(record(SingleObjectCodec().encode(sample_frame(AT_MS * 1000, image=b"\xff\xd8" * 5000))))

    assert (shown["place"], shown["key"], shown["headers"]) == ("0:17", "lobby-1", {"stage": "inference"})
    assert (shown["event"]["type"], shown["event"]["image"]) == ("FrameEvent", "(10000 bytes)")
    assert len(json.dumps(shown)) < 2000


def test_any_other_event_is_decoded_by_its_fingerprint():
    shown = describe(record(SingleObjectCodec().encode(sample_result(AT_MS * 1000))))

    assert (shown["event"]["type"], shown["event"]["model"]) == ("FrameResult", "nanodet-416")


def test_bytes_that_are_no_event_are_shown_in_part():
    shown = describe(record(b"\x00" * 100, key=None))

    assert shown["key"] is None
    assert shown["first_bytes"] == " ".join(["00"] * 64)
    assert shown["not_decoded"] == "the bytes do not begin as an event of Ommatid does"


def test_a_damaged_event_says_what_is_wrong_with_it():
    value = SingleObjectCodec().encode(sample_result(AT_MS * 1000))

    assert describe(record(value[:-3]))["not_decoded"].startswith("FrameResult: expected Avro of")
