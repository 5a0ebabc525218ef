"""Versions of rules, what changes between them, and orders to arm, as lines on a screen and as plain values. Pure."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from ommatid_jobs.operators.rule_versions import (
    ArmingOrder,
    BookDifference,
    CameraChange,
    FieldChange,
    Kind,
    RuleChange,
    RulesVersion,
    difference,
)
from ommatid_jobs.operators.rules import RuleBook

_SIGNS = {Kind.ADDED: "+", Kind.REMOVED: "-", Kind.CHANGED: "~"}
_SHOWN_CAMERAS = 3
_ARMED = {True: "armed", False: "disarmed", None: "as scheduled"}


def time_text(at_us: int) -> str:
    """An instant, microseconds since the epoch, as ISO 8601 in UTC."""
    return datetime.fromtimestamp(at_us // 1_000_000, UTC).isoformat().replace("+00:00", "Z")


def difference_lines(changes: BookDifference) -> Iterator[str]:
    """One line for each change: ``+`` comes, ``-`` goes, ``~`` changes."""
    for change in changes.rules:
        yield from _rule_lines(change)
    for camera in changes.cameras:
        yield from _camera_lines(camera)


def difference_record(changes: BookDifference) -> dict[str, Any]:
    """The changes as plain values, for JSON."""
    return asdict(changes)


def version_record(version: RulesVersion | None) -> dict[str, Any] | None:
    """A version without its rules as plain values, for JSON."""
    if version is None:
        return None
    return {
        "version": version.version,
        "content_hash": version.content_hash,
        "applied_at": time_text(version.applied_at_us),
        "by": version.by,
        "comment": version.comment,
        "restores": version.restores,
    }


def history_records(versions: Sequence[RulesVersion]) -> list[dict[str, Any]]:
    """Plain values of versions (oldest first), newest first; with what each changed, None where that is forgotten."""
    before = [None, *versions]
    records = [
        {
            **(version_record(version) or {}),
            "in_effect": version is versions[-1],
            "changes": _changes(former, version),
        }
        for former, version in zip(before, versions, strict=False)
    ]
    return records[::-1]


def history_line(record: dict[str, Any]) -> str:
    """A version as one line, from its record."""
    marks = [f"version {record['version']}"]
    marks += ["in effect"] if record["in_effect"] else []
    marks += [f"rules of version {record['restores']} again"] if record["restores"] else []
    comment = f" ({record['comment']})" if record["comment"] else ""
    head = f"{', '.join(marks)}: {record['applied_at']} by {record['by']}{comment}"
    return f"{head}: {_summary(record['changes'])}, {record['content_hash']}"


def order_record(order: ArmingOrder) -> dict[str, Any]:
    """An order as plain values, for JSON."""
    return {
        **order.model_dump(mode="json", exclude={"from_us", "until_us"}),
        "from": time_text(order.from_us),
        "until": None if order.until_us is None else time_text(order.until_us),
    }


def order_line(order: ArmingOrder) -> str:
    """An order as one line."""
    named = (("rule", order.rules), ("group", order.groups), ("camera", order.cameras))
    scope = ", ".join(f"{what} {name}" for what, names in named for name in names) or "every rule"
    until = "until further notice" if order.until_us is None else f"until {time_text(order.until_us)}"
    comment = f" ({order.comment})" if order.comment else ""
    return f"{_ARMED[order.armed]}: {scope}, from {time_text(order.from_us)} {until}, by {order.by}{comment}"


def _changes(former: RulesVersion | None, version: RulesVersion) -> dict[str, Any] | None:
    if former is None and version.version > 1:
        return None
    before = RuleBook(region=version.book.region, cameras={}) if former is None else former.book
    return difference_record(difference(before, version.book))


def _rule_lines(change: RuleChange) -> Iterator[str]:
    head = f"{_SIGNS[change.kind]} rule {change.rule}"
    if change.gained:
        yield f"{head}: {'now ' if change.kind is Kind.CHANGED else ''}on {_cameras(change.gained)}"
    if change.lost:
        yield f"{head}: no longer on {_cameras(change.lost)}"
    for field in change.fields:
        yield f"{head}: {_change(field)} on {_cameras(field.cameras)}"


def _camera_lines(change: CameraChange) -> Iterator[str]:
    head = f"{_SIGNS[change.kind]} camera {change.camera_id}"
    if not change.fields:
        yield head
    for field in change.fields:
        yield f"{head}: {_change(field)}"


def _change(change: FieldChange) -> str:
    before, after = (_value(change.field, it) for it in (change.before, change.after))
    return f"{change.field.removesuffix('_us')} {before} -> {after}"


def _value(field: str, value: Any) -> str:
    if value is None:
        return "none"
    if field.endswith("_us") and isinstance(value, int):
        return f"{value / 1_000_000:g}s"
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def _cameras(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_SHOWN_CAMERAS])
    more = f" and {len(names) - _SHOWN_CAMERAS} more" if len(names) > _SHOWN_CAMERAS else ""
    return f"{len(names)} camera{'s' if len(names) > 1 else ''} ({shown}{more})"


def _summary(changes: dict[str, Any] | None) -> str:
    if changes is None:
        return "what it changed is not kept"
    told = [f"{_SIGNS[it['kind']]}{it['rule']}" for it in changes["rules"]]
    told += [f"{_SIGNS[it['kind']]}camera {it['camera_id']}" for it in changes["cameras"]]
    return " ".join(told) or "nothing"
