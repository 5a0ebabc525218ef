"""What a backtest says, as plain values: the same for JSON, text and HTML."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ommatid_fleet.backtest.accounts import Cost
from ommatid_fleet.backtest.comparison import Moved, compared
from ommatid_fleet.backtest.raised_alert import RaisedAlert
from ommatid_fleet.backtest.result import Result
from ommatid_fleet.backtest.scoring import Score, TrueEvent, scored

Record = dict[str, Any]
"""Nothing but what JSON knows; times since the footage began in seconds, instants in ISO 8601."""


def backtest_record(
    footage: Sequence[str], results: Sequence[Result], events: Sequence[TrueEvent] | None = None
) -> Record:
    """Everything about one or two configurations on one piece of footage. Nothing in it depends on how fast it ran.

    Args:
        footage: Names of files, or of the topic.
        results: One, or two to be compared.
        events: What really happened; None where nobody says so.
    """
    first = results[0]
    record: Record = {
        "footage": {"source": list(footage), "start": instant(first.start_us), "duration_s": first.duration_s},
        "configurations": [_configuration(result, events) for result in results],
    }
    if events is not None:
        record["events"] = [{"start_s": it.start_s, "end_s": it.end_s, "label": it.label} for it in events]
    if len(results) > 1:
        record["changes"] = _changes(first, results[1])
    return record


def alert_record(raised: RaisedAlert, start_us: int) -> Record:
    """One message about an alert."""
    alert = raised.alert
    return {
        "alert_id": alert.alert_id,
        "type": alert.type.value,
        "camera": alert.camera_id,
        "rule": alert.rule,
        "kind": alert.kind,
        "severity": alert.severity.value,
        "label": alert.label,
        "score": round(alert.score, 4),
        "zones": list(alert.zones),
        "track_id": alert.track_id,
        "begun_s": round(raised.begun_s, 3),
        "raised_s": round(raised.raised_s, 3),
        "captured_at": instant(start_us + round(raised.raised_s * 1e6)),
    }


def instant(at_us: int) -> str:
    """A time, microseconds since the epoch, as ISO 8601 in UTC."""
    return datetime.fromtimestamp(at_us / 1e6, tz=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _configuration(result: Result, events: Sequence[TrueEvent] | None) -> Record:
    frames = result.frames
    record: Record = {
        "fleet": result.source,
        "frames": {
            "captured": frames.captured,
            "not_published": dict(frames.not_published),
            "published": dict(frames.published),
            "dropped": dict(frames.dropped),
            "looked_at": dict(frames.looked_at),
            "dead_letters": dict(frames.dead_letters),
        },
        "model_calls": frames.model_calls,
        "model_calls_from_memory": result.remembered,
        "cost": _cost(result.cost),
        "alerts_raised": sum(it.is_new for it in result.alerts),
        "alerts_held_back": dict(result.held_back),
        "rules_never_armed": list(result.never_armed),
        "alerts": [alert_record(it, result.start_us) for it in result.alerts],
    }
    if events is not None:
        record["score"] = _score(scored(result.alerts, events, result.duration_s))
    return record


def _cost(cost: Cost) -> Record:
    price = cost.price
    return {
        "price_per_1000_calls": None if price is None else _money(price.per_call * 1000),
        "price_source": None if price is None else price.source,
        "total": _money(cost.total),
        "per_camera_hour": _money(cost.per_camera_hour),
        "paid_to_vision_models": _money(cost.spent),
    }


def _money(amount: float | None) -> float | None:
    return None if amount is None else round(amount, 6)


def _score(score: Score) -> Record:
    return {
        "events": score.events,
        "found": score.found,
        "recall": _rounded(score.recall),
        "false_alerts": score.false_alerts,
        "false_alerts_per_hour": _rounded(score.false_per_hour),
        "delay_s": {name: round(value, 3) for name, value in score.delay_s.items()},
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _changes(a: Result, b: Result) -> Record:
    comparison = compared(a.alerts, b.alerts)
    return {
        "same": len(comparison.same),
        "moved": [_moved(it, a.start_us) for it in comparison.moved],
        "only_a": [alert_record(it, a.start_us) for it in comparison.only_a],
        "only_b": [alert_record(it, b.start_us) for it in comparison.only_b],
        "model_calls": _difference(a.frames.model_calls, b.frames.model_calls),
        "cost": _difference(_money(a.cost.total), _money(b.cost.total)),
    }


def _moved(moved: Moved, start_us: int) -> Record:
    return {
        "a": alert_record(moved.a, start_us),
        "b": alert_record(moved.b, start_us),
        "by_s": round(moved.by_s, 3),
    }


def _difference(a: float | None, b: float | None) -> Mapping[str, float | None]:
    return {"a": a, "b": b, "by": None if a is None or b is None else round(b - a, 6)}
