"""The rules of one region, resolved per camera: what the alert job carries as JSON."""

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict

from ommatid_schemas.errors import ConfigurationError
from ommatid_schemas.events import Severity
from ommatid_schemas.fleet_file import Camera, Fleet, Polygon, Rule


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AlertRule(_Part):
    """One rule as it applies to one camera.

    Attributes:
        name: Name of the rule in the fleet file.
        labels: Classes that count.
        zones: Those of the rule's zones that the camera has, by name; None for a rule without
            zones, which watches the whole frame.
        min_score: Score from which a box counts, 0..1.
        confirm_matches: Frames that must match...
        confirm_frames: ...of this many consecutive frames of the camera.
        cooldown_us: Capture time during which the same zones stay quiet after an alert.
        severity: Copied into the alert.
        deliver: Names of the deliveries, copied into the alert.
    """

    name: str
    labels: tuple[str, ...]
    zones: dict[str, Polygon] | None
    min_score: float
    confirm_matches: int
    confirm_frames: int
    cooldown_us: int
    severity: Severity
    deliver: tuple[str, ...]


class CameraRules(_Part):
    """The rules that can fire on one camera, in the order of the fleet file."""

    camera_id: str
    group: str
    rules: tuple[AlertRule, ...]


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
        name: CameraRules(camera_id=name, group=camera.group, rules=tuple(_rules_of(fleet, camera)))
        for name, camera in fleet.cameras.items()
        if camera.region == region and camera.enabled
    }
    return RuleBook(region=region, cameras=cameras)


def _rules_of(fleet: Fleet, camera: Camera) -> Iterator[AlertRule]:
    for name, rule in fleet.rules.items():
        zones = _zones_of(rule, camera)
        if camera.group in rule.groups and zones != {}:
            yield _resolved(name, rule, zones)


def _zones_of(rule: Rule, camera: Camera) -> dict[str, Polygon] | None:
    if not rule.zones:
        return None
    return {name: camera.zones[name].coordinates for name in rule.zones if name in camera.zones}


def _resolved(name: str, rule: Rule, zones: dict[str, Polygon] | None) -> AlertRule:
    return AlertRule(
        name=name,
        labels=rule.labels,
        zones=zones,
        min_score=rule.min_score,
        confirm_matches=rule.confirm.matches,
        confirm_frames=rule.confirm.frames,
        cooldown_us=round(rule.cooldown * 1_000_000),
        severity=rule.severity,
        deliver=rule.deliver,
    )
