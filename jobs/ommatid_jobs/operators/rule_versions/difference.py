"""What changes from one book of rules to another, told by rule and by camera."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ommatid_jobs.operators.rules import AlertRule, CameraRules, RuleBook


class Kind(StrEnum):
    """What happens to a rule or a camera."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One value that changes.

    Attributes:
        field: Its name in the book.
        before: JSON value; None where there was none.
        after: JSON value; None where there is none.
        cameras: On which cameras, in alphabetical order.
    """

    field: str
    before: Any
    after: Any
    cameras: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RuleChange:
    """What becomes of one rule.

    Attributes:
        rule: Its name.
        kind: Added or removed when no camera had or has it.
        gained: Cameras on which it can fire now and could not before.
        lost: Cameras on which it cannot fire any more.
        fields: What changes where it could fire before, too.
    """

    rule: str
    kind: Kind
    gained: tuple[str, ...]
    lost: tuple[str, ...]
    fields: tuple[FieldChange, ...] = ()


@dataclass(frozen=True, slots=True)
class CameraChange:
    """What becomes of one camera beside its rules: its zones, its group."""

    camera_id: str
    kind: Kind
    fields: tuple[FieldChange, ...] = ()


@dataclass(frozen=True, slots=True)
class BookDifference:
    """All changes from one book to another; none of both for books that say the same."""

    rules: tuple[RuleChange, ...]
    cameras: tuple[CameraChange, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing changes."""
        return not self.rules and not self.cameras


def difference(before: RuleBook, after: RuleBook) -> BookDifference:
    """Compare two books of one region."""
    return BookDifference(tuple(_rule_changes(before, after)), tuple(_camera_changes(before.cameras, after.cameras)))


def _rule_changes(before: RuleBook, after: RuleBook) -> Iterator[RuleChange]:
    old, new = _by_rule(before), _by_rule(after)
    for name in sorted({*old, *new}):
        was, will = old.get(name, {}), new.get(name, {})
        gained, lost = tuple(sorted(will.keys() - was.keys())), tuple(sorted(was.keys() - will.keys()))
        fields = _merged((camera, was[camera], will[camera]) for camera in sorted(was.keys() & will.keys()))
        if gained or lost or fields:
            yield RuleChange(name, _kind(bool(was), bool(will)), gained, lost, fields)


def _camera_changes(before: Mapping[str, CameraRules], after: Mapping[str, CameraRules]) -> Iterator[CameraChange]:
    for name in sorted({*before, *after}):
        was, will = before.get(name), after.get(name)
        if was is None or will is None:
            yield CameraChange(name, _kind(was is not None, will is not None))
        elif fields := _merged([(name, _beside_rules(was, will), _beside_rules(will, was))]):
            yield CameraChange(name, Kind.CHANGED, fields)


def _kind(was: bool, will: bool) -> Kind:
    if was and will:
        return Kind.CHANGED
    return Kind.REMOVED if was else Kind.ADDED


def _by_rule(book: RuleBook) -> dict[str, dict[str, Mapping[str, Any]]]:
    """Values of each rule by camera."""
    found: dict[str, dict[str, Mapping[str, Any]]] = {}
    for camera_id, camera in book.cameras.items():
        for rule in camera.rules:
            found.setdefault(rule.name, {})[camera_id] = _values(rule)
    return found


def _values(rule: AlertRule) -> Mapping[str, Any]:
    return rule.model_dump(mode="json")


def _beside_rules(camera: CameraRules, other: CameraRules) -> Mapping[str, Any]:
    """Values of a camera that are in no rule; zones one by one, and the order of the rules that both have."""
    content = camera.model_dump(mode="json", exclude={"rules"})
    zones: Mapping[str, Mapping[str, Any]] = content.pop("zones")
    common = {rule.name for rule in other.rules}
    return {
        **content,
        **{f"zones.{name}.{key}": value for name, zone in zones.items() for key, value in zone.items()},
        "order of rules": [rule.name for rule in camera.rules if rule.name in common],
    }


def _merged(pairs: Iterator[tuple[str, Any, Any]] | list[tuple[str, Any, Any]]) -> tuple[FieldChange, ...]:
    """Changes of (camera, values before, values after), the same change on several cameras told once."""
    cameras: dict[str, list[str]] = {}
    changes: dict[str, tuple[str, Any, Any]] = {}
    for camera, was, will in pairs:
        for field in [*was, *(field for field in will if field not in was)]:
            change = (field, was.get(field), will.get(field))
            if change[1] != change[2]:
                changes.setdefault(repr(change), change)
                cameras.setdefault(repr(change), []).append(camera)
    return tuple(FieldChange(*change, cameras=tuple(cameras[told])) for told, change in changes.items())
