"""Alerts that are recorded: found by what they are and by what was said of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from ommatid_connectors.database.tables import alerts
from ommatid_connectors.database.verdicts import Verdict, last_words
from ommatid_schemas.events import AlertType

_LIFE = {kind.value: place for place, kind in enumerate(AlertType)}


class JudgedOnly(StrEnum):
    """Which alerts are wanted, by what was said of them."""

    TRUE = "true"
    FALSE = "false"
    NONE = "none"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Which alerts are wanted; None wants all.

    Attributes:
        since_us: Raised at this time or later, microseconds since the epoch.
        region: Region.
        rule: Rule that raised it.
        label: What it says was seen.
        camera_id: Camera.
        verdict: What was said of it; ANY wants those that were judged.
        alert_id: This alert alone.
    """

    since_us: int | None = None
    region: str | None = None
    rule: str | None = None
    label: str | None = None
    camera_id: str | None = None
    verdict: JudgedOnly | None = None
    alert_id: str | None = None


@dataclass(frozen=True, slots=True)
class RecordedAlert:
    """One alert with all its messages.

    Attributes:
        alert_id: Identity.
        camera_id: Camera.
        region: Region.
        group: Camera group.
        priority: Priority of the group.
        rule: Rule.
        kind: What kind of rule fired.
        severity: Severity.
        label: What was seen.
        score: Best score that a message told, 0..1.
        confirming_scores: Best score of the label in each frame that confirmed the alert, 0..1, oldest first.
        zones: Zones.
        started_at_us: When it began, microseconds since the epoch.
        ended_at_us: When it ended, if that was told.
        captured_at_us: Of the frame that raised it.
        raised_at_us: When it was raised.
        late: Whether it was raised later than its priority allows.
        messages: Types of its messages, in the order of its life.
        verdict: What counts of what people said.
        note: Of the verdict.
        given_by: Who gave the verdict.
    """

    alert_id: str
    camera_id: str
    region: str
    group: str
    priority: str
    rule: str
    kind: str
    severity: str
    label: str
    score: float
    confirming_scores: tuple[float, ...]
    zones: tuple[str, ...]
    started_at_us: int
    ended_at_us: int | None
    captured_at_us: int
    raised_at_us: int
    late: bool
    messages: tuple[str, ...]
    verdict: Verdict | None
    note: str | None
    given_by: str | None


def find_alerts(connection: sa.Connection, wanted: AlertFilter, limit: int | None = None) -> tuple[RecordedAlert, ...]:
    """Alerts, the newest first.

    Args:
        connection: From :meth:`Database.reading`.
        wanted: Which.
        limit: So many at most.
    """
    chosen = _chosen_ids(wanted, limit)
    columns = [*alerts.c, chosen.c.verdict, chosen.c.note, chosen.c.given_by]
    found = (
        sa.select(*columns)
        .join(chosen, alerts.c.alert_id == chosen.c.alert_id)
        .order_by(chosen.c.first_raised_at_us.desc(), alerts.c.alert_id)
    )
    rows = connection.execute(found).mappings()
    return tuple(_alert(sorted(its, key=_life)) for _, its in groupby(rows, key=lambda row: row["alert_id"]))


def matching_ids(connection: sa.Connection, start: str, limit: int) -> tuple[str, ...]:
    """Ids of alerts that begin with a text, in alphabetical order."""
    ids = sa.select(alerts.c.alert_id).distinct().where(alerts.c.alert_id.startswith(start, autoescape=True))
    return tuple(connection.scalars(ids.order_by(alerts.c.alert_id).limit(limit)))


def _chosen_ids(wanted: AlertFilter, limit: int | None) -> sa.Subquery:
    words, raised_at_us = last_words(), sa.func.min(alerts.c.raised_at_us)
    verdict = [words.c.verdict, words.c.note, words.c.given_by]
    chosen = (
        sa.select(alerts.c.alert_id, raised_at_us.label("first_raised_at_us"), *verdict)
        .outerjoin(words, alerts.c.alert_id == words.c.alert_id)
        .where(*_conditions(wanted, words))
        .group_by(alerts.c.alert_id, *verdict)
        .order_by(raised_at_us.desc(), alerts.c.alert_id)
        .limit(limit)
    )
    if wanted.since_us is not None:
        chosen = chosen.having(raised_at_us >= wanted.since_us)
    return chosen.subquery("chosen")


def _conditions(wanted: AlertFilter, words: sa.Subquery) -> list[sa.ColumnElement[bool]]:
    names = ("region", "rule", "label", "camera_id", "alert_id")
    conditions = [alerts.c[name] == value for name in names for value in [getattr(wanted, name)] if value is not None]
    if wanted.verdict is JudgedOnly.NONE:
        conditions.append(words.c.verdict.is_(None))
    elif wanted.verdict is JudgedOnly.ANY:
        conditions.append(words.c.verdict.is_not(None))
    elif wanted.verdict is not None:
        conditions.append(words.c.verdict == wanted.verdict.value)
    return conditions


def _life(row: sa.RowMapping) -> int:
    return _LIFE[row["type"]]


def _alert(messages: Sequence[sa.RowMapping]) -> RecordedAlert:
    """One alert of its messages: what raised it stands in the first, its end in the last."""
    first = messages[0]
    ends = [row["ended_at_us"] for row in messages if row["ended_at_us"] is not None]
    same = ("alert_id", "camera_id", "region", "priority", "rule", "kind", "severity", "label")
    times = ("started_at_us", "captured_at_us", "raised_at_us")
    return RecordedAlert(
        **{name: first[name] for name in (*same, *times, "late", "note", "given_by")},
        group=first["camera_group"],
        score=max(row["score"] for row in messages),
        confirming_scores=_scores(first),
        zones=tuple(first["zones"]),
        ended_at_us=max(ends, default=None),
        messages=tuple(row["type"] for row in messages),
        verdict=None if first["verdict"] is None else Verdict(first["verdict"]),
    )


def _scores(message: sa.RowMapping) -> tuple[float, ...]:
    frames: list[dict[str, Any]] = message["evidence"]
    scores = [[box["score"] for box in frame["boxes"] if box["label"] == message["label"]] for frame in frames]
    return tuple(max(those) for those in scores if those and None not in those)
