"""The rules of one region, resolved per camera: what the alert job carries as JSON."""

import json
from collections.abc import Mapping
from functools import cached_property
from hashlib import blake2b
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from ommatid_jobs.operators.rules.lines import Direction
from ommatid_schemas.events import AlertType, Severity
from ommatid_schemas.fleet_file import Polygon, Polyline, Schedule, WantedAnswer
from ommatid_schemas.priority import Priority

MIN_BLIND_US = 120_000_000
"""Least of :attr:`CameraRules.blind_us`, microseconds."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy; what was computed of the original's values is computed anew of its own."""
        copied = super().model_copy(update=update, deep=deep)
        computed: dict[str, Any] = vars(copied)
        for name in computed.keys() - type(self).model_fields.keys():
            del computed[name]
        return copied


class WatchedZone(_Part):
    """A zone of a camera that at least one of its rules watches.

    Attributes:
        coordinates: Corners, relative to the frame.
        inertia: Frames in a row that decide about in and out.
        loitering_us: How long an object must be inside before it counts.
    """

    coordinates: Polygon
    inertia: int = 1
    loitering_us: int = 0


class WatchedLine(_Part):
    """A line of a camera that at least one of its rules watches.

    Attributes:
        coordinates: Points, relative to the frame.
        band: Distance below which an object is on neither side, relative to the frame.
    """

    coordinates: Polyline
    band: float


class WatchedCrossing(_Part):
    """Ways across lines that raise an alert.

    Attributes:
        lines: Names of those of the rule's lines that the camera has.
        direction: The way; None for both.
    """

    lines: tuple[str, ...]
    direction: Direction | None = None


class WatchedCount(_Part):
    """How many objects at once raise an alert: one of the bounds is set.

    Attributes:
        more_than: More objects than this...
        fewer_than: ...or fewer than this.
        for_us: How long it must have been so.
    """

    more_than: int | None = None
    fewer_than: int | None = None
    for_us: int = 0

    def holds(self, objects: int) -> bool:
        """Whether so many objects are what it watches for."""
        if self.more_than is not None:
            return objects > self.more_than
        return self.fewer_than is not None and objects < self.fewer_than


class ArmingOverride(_Part):
    """A time during which a command, and not the schedule, says whether a rule is armed.

    Attributes:
        armed: None leaves it to the schedule again.
        from_us: Capture time at which it begins, microseconds since the epoch.
        until_us: Capture time at which it is over; None for no end.
    """

    armed: bool | None
    from_us: int
    until_us: int | None = None

    def holds(self, at_us: int) -> bool:
        """Whether an instant is in it."""
        return self.from_us <= at_us and (self.until_us is None or at_us < self.until_us)


_MATCHES_NOTHING = {"name", "cooldown_us", "max_per_hour", "schedule", "overrides", "report", "severity", "deliver"}
"""Fields of a rule that say what becomes of a match, and when one counts, but not what matches."""


class AlertRule(_Part):
    """One rule as it applies to one camera.

    Attributes:
        name: Name of the rule in the fleet file.
        labels: Classes that count.
        zones: Names of those of the rule's zones that the camera has; None for a rule without
            zones, which watches the whole frame.
        min_score: Score from which a box counts, 0..1.
        threshold: Median score from which an object counts, 0..1; 0 is off.
        min_area: Share of the frame from which a box counts.
        max_area: Share of the frame up to which a box counts.
        loitering_us: How long an object must be in a zone, or in the frame, before it counts.
        count: How many objects at once raise an alert; None when each raises its own.
        crossing: Ways across lines that raise an alert; None when being somewhere does.
        answers: Answers of a vision language model that raise an alert, by field; empty when none does.
        confirm_matches: Frames that must match...
        confirm_frames: ...of this many consecutive frames of the camera.
        cooldown_us: Capture time during which the same zones stay quiet after an alert.
        max_per_hour: Alerts in an hour after which the next one is the last; None for no limit.
        schedule: When the rule is armed; None for always.
        overrides: What was armed or disarmed by command; of those that hold, the last one counts.
        report: Messages that are sent.
        severity: Copied into the alert.
        deliver: Names of the deliveries, copied into the alert.
    """

    name: str
    labels: tuple[str, ...]
    zones: tuple[str, ...] | None
    min_score: float
    threshold: float = 0.0
    min_area: float = 0.0
    max_area: float = 1.0
    loitering_us: int = 0
    count: WatchedCount | None = None
    crossing: WatchedCrossing | None = None
    answers: dict[str, WantedAnswer] = Field(default_factory=dict)
    confirm_matches: int
    confirm_frames: int
    cooldown_us: int
    max_per_hour: int | None = None
    schedule: Schedule | None = None
    overrides: tuple[ArmingOverride, ...] = ()
    report: tuple[AlertType, ...] = (AlertType.NEW,)
    severity: Severity
    deliver: tuple[str, ...]

    @property
    def is_condition(self) -> bool:
        """Whether it fires for whole frames and not for single objects."""
        return self.count is not None or bool(self.answers)


class CameraRules(_Part):
    """The rules that can fire on one camera, in the order of the fleet file, and the zones and lines that they watch.

    Attributes:
        camera_id: The camera.
        region: Its region.
        group: Its group.
        priority: Of the group.
        blind_us: Longest time between two frames over which what was seen is taken to have gone on.
        zones: Zones that some rule watches, by name.
        lines: Lines that some rule watches, by name.
        rules: The rules.
    """

    camera_id: str
    region: str
    group: str
    priority: Priority
    blind_us: int = MIN_BLIND_US
    zones: dict[str, WatchedZone]
    lines: dict[str, WatchedLine] = Field(default_factory=dict)
    rules: tuple[AlertRule, ...]

    @cached_property
    def matched_by(self) -> dict[str, str]:
        """By rule name, what decides whether a rule matches: 8 hexadecimal digits that differ when that differs."""
        return {rule.name: _identity(self._matching(rule)) for rule in self.rules}

    @cached_property
    def labels(self) -> frozenset[str]:
        """Classes that some rule watches."""
        return frozenset(label for rule in self.rules for label in rule.labels)

    @cached_property
    def reads_answers(self) -> bool:
        """Whether some rule reads answers."""
        return any(rule.answers for rule in self.rules)

    @cached_property
    def min_score(self) -> float:
        """Score from which a box counts for some rule."""
        return min((rule.min_score for rule in self.rules), default=1.0)

    def _matching(self, rule: AlertRule) -> object:
        lines = rule.crossing.lines if rule.crossing else ()
        places = [self.zones[name] for name in rule.zones or ()] + [self.lines[name] for name in lines]
        parts = [rule.model_dump(mode="json", exclude=_MATCHES_NOTHING, exclude_defaults=True)]
        return parts + [place.model_dump(mode="json", exclude_defaults=True) for place in places]


class RuleBook(_Part):
    """All cameras of a region. JSON by ``model_dump_json`` and ``model_validate_json``.

    Records of rules leave out what stands at its default (:mod:`ommatid_jobs.operators.rule_versions`). So a default
    in this module never changes: it says that something is not asked for.
    """

    region: str
    cameras: dict[str, CameraRules]

    def for_camera(self, camera_id: str) -> CameraRules | None:
        """Rules of a camera, or None when the fleet file does not (or no longer) name it."""
        return self.cameras.get(camera_id)


def _identity(content: object) -> str:
    return blake2b(json.dumps(content, sort_keys=True).encode(), digest_size=4).hexdigest()
