"""The rules of one region, resolved per camera: what the alert job carries as JSON."""

from collections.abc import Iterable, Iterator
from functools import cached_property

from pydantic import BaseModel, ConfigDict

from ommatid_schemas.errors import ConfigurationError
from ommatid_schemas.events import AlertType, Severity
from ommatid_schemas.fleet_file import Camera, Fleet, Polygon, Rule, Schedule


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


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
        confirm_matches: Frames that must match...
        confirm_frames: ...of this many consecutive frames of the camera.
        cooldown_us: Capture time during which the same zones stay quiet after an alert.
        max_per_hour: Alerts in an hour after which the next one is the last; None for no limit.
        schedule: When the rule is armed; None for always.
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
    confirm_matches: int
    confirm_frames: int
    cooldown_us: int
    max_per_hour: int | None = None
    schedule: Schedule | None = None
    report: tuple[AlertType, ...] = (AlertType.NEW,)
    severity: Severity
    deliver: tuple[str, ...]


class CameraRules(_Part):
    """The rules that can fire on one camera, in the order of the fleet file, and the zones that they watch."""

    camera_id: str
    group: str
    zones: dict[str, WatchedZone]
    rules: tuple[AlertRule, ...]

    @cached_property
    def labels(self) -> frozenset[str]:
        """Classes that some rule watches."""
        return frozenset(label for rule in self.rules for label in rule.labels)

    @cached_property
    def min_score(self) -> float:
        """Score from which a box counts for some rule."""
        return min((rule.min_score for rule in self.rules), default=1.0)


class RuleBook(_Part):
    """All cameras of a region. JSON by ``model_dump_json`` and ``model_validate_json``."""

    region: str
    cameras: dict[str, CameraRules]

    def for_camera(self, camera_id: str) -> CameraRules | None:
        """Rules of a camera, or None when the fleet file does not (or no longer) name it."""
        return self.cameras.get(camera_id)


def rule_book(fleet: Fleet, region: str) -> RuleBook:
    """Resolve a fleet file's rules for the cameras of one region.

    A rule with zones applies to the cameras of its groups that have at least one of these zones.

    Raises:
        ConfigurationError: The fleet has no such region.
    """
    if region not in fleet.regions:
        raise ConfigurationError(f"region: expected one of {sorted(fleet.regions)}, found {region!r}")
    cameras = {
        name: _camera_rules(name, camera, tuple(_rules_of(fleet, camera)))
        for name, camera in fleet.cameras.items()
        if camera.region == region and camera.enabled
    }
    return RuleBook(region=region, cameras=cameras)


def _camera_rules(name: str, camera: Camera, rules: tuple[AlertRule, ...]) -> CameraRules:
    watched = {zone for rule in rules for zone in rule.zones or ()}
    return CameraRules(camera_id=name, group=camera.group, zones=dict(_watched_zones(camera, watched)), rules=rules)


def _watched_zones(camera: Camera, names: Iterable[str]) -> Iterator[tuple[str, WatchedZone]]:
    for name in sorted(names):
        zone = camera.zones[name]
        yield (
            name,
            WatchedZone(
                coordinates=zone.coordinates, inertia=zone.inertia, loitering_us=round(zone.loitering_time * 1_000_000)
            ),
        )


def _rules_of(fleet: Fleet, camera: Camera) -> Iterator[AlertRule]:
    for name, rule in fleet.rules.items():
        zones = _zones_of(rule, camera)
        if camera.group in rule.groups and zones != ():
            yield _resolved(name, rule, zones)


def _zones_of(rule: Rule, camera: Camera) -> tuple[str, ...] | None:
    if not rule.zones:
        return None
    return tuple(name for name in dict.fromkeys(rule.zones) if name in camera.zones)


def _resolved(name: str, rule: Rule, zones: tuple[str, ...] | None) -> AlertRule:
    return AlertRule(
        name=name,
        labels=rule.labels,
        zones=zones,
        min_score=rule.min_score,
        threshold=rule.threshold,
        min_area=rule.min_area,
        max_area=rule.max_area,
        loitering_us=round(rule.loitering_time * 1_000_000),
        confirm_matches=rule.confirm.matches,
        confirm_frames=rule.confirm.frames,
        cooldown_us=round(rule.cooldown * 1_000_000),
        max_per_hour=rule.max_per_hour,
        schedule=rule.schedule,
        report=rule.report,
        severity=rule.severity,
        deliver=rule.deliver,
    )
