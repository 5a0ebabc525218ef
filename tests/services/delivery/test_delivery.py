import time
from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np

from ommatid_connectors.kafka import (
    ClientConfig,
    RecordConsumer,
    StartAt,
    TopicPosition,
)
from ommatid_connectors.webhook import Answer, WebhookReceiver
from ommatid_jobs.delivery import LedgerState
from ommatid_schemas import Box, DeadLetter, topics
from tests.services.connectors.broker_records import delete_before, read
from tests.services.delivery.site_under_test import BOX, Site


def accepted(receiver: WebhookReceiver, count: int) -> list[str]:
    return [request.message_id for request in receiver.wait_for(count, 20.0)]


def dead_letters(site: Site, count: int) -> list[DeadLetter]:
    topic = topics.dead_letters_topic(site.region)
    with RecordConsumer.of_all_partitions(site.client, [topic], start=StartAt.EARLIEST) as consumer:
        return [DeadLetter.from_record(it.key, it.value, it.headers) for it in read(consumer, count)]


def until(holds: Callable[[], bool], deadline_s: float = 20.0) -> bool:
    give_up_at = time.monotonic() + deadline_s
    while not holds():
        if time.monotonic() > give_up_at:
            return False
        time.sleep(0.02)
    return True


def unread(client: ClientConfig, site: Site, group: str = "delivery") -> int:
    """Alerts that the group would read again after a restart."""
    topic = topics.alerts_topic(site.region)
    with RecordConsumer.in_group(client, f"{group}-{site.region}", [topic]) as consumer:
        return len(read(consumer, 1, deadline_s=1.0))


def test_an_alert_is_posted_once_signed_and_with_its_picture(site: Site, receiver: WebhookReceiver) -> None:
    site.publish_alert("alert-1", site.publish_frame())

    with site.delivery(soc=receiver.url):
        (request,) = receiver.wait_for(1, 20.0)

    picture = cv2.imread(site.picture("alert-1"))
    assert [request] == list(receiver.received)
    assert request.payload["snapshot_url"].endswith("/lobby-1/alert-1.jpg")
    assert picture is not None
    blue, _, red = (int(value) for value in picture[120, 80])
    assert red - blue > 50, "the left edge of the box is red"
    assert abs(int(picture[120, 120, 0]) - 117) < 6, "the inside of the box is as it was"


def test_on_a_redacted_picture_everybody_is_hidden_who_was_seen(site: Site, receiver: WebhookReceiver) -> None:
    stripes = np.broadcast_to(np.arange(320)[None, :, None] // 8 % 2 * 255, (240, 320, 3)).astype(np.uint8)
    private = replace(site, redact="persons")
    passer_by = Box("person", 0.5, x=0.75, y=0.25, w=0.125, h=0.5)
    frame = private.publish_frame(stripes)
    private.publish_result(BOX, passer_by)
    private.publish_alert("alert-1", frame)

    with private.delivery(soc=receiver.url):
        (request,) = receiver.wait_for(1, 20.0)

    picture = cv2.imread(private.picture("alert-1"), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    assert request.payload["snapshot_error"] is None
    assert np.ptp(picture[130:170, 90:150]) < 40, "who raised the alert"
    assert np.ptp(picture[70:170, 245:275]) < 40, "who only passed by"
    assert np.ptp(picture[70:170, 170:220]) > 200, "what is between them is shown"


def test_a_picture_whose_people_nobody_located_is_withheld(site: Site, receiver: WebhookReceiver) -> None:
    private = replace(site, redact="faces")
    private.publish_alert("alert-1", private.publish_frame())

    with private.delivery(soc=receiver.url):
        (request,) = receiver.wait_for(1, 20.0)

    assert request.payload["snapshot_url"] is None
    assert "withheld" in request.payload["snapshot_error"]
    assert not private.picture("alert-1").exists()


def test_a_failing_endpoint_gets_the_alert_once_it_recovers(site: Site) -> None:
    script = [Answer(500), Answer(429, retry_after_s=1), Answer(503, silent_s=5.0)]
    site.publish_alert("alert-1")

    with WebhookReceiver(script, site.secret) as receiver, site.delivery(soc=receiver.url):
        assert accepted(receiver, 1) == ["alert-1"]
        arrivals_us = [request.received_at_us for request in receiver.received]

    entry = site.ledger()["alert-1", "soc"]
    assert (entry.state, entry.attempts) == (LedgerState.ACKNOWLEDGED, 4)
    assert arrivals_us[2] - arrivals_us[1] >= 1_000_000, "Retry-After is honoured"


def test_a_replayed_alert_goes_only_where_it_had_been_given_up(site: Site, receiver: WebhookReceiver) -> None:
    site.publish_alert("alert-1", deliver=("soc", "guard"))
    with WebhookReceiver([Answer(410)], site.secret) as soc, site.delivery(soc=soc.url, guard=receiver.url):
        assert until(lambda: site.finished("alert-1", "soc") and site.finished("alert-1", "guard"))
        site.publish_alert("alert-1", deliver=("soc", "guard"), replay=b"0:0@1#1")
        assert accepted(soc, 1) == ["alert-1"]
        assert until(lambda: site.ledger()["alert-1", "soc"].state is LedgerState.ACKNOWLEDGED)

    assert len(receiver.received) == 1


def test_an_answer_that_comes_too_late_is_asked_for_again_with_the_same_id(site: Site) -> None:
    site.publish_alert("alert-1")

    with WebhookReceiver([Answer(silent_s=5.0)], site.secret) as receiver, site.delivery(soc=receiver.url):
        assert until(lambda: site.finished("alert-1", "soc"))

    assert [(it.message_id, it.repeated) for it in receiver.received] == [("alert-1", False), ("alert-1", True)]


def test_a_restart_repeats_nothing_that_was_acknowledged(site: Site, receiver: WebhookReceiver) -> None:
    site.publish_alert("alert-1")
    with site.delivery(soc=receiver.url):
        accepted(receiver, 1)
    site.publish_alert("alert-2")

    # Another group reads the topic from its start, as if no offset had been committed.
    with site.delivery("second", soc=receiver.url):
        accepted(receiver, 2)

    assert [request.message_id for request in receiver.received] == ["alert-1", "alert-2"]


def test_a_stop_between_attempts_loses_nothing(site: Site) -> None:
    site.publish_alert("alert-1")
    with WebhookReceiver([Answer(503, retry_after_s=600)], site.secret) as receiver:
        with site.delivery(soc=receiver.url):
            assert until(lambda: len(receiver.received) == 1)
            assert until(lambda: site.ledger()["alert-1", "soc"].attempts == 1)

        with site.delivery(soc=receiver.url):
            assert accepted(receiver, 1) == ["alert-1"]

    assert site.ledger()["alert-1", "soc"].attempts == 2


def test_offsets_are_committed_once_every_delivery_has_answered(site: Site, receiver: WebhookReceiver) -> None:
    site.publish_alert("alert-1")
    with site.delivery(soc=receiver.url):
        accepted(receiver, 1)

    assert unread(site.client, site) == 0


def test_a_dead_endpoint_delays_no_other_and_keeps_its_alerts(
    site: Site, receiver: WebhookReceiver, free_port: int
) -> None:
    names = [f"alert-{number}" for number in range(5)]
    for name in names:
        site.publish_alert(name, deliver=("dead", "soc"))

    with site.delivery(dead=f"http://127.0.0.1:{free_port}/", soc=receiver.url):
        assert accepted(receiver, 5) == names

    ledger = site.ledger()
    assert {ledger[name, "soc"].state for name in names} == {LedgerState.ACKNOWLEDGED}
    assert {ledger[name, "dead"].state for name in names} == {LedgerState.PENDING}
    assert unread(site.client, site) == 1


def test_a_refused_alert_becomes_a_dead_letter_with_its_reason(site: Site) -> None:
    site.publish_alert("alert-1")

    with WebhookReceiver([Answer(410)], site.secret) as receiver, site.delivery(soc=receiver.url):
        (letter,) = dead_letters(site, 1)
        assert until(lambda: site.finished("alert-1", "soc"))

    assert (letter.key, letter.stage, letter.error_class) == (b"lobby-1", "deliver/soc", "Refused")
    assert "answered 410" in letter.error_text
    assert unread(site.client, site) == 0


def test_order_is_kept_through_failures(site: Site) -> None:
    names = [f"alert-{number}" for number in range(8)]
    for name in names:
        site.publish_alert(name)
    script = [Answer(status) for status in (200, 503, 200, 500, 502, 200, 429, 200, 200, 503)]

    with WebhookReceiver(script, site.secret) as receiver, site.delivery(soc=receiver.url):
        assert accepted(receiver, 8) == names


def test_an_alert_raised_twice_is_posted_once(site: Site, receiver: WebhookReceiver) -> None:
    for name in ("alert-1", "alert-1", "alert-2"):
        site.publish_alert(name)

    with site.delivery(soc=receiver.url):
        accepted(receiver, 2)

    assert [request.message_id for request in receiver.received] == ["alert-1", "alert-2"]


def test_an_alert_whose_frame_has_expired_is_delivered_and_says_so(site: Site, receiver: WebhookReceiver) -> None:
    frame = site.publish_frame()
    delete_before(site.client, TopicPosition(frame.topic, frame.partition, frame.offset + 1))
    site.publish_alert("alert-1", frame)

    with site.delivery(soc=receiver.url):
        (request,) = receiver.wait_for(1, 20.0)

    assert request.payload["snapshot_url"] is None
    assert "offset 0 has passed retention" in request.payload["snapshot_error"]


def test_a_corrupt_alert_becomes_a_dead_letter_and_the_next_is_delivered(site: Site, receiver: WebhookReceiver) -> None:
    site.publish(topics.alerts_topic(site.region), b"corrupt")
    site.publish_alert("alert-1")

    with site.delivery(soc=receiver.url):
        assert accepted(receiver, 1) == ["alert-1"]
        (letter,) = dead_letters(site, 1)

    assert (letter.value, letter.error_class) == (b"corrupt", "DecodeError")
    assert unread(site.client, site) == 0


def test_a_delivery_that_the_fleet_does_not_have_becomes_a_dead_letter(site: Site, receiver: WebhookReceiver) -> None:
    site.publish_alert("alert-1", deliver=("gone", "soc"))

    with site.delivery(soc=receiver.url):
        assert accepted(receiver, 1) == ["alert-1"]
        (letter,) = dead_letters(site, 1)

    assert (letter.stage, letter.error_class) == ("deliver/gone", "UnknownDelivery")


def test_alerts_of_no_delivery_still_have_their_picture(site: Site, receiver: WebhookReceiver) -> None:
    site.publish_alert("alert-1", site.publish_frame(), deliver=())

    with site.delivery(soc=receiver.url):
        assert until(site.picture("alert-1").exists)

    assert receiver.received == ()


def test_pictures_that_have_had_their_time_are_deleted(site: Site, receiver: WebhookReceiver) -> None:
    old, other = (site.folder / "snapshots" / region / "2026-01-01/lobby-1/1.jpg" for region in (site.region, "other"))
    for path in (old, other):
        path.parent.mkdir(parents=True)
        path.write_bytes(b"jpeg")

    with site.delivery(soc=receiver.url):
        assert until(lambda: not old.parent.parent.exists())

    assert other.exists()


def test_late_deliveries_are_told_to_who_wants_to_know_and_to_nobody_else(
    site: Site, receiver: WebhookReceiver
) -> None:
    watched = replace(site, operations="{deliver: [duty]}")
    for number in range(5):
        # Captured an hour ago, and so late.
        watched.publish_alert(f"alert-{number}")

    with WebhookReceiver(secret=site.secret) as duty, watched.delivery(soc=receiver.url, duty=duty.url):
        (told,) = duty.wait_for(1, 20.0)

    assert (told.payload["kind"], told.payload["label"], told.payload["type"]) == ("operational", "safety", "new")
    assert len(accepted(receiver, 5)) == 5
