"""The detect job on a real cluster: every published frame is accounted for, and an upgrade keeps what it knows."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from ommatid_connectors.kafka import Record, ensure_topics
from ommatid_fleet.cli import app as ommatid
from ommatid_fleet.flink import find_job, scrape, total
from ommatid_fleet.upgrade import FlinkUpgrade, RolledBack, Upgraded, launch_of, upgrade
from ommatid_schemas import DeadLetter, FrameEvent, FrameResult, Priority, Reason, SingleObjectCodec, Trigger, topics
from tests.flink.metrics_page import documented_metrics, shown_by_workers
from tests.flink.region import RegionUnderTest, claimed, moving_frame

DETECT = "ommatid_jobs.flink.detect"
LATER = "tests.flink.detect_job_of_a_later_version"
BROKEN = "tests.flink.detect_job_that_cannot_start"
CODEC = SingleObjectCodec()


def now_us() -> int:
    return time.time_ns() // 1000


def counted(region: RegionUnderTest, job: str, name: str, by: str | None = None) -> dict[str, float]:
    """A counter of a job by label value, or under the empty name."""
    return total(scrape(region.cluster.prometheus_urls), name, by=by, where={"job_id": job})


def wait_for_count(region: RegionUnderTest, job: str, name: str, count: int, deadline_s: float = 30.0) -> None:
    give_up_at = time.monotonic() + deadline_s
    while (found := counted(region, job, name).get("", 0)) < count:
        assert time.monotonic() < give_up_at, f"{name}: expected {count}, found {found}"
        time.sleep(0.2)


def results(records: list[Record]) -> list[FrameResult]:
    return [CODEC.decode(FrameResult, record.value) for record in records]


def dead_letters(records: list[Record]) -> list[DeadLetter]:
    """The letters among the records of their topic; notes about replays have no stage."""
    letters = [record for record in records if "stage" in record.headers]
    return [DeadLetter.from_record(record.key, record.value, record.headers) for record in letters]


def test_every_published_frame_becomes_a_result_a_counted_drop_or_a_dead_letter(region: RegionUnderTest, street: bytes):
    job = region.start(DETECT, "--priority", "safety", "--checkpoint-interval", "2s")
    detections, triggers = topics.detections_topic(region.name), topics.triggers_topic(region.name, Priority.SAFETY)
    start_us = now_us()

    # Two frames a second of each camera are what the motion layer takes.
    motion = {
        camera: [moving_frame(region, camera, group, start_us + n * 500_000, street) for n in range(4)]
        for camera, group in (("lobby-1", "entrances"), ("yard-1", "yards"), ("yard-2", "yards"))
    }
    baseline_too_soon = claimed(moving_frame(region, "yard-2", "yards", start_us + 1_600_000, street), Reason.BASELINE)
    stale = replace(
        moving_frame(region, "yard-2", "yards", start_us + 4_000_000, street),
        published_at_us=start_us - 3_600_000_000,
    )
    broken_jpeg = moving_frame(region, "yard-3", "yards", start_us, street[: len(street) // 2])
    unknown_group = moving_frame(region, "yard-4", "attic", start_us, street)
    foreign_key = moving_frame(region, "yard-5", "yards", start_us, street)
    yards, entrances = region.frames_topic("yards"), region.frames_topic("entrances")
    region.publish(entrances, [*motion["lobby-1"], motion["lobby-1"][1]])
    region.publish(yards, [*motion["yard-1"], *motion["yard-2"], *motion["yard-1"][:2], baseline_too_soon, stale])
    region.publish(yards, [broken_jpeg, unknown_group])
    region.publish_bytes(
        [
            (yards, b"yard-1", b"\x00 not Avro"),
            (yards, b"yard-1", CODEC.encode(foreign_key)),
            (yards, None, CODEC.encode(foreign_key)),
        ]
    )

    # A trigger opens the event layer: from then on 5 frames a second of yard-1 are wanted, whatever their claim.
    region.publish(triggers, [Trigger("yard-1", start_us + 30_000_000, motion["yard-1"][0].frame_id, 0.9)])
    wait_for_count(region, job, "sampler_triggers", 1)
    in_event = [
        claimed(moving_frame(region, "yard-1", "yards", start_us + 2_000_000 + n * 200_000, street), Reason.BASELINE)
        for n in range(6)
    ]
    region.publish(yards, in_event)

    expected = {frame.frame_id for frames in (*motion.values(), in_event) for frame in frames}
    found = results(region.read(detections, lambda records: len(records) >= len(expected)))
    refused = dead_letters(region.read(topics.dead_letters_topic(region.name), lambda records: len(records) >= 5))

    assert Counter(expected) == Counter(result.frame_id for result in found)
    of_yard_1 = [result.reason for result in found if result.camera_id == "yard-1"]
    assert of_yard_1 == [Reason.MOTION] * 4 + [Reason.EVENT] * 6
    assert_in_order_per_camera(found)
    assert all(any(box.label == "person" for box in result.boxes) for result in found)

    assert Counter(
        {
            ("sampler", "DecodeError"): 1,
            ("sampler", "MisplacedRecord"): 3,
            ("inference", "UndecodableImage"): 1,
        }
    ) == Counter((letter.stage, letter.error_class) for letter in refused)
    [broken] = [letter for letter in refused if letter.stage == "inference"]
    assert (b"yard-3", yards, broken_jpeg) == (broken.key, broken.topic, CODEC.decode(FrameEvent, broken.value))
    [keyless] = [letter for letter in refused if letter.key is None]
    assert foreign_key == CODEC.decode(FrameEvent, keyless.value)

    emitted = [CODEC.decode(Trigger, record.value) for record in region.read(triggers, lambda found: len(found) >= 2)]
    assert {"yard-1", "lobby-1"} == {trigger.camera_id for trigger in emitted}

    admitted = len(expected) + 1  # and the frame whose image turned out to be broken
    wait_for_count(region, job, "sampler_frames_admitted", admitted)
    assert counted(region, job, "sampler_frames_dropped", by="reason") == {
        "duplicate": 3,
        "over_rate": 1,
        "stale": 1,
        "over_share": 0,
        "over_budget": 0,
    }
    assert {"": admitted} == counted(region, job, "sampler_frames_admitted")
    assert counted(region, job, "sampler_dead_letters") == {"": 4}
    assert {"": admitted + 5 + 4} == counted(region, job, "sampler_frames_in")

    # Sent back, the broken frame is no duplicate: it reaches the model's decoder a second time, and fails again.
    replay_of(region, broken)
    letters = dead_letters(region.read(topics.dead_letters_topic(region.name), failures_of_inference(2)))
    assert [broken.value] * 2 == [letter.value for letter in letters if letter.stage == "inference"]
    wait_for_count(region, job, "sampler_frames_replayed", 1)
    assert {"": admitted + 1} == counted(region, job, "sampler_frames_admitted")

    assert_a_later_group_is_served(region, moving_frame(region, "annex-1", "annex", start_us, street))

    of_worker = {name for name in shown_by_workers(region) if name.startswith("ommatid_detect")}
    assert documented_metrics("ommatid_detect") == of_worker
    of_flink = {sample.name for sample in scrape(region.cluster.prometheus_urls)}
    assert documented_metrics("flink_") <= of_flink
    assert not [name for name in of_flink if "KafkaProducer" in name]


def assert_a_later_group_is_served(region: RegionUnderTest, frame: FrameEvent) -> None:
    """A topic that is created while the job runs is found, and the frames in it are looked at."""
    topic = region.frames_topic(frame.group)
    ensure_topics(region.client, [topics.images_spec(topic, partitions=1, retention_ms=3_600_000)])
    region.publish(topic, [frame])
    region.read(topics.detections_topic(region.name), lambda records: frame.frame_id in ids(results(records)))


def replay_of(region: RegionUnderTest, letter: DeadLetter) -> None:
    """Send a dead letter back, as an operator does."""
    options = ["--fleet", str(region.fleet), "--region", region.name, "--camera", (letter.key or b"").decode()]
    sent = CliRunner().invoke(ommatid, ["dlq", "replay", *options, "--yes"], catch_exceptions=False)
    assert sent.stdout.endswith(f"sent to {letter.topic}\n"), sent.output


def failures_of_inference(count: int) -> Callable[[list[Record]], bool]:
    return lambda records: sum(record.headers.get("stage") == b"inference" for record in records) >= count


def assert_in_order_per_camera(found: list[FrameResult]) -> None:
    for camera in {result.camera_id for result in found}:
        captured = [result.captured_at_us for result in found if result.camera_id == camera]
        assert sorted(captured) == captured


@pytest.mark.timeout(400)  # four submissions
def test_an_upgrade_keeps_what_the_sampler_knows_and_one_that_cannot_start_is_rolled_back(
    region: RegionUnderTest, street: bytes
):
    detections, yards = topics.detections_topic(region.name), region.frames_topic("yards")
    start_us = now_us()
    before = [moving_frame(region, "yard-1", "yards", start_us + n * 500_000, street) for n in range(3)]
    while_upgraded, while_rolled_back = (
        moving_frame(region, "yard-1", "yards", start_us + n * 500_000, street) for n in (3, 4)
    )
    job = region.start(DETECT, "--priority", "safety", "--checkpoint-interval", "2s")
    region.publish(yards, before)
    region.read(detections, lambda records: len(records) == len(before))

    # One more sink, one more field in the sampler's state, one more state. Both sinks of the new graph write the one
    # new result; the repeats stay known.
    upgraded = upgrade_to(region, job, LATER, lambda: region.publish(yards, [*before, while_upgraded]))
    assert isinstance(upgraded, Upgraded)
    assert [*ids(before), *ids([while_upgraded] * 2)] == ids(results(region.read(detections, at_least(5))))
    wait_for_count(region, upgraded.job_id, "sampler_frames_in", 4)
    assert counted(region, upgraded.job_id, "sampler_frames_dropped", by="reason")["duplicate"] == 3

    # Workers that fail as they start: the job of before goes on where it had been stopped, with both its sinks.
    repeats = [*before, while_upgraded]
    kept = upgrade_to(region, upgraded.job_id, BROKEN, lambda: region.publish(yards, [*repeats, while_rolled_back]))
    assert isinstance(kept, RolledBack)
    assert "this version cannot work" in kept.reason
    assert ids([while_rolled_back] * 2) == ids(results(region.read(detections, at_least(7)))[5:])
    wait_for_count(region, kept.job_id, "sampler_frames_in", 5)
    assert counted(region, kept.job_id, "sampler_frames_dropped", by="reason")["duplicate"] == 4
    assert [kept.job_id] == [it.job_id for it in region.rest.jobs() if region.name in it.name and not it.ended]


def upgrade_to(
    region: RegionUnderTest, job_id: str, module: str, while_stopped: Callable[[], None]
) -> Upgraded | RolledBack:
    """Upgrade a running job to another module, and do something while no job runs."""
    job = find_job(region.rest.jobs(), job_id, "the cluster of the tests")
    running = launch_of(region.rest.job_parameters(job_id), job.name)
    cluster = FlinkUpgrade(region.cluster.jobmanager, job, environment=region.environment)

    def on_step(step: str) -> None:
        if step.startswith("stopped"):
            while_stopped()

    return upgrade(cluster, replace(running, module=module), running, on_step)


def ids(frames: Sequence[FrameEvent | FrameResult]) -> list[str]:
    return [frame.frame_id for frame in frames]


def at_least(count: int) -> Callable[[list[Record]], bool]:
    return lambda records: len(records) >= count
