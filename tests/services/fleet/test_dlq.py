"""``ommatid dlq`` on a real broker."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from ommatid_connectors.kafka import (
    Delivered,
    DeliveryReport,
    Record,
    RecordProducer,
    TopicPosition,
    client_config,
    ensure_topics,
    read_to_end,
)
from ommatid_fleet.cli import app
from ommatid_fleet.dead_letters import LetterUnreadable
from ommatid_fleet.local import KafkaBroker
from ommatid_schemas import ConfigurationError, DeadLetter, Priority, SingleObjectCodec, topics
from ommatid_schemas.fleet_file import load_fleet, topic_plan
from ommatid_schemas.replay import REPLAY_HEADER
from tests.sample_events import sample_frame
from tests.services.connectors.broker_records import delete_before

# Yesterday: older than what `--since 1h` asks for, younger than what the broker deletes.
AT_MS = time.time_ns() // 1_000_000 - 86_400_000
FRAME = SingleObjectCodec().encode(sample_frame(AT_MS * 1000, image=b"\xff\xd8" * 500))
KEY_OF_PARTITION_0 = b"lobby-24"
FLEET = """
version: 1
regions: {{{region}: {{kafka: {{bootstrap: "{bootstrap}"}}}}}}
groups: {{entrances: {{priority: safety}}}}
cameras: {{lobby-1: {{url: "rtsp://camera/1", region: {region}, group: entrances}}}}
"""


@dataclass(frozen=True, slots=True)
class DeadLetterSite:
    """A region with topics, and the command on it."""

    region: str
    fleet: Path

    @property
    def client(self):
        return client_config(load_fleet(self.fleet).regions[self.region].kafka)

    @property
    def frames(self) -> str:
        return topics.frames_topic(self.region, Priority.SAFETY, "entrances")

    def dlq(self, command: str, *arguments: str) -> Result:
        """Run the command; what it raises on purpose comes through."""
        options = ["--fleet", str(self.fleet), "--region", self.region]
        result = CliRunner().invoke(app, ["dlq", command, *options, *arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    def listed(self, *arguments: str) -> list[dict[str, Any]]:
        return json.loads(self.dlq("list", "--json", *arguments).stdout)

    def bury(
        self,
        value: bytes = FRAME,
        *,
        stage: str = "inference",
        key: bytes | None = b"lobby-1",
        topic: str | None = None,
        offset: int = 41,
        original_bytes: tuple[int, int] | None = None,
    ) -> str:
        """Write a dead letter; its place."""
        origin = topic or self.frames, 0, offset
        letter = DeadLetter(key, value, *origin, stage, "UndecodableImage", "no JPEG", original_bytes)
        reports: list[DeliveryReport] = []
        with RecordProducer(self.client) as producer:
            name = topics.dead_letters_topic(self.region)
            producer.produce(name, key, value, AT_MS, headers=letter.headers(), on_delivery=reports.append)
        (report,) = reports
        assert isinstance(report, Delivered)
        return f"{report.partition}:{report.offset}"

    def replayed(self) -> list[Record]:
        return list(read_to_end(self.client, self.frames))


@pytest.fixture
def site(kafka_broker: KafkaBroker, unique_name: Callable[[str], str], tmp_path: Path) -> DeadLetterSite:
    region = unique_name("eu")
    fleet = tmp_path / "fleet.yaml"
    fleet.write_text(FLEET.format(region=region, bootstrap=kafka_broker.bootstrap))
    site = DeadLetterSite(region, fleet)
    ensure_topics(site.client, topic_plan(load_fleet(fleet), region))
    return site


def test_letters_are_listed_with_reason_and_origin(site: DeadLetterSite) -> None:
    place = site.bury()

    (found,) = site.listed()

    assert (found["place"], found["stage"], found["key"], found["replay"]) == (place, "inference", "lobby-1", None)
    assert (found["origin"], found["value_bytes"]) == (f"{site.frames}/0:41", len(FRAME))


def test_filters_choose_and_the_limit_keeps_the_newest(site: DeadLetterSite) -> None:
    site.bury(stage="sampler")
    places = [site.bury() for _ in range(3)]

    assert [it["place"] for it in site.listed("--stage", "inference", "--limit", "2")] == places[1:]
    assert site.listed("--error-class", "DecodeError") == []
    assert site.listed("--since", "1h") == []


def test_letters_are_counted_by_reason(site: DeadLetterSite) -> None:
    for stage in ("inference", "inference", "sampler"):
        site.bury(stage=stage)

    counts = json.loads(site.dlq("list", "--summary", "--json").stdout)

    assert [(it["stage"], it["error_class"], it["count"]) for it in counts] == [
        ("inference", "UndecodableImage", 2),
        ("sampler", "UndecodableImage", 1),
    ]


def test_a_letter_is_shown_without_its_image_and_written_with_it(site: DeadLetterSite, tmp_path: Path) -> None:
    place = site.bury()

    shown = json.loads(site.dlq("show", place, "--output", str(tmp_path / "frame.avro")).stdout)

    assert (shown["event"]["type"], shown["event"]["image"]) == ("FrameEvent", "(1000 bytes)")
    assert shown["headers"]["error_text"] == "no JPEG"
    assert (tmp_path / "frame.avro").read_bytes() == FRAME


def test_a_replayed_letter_has_its_bytes_key_and_the_id_of_the_replay(site: DeadLetterSite) -> None:
    place = site.bury()

    assert site.dlq("replay", place).stdout == f"{place} sent to {site.frames}\n"

    (record,) = site.replayed()
    assert (record.key, record.value) == (b"lobby-1", FRAME)
    assert record.headers == {REPLAY_HEADER: f"{place}@{AT_MS}#1".encode()}


def test_a_letter_is_replayed_once_unless_it_is_asked_for_again(site: DeadLetterSite) -> None:
    place = site.bury()
    site.dlq("replay", place)

    second = site.dlq("replay", place)
    once = len(site.replayed())
    third = site.dlq("replay", place, "--again")

    assert third.exit_code == 0, third.output
    assert (second.exit_code, once, len(site.replayed())) == (0, 1, 2)
    assert "nothing was done (--again replays it once more)" in second.stdout
    assert [it["replay"]["phase"] for it in site.listed()] == ["done"]


def test_filters_send_nothing_until_it_is_confirmed(site: DeadLetterSite) -> None:
    for stage in ("inference", "sampler", "inference"):
        site.bury(stage=stage)

    preview = site.dlq("replay", "--stage", "inference")
    before = len(site.replayed())
    site.dlq("replay", "--stage", "inference", "--yes")
    site.dlq("replay", "--stage", "inference", "--yes")

    assert "2 dead letters; nothing was sent: add --yes to send them" in preview.stdout
    assert (before, len(site.replayed())) == (0, 2)


@pytest.mark.parametrize(
    ("topic", "reason"),
    [
        ("omm.frames.{region}.safety.attic", "expected the topic omm.frames.{region}.safety.attic, found none"),
        ("payments", "expected the origin to be a topic of region {region}, found 'payments'"),
    ],
)
def test_a_letter_that_cannot_go_back_says_why_and_stays_to_be_tried(
    site: DeadLetterSite, topic: str, reason: str
) -> None:
    place = site.bury(topic=topic.format(region=site.region))

    result = site.dlq("replay", place)

    assert result.exit_code == 1
    assert reason.format(region=site.region) in result.stdout
    assert [it["replay"]["phase"] for it in site.listed()] == ["failed"]


def published(site: DeadLetterSite, value: bytes) -> int:
    """Publish a frame to partition 0, as far as the key decides; its offset."""
    reports: list[DeliveryReport] = []
    now_ms = time.time_ns() // 1_000_000  # what is older than the retention could go at any moment
    with RecordProducer(site.client) as producer:
        producer.produce(site.frames, KEY_OF_PARTITION_0, value, now_ms, on_delivery=reports.append)
    (report,) = reports
    assert isinstance(report, Delivered)
    assert report.partition == 0
    return report.offset


def test_a_letter_that_was_cut_is_shown_and_replayed_as_it_was_at_its_origin(
    site: DeadLetterSite, tmp_path: Path
) -> None:
    offset, sizes = published(site, FRAME), (len(KEY_OF_PARTITION_0), len(FRAME))
    place = site.bury(FRAME[:16], key=KEY_OF_PARTITION_0, offset=offset, original_bytes=sizes)

    shown = json.loads(site.dlq("show", place, "--output", str(tmp_path / "frame")).stdout)
    site.dlq("replay", place)

    assert (shown["value_bytes"], shown["headers"]["original_bytes"]) == (16, f"{sizes[0]}:{sizes[1]}")
    assert [it["value_bytes"] for it in site.listed()] == [len(FRAME)]
    assert (tmp_path / "frame").read_bytes() == FRAME
    assert [(it.key, it.value) for it in site.replayed()] == [(KEY_OF_PARTITION_0, FRAME)] * 2


def test_a_letter_that_was_cut_is_not_sent_when_its_origin_holds_it_no_more(site: DeadLetterSite) -> None:
    offset = published(site, FRAME)
    gone = site.bury(FRAME[:16], offset=offset, original_bytes=(7, 5_000_000))
    delete_before(site.client, TopicPosition(site.frames, 0, offset + 1))
    another = site.bury(b"another", offset=published(site, FRAME), original_bytes=(7, 5_000_000))

    assert "its origin does not give the rest" in site.dlq("replay", gone).stdout
    assert "was the topic created anew?" in site.dlq("replay", another).stdout


def test_records_that_are_no_letters_are_counted_and_left_out(site: DeadLetterSite) -> None:
    with RecordProducer(site.client) as producer:
        producer.produce(topics.dead_letters_topic(site.region), None, b"foreign", AT_MS)
    site.bury()

    result = site.dlq("list")

    assert len(result.stdout.splitlines()) == 1
    assert "1 records of the topic are no dead letters" in result.stderr


def test_a_place_without_a_letter_is_named(site: DeadLetterSite) -> None:
    with pytest.raises(LetterUnreadable, match=r"dead letter 0:99: expected a letter there, found none"):
        site.dlq("replay", "0:99")


def test_a_letter_past_retention_is_named(site: DeadLetterSite) -> None:
    place = site.bury()
    site.bury()
    delete_before(site.client, TopicPosition(topics.dead_letters_topic(site.region), 0, 1))

    with pytest.raises(LetterUnreadable, match=f"dead letter {place}: .* has passed retention"):
        site.dlq("show", place)


def test_a_time_that_is_no_duration_is_refused(site: DeadLetterSite) -> None:
    with pytest.raises(ConfigurationError, match="--since: expected a duration such as 30m or 2d, found 'yesterday'"):
        site.dlq("list", "--since", "yesterday")
