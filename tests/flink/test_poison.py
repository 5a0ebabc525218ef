"""A day's worth of poison on a real cluster: each record is a dead letter with its reason; the job never restarts."""

import os
import time
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from ommatid_connectors.kafka import Record
from ommatid_schemas import DeadLetter, FrameEvent, FrameResult, SingleObjectCodec, Trigger, topics
from tests.flink.region import RegionUnderTest, moving_frame
from tests.sample_events import sample_alert

CODEC = SingleObjectCodec()
OF_EACH_KIND = 100
HUGE_BYTES = 50 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Poison:
    """A record that cannot become a result, and the stage and class of error that its dead letter names."""

    key: bytes | None
    value: bytes
    stage: str = "sampler"
    error_class: str = "MisplacedRecord"


def poisons(region: RegionUnderTest, street: bytes) -> Mapping[str, Poison]:
    """One of each kind."""
    now_us = time.time_ns() // 1000

    def frame(image: bytes, camera: str = "yard-9", group: str = "yards", at_us: int = now_us) -> bytes:
        return CODEC.encode(moving_frame(region, camera, group, at_us, image))

    def refused(value: bytes, key: bytes | None = b"yard-9") -> Poison:
        return Poison(key, value, "sampler", "DecodeError")

    def no_image(image: bytes) -> Poison:
        # A camera of its own for each, so that its layers want the frame.
        camera = f"yard-{uuid.uuid4().hex}"
        return Poison(camera.encode(), frame(image, camera), "inference", "UndecodableImage")

    of_65500_px = street.replace(street[street.index(b"\xff\xc0") :][5:9], b"\xff\xdc\xff\xdc", 1)
    small = b"\xff\xd8 never looked at"
    avro = frame(small)
    return {
        "random bytes": refused(os.urandom(3000)),
        "an empty value": refused(b""),
        "Avro that is cut off": refused(avro[: len(avro) // 2]),
        "Avro with a byte too many": refused(avro + b"\x00"),
        "another event": refused(CODEC.encode(sample_alert(now_us))),
        "a schema that nobody published": refused(avro[:2] + bytes(8) + avro[10:]),
        "a key that is no text": Poison(b"\xff\xfe\xff", avro),
        "no key": Poison(None, avro),
        "a huge key": Poison(b"k" * 200_000, avro),
        "a camera id that is too long": Poison(b"y" * 129, frame(small, "y" * 129)),
        "the key of another camera": Poison(b"yard-8", avro),
        "an unknown group": Poison(b"yard-9", frame(small, group="attic")),
        "a time that has not come": Poison(b"yard-9", frame(small, at_us=now_us + 86_400_000_000)),
        "the end of time": Poison(b"yard-9", frame(small, at_us=2**63 - 3_600_000_001)),
        "no image": no_image(b""),
        "a truncated JPEG": no_image(street[: len(street) // 2]),
        "an image of 65500 x 65500": no_image(of_65500_px),
        "a PNG": no_image(b"\x89PNG\r\n" + os.urandom(500)),
    }


def all_poisons(region: RegionUnderTest, street: bytes) -> dict[str, list[Poison]]:
    """Many of each kind."""
    found: dict[str, list[Poison]] = {}
    for _ in range(OF_EACH_KIND):
        for kind, poison in poisons(region, street).items():
            found.setdefault(kind, []).append(poison)
    return found


def letters(records: list[Record]) -> list[DeadLetter]:
    return [DeadLetter.from_record(record.key, record.value, record.headers) for record in records]


def test_poison_ends_in_the_dead_letter_topic_with_its_reason_and_never_restarts_the_job(
    region: RegionUnderTest, street: bytes
):
    yards = region.frames_topic("yards")
    region.take_large_records(yards)
    job = region.start("ommatid_jobs.flink.detect", "--priority", "safety", "--checkpoint-interval", "2s")
    start_us = time.time_ns() // 1000
    good = [moving_frame(region, "yard-1", "yards", start_us + n * 500_000, street) for n in range(20)]
    too_late = Trigger("yard-1", start_us + 86_400_000_000, "yard-1/1", 1.0)
    huge = [CODEC.encode(moving_frame(region, "yard-7", "yards", start_us, bytes(HUGE_BYTES))) for _ in range(2)]

    poison = all_poisons(region, street)
    region.publish(yards, good[:10])
    region.publish_bytes([(yards, it.key, it.value) for kind in poison.values() for it in kind], {"\u2603": b"\xff"})
    region.publish_bytes([(yards, b"yard-7", it) for it in huge])
    region.publish_nothing(yards, b"yard-1")
    region.publish(topics.triggers_topic(region.name, good[0].priority), [too_late])
    region.publish(yards, good[10:])

    expected = Counter((it.stage, it.error_class) for kind in poison.values() for it in kind)
    expected += Counter(
        {("sampler", "OversizedRecord"): len(huge), ("sampler", "MisplacedRecord"): 1, ("sampler", "DecodeError"): 1}
    )
    records = region.read(topics.dead_letters_topic(region.name), lambda it: len(it) >= expected.total(), 120.0)
    results = region.read(topics.detections_topic(region.name), lambda it: len(it) >= len(good))

    found = letters(records)
    assert Counter((it.stage, it.error_class) for it in found) == expected
    assert all(it.error_text for it in found)
    assert [CODEC.decode(FrameResult, it.value).frame_id for it in results] == [it.frame_id for it in good]
    [*cut] = [it for it in found if it.original_bytes is not None]
    assert {("OversizedRecord", yards)} == {(it.error_class, it.topic) for it in cut}
    whole = next(it for it in found if it.error_class == "UndecodableImage")
    assert CODEC.decode(FrameEvent, whole.value).camera_id.encode() == whole.key
    assert region.rest.job_report(job).restarts == 0
