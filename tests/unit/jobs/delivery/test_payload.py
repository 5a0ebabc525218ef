import json
from dataclasses import replace

import pytest
from hypothesis import given

from ommatid_jobs.delivery.payload import Snapshot, alert_payload, encode_payload, message_id, snapshot_key
from ommatid_schemas import Alert, AlertType
from tests.strategies import alerts
from tests.unit.jobs.delivery.sample_alert import ALERT, CAPTURED_AT_US

SENT_AT_US = CAPTURED_AT_US + 500_000


def test_an_alert_is_told_with_times_boxes_and_where_its_frame_stands() -> None:
    snapshot = Snapshot("file:///snapshots/1.jpg", width_px=640, height_px=360)

    payload = alert_payload(ALERT, snapshot, SENT_AT_US)

    assert (
        payload
        | {
            "schema_version": 1,
            "alert_id": "4f1c",
            "camera": "lobby-1",
            "score": 0.87,
            "zones": ["door"],
            "boxes": [{"label": "person", "score": 0.87, "box": [0.25, 0.5, 0.125, 0.375]}],
            "frame": {"width": 640, "height": 360},
            "snapshot_url": "file:///snapshots/1.jpg",
            "snapshot_error": None,
            "evidence": [
                {
                    "frame_id": "lobby-1/1790000000250000",
                    "captured_at": "2026-09-21T14:13:20.250Z",
                    "topic": "omm.frames.eu-west.safety.entrances",
                    "partition": 2,
                    "offset": 41,
                }
            ],
            "event_time": "2026-09-21T14:13:20.250Z",
            "event_time_us": CAPTURED_AT_US,
            "ended_at": None,
            "sent_at": "2026-09-21T14:13:20.750Z",
            "sent_at_us": SENT_AT_US,
        }
        == payload
    )


def test_latency_goes_on_from_the_stages_to_this_attempt() -> None:
    payload = alert_payload(ALERT, Snapshot(), SENT_AT_US)

    assert payload["latency_ms"] == {
        "edge": 50.0,
        "queue": 100.0,
        "infer": 200.0,
        "raise": 50.0,
        "deliver": 100.0,
        "total": 500.0,
    }


def test_a_missing_picture_is_explained() -> None:
    payload = alert_payload(ALERT, Snapshot(error="offset 41 has passed retention"), SENT_AT_US)

    assert (payload["snapshot_url"], payload["snapshot_error"], payload["frame"]) == (
        None,
        "offset 41 has passed retention",
        None,
    )


def test_a_new_alert_is_known_by_its_own_id() -> None:
    assert message_id(ALERT) == "4f1c"


def test_later_messages_about_an_alert_have_ids_of_their_own() -> None:
    messages = [replace(ALERT, type=kind) for kind in AlertType]

    assert len({message_id(alert) for alert in messages}) == len(AlertType)


def test_a_picture_is_stored_by_region_day_camera_and_alert() -> None:
    assert snapshot_key(ALERT) == "eu-west/2026-09-21/lobby-1/4f1c.jpg"


@given(alert=alerts)
def test_every_alert_becomes_strict_json(alert: Alert) -> None:
    """Infinite latencies, any text and any time the schema allows can be sent."""
    body = encode_payload(alert_payload(alert, Snapshot(error="none"), alert.raised_at_us))

    assert json.loads(body, parse_constant=pytest.fail)["alert_id"] == alert.alert_id
