"""From the fleet file to the rules of one region."""

from collections.abc import Iterable, Iterator

from ommatid_jobs.operators.rules.lines import Direction
from ommatid_jobs.operators.rules.rule_book import (
    MIN_BLIND_US,
    AlertRule,
    CameraRules,
    RuleBook,
    WatchedCount,
    WatchedCrossing,
    WatchedLine,
    WatchedZone,
)
from ommatid_schemas.errors import ConfigurationError
from ommatid_schemas.fleet_file import Camera, Confirm, Fleet, Rule

_BLIND_BASELINES = 4
"""Baseline intervals without a frame after which nobody knows what went on."""
_CONFIRM = Confirm(matches=2, frames=3)
"""Of a rule that does not say."""


def rule_book(fleet: Fleet, region: str) -> RuleBook:
    """Resolve a fleet file's rules for the cameras of one region.

    A rule with zones, or lines, applies to the cameras of its groups that have at least one of them.

    Raises:
        ConfigurationError: The fleet has no such region.
    """
    if region not in fleet.regions:
        raise ConfigurationError(f"region: expected one of {sorted(fleet.regions)}, found {region!r}")
    cameras = {
        name: _camera_rules(fleet, name, camera)
        for name, camera in fleet.cameras.items()
        if camera.region == region and camera.enabled
    }
    return RuleBook(region=region, cameras=cameras)


def _camera_rules(fleet: Fleet, name: str, camera: Camera) -> CameraRules:
    group, rules = fleet.groups[camera.group], tuple(_rules_of(fleet, camera))
    zones = {zone for rule in rules for zone in rule.zones or ()}
    lines = {line for rule in rules if rule.crossing for line in rule.crossing.lines}
    return CameraRules(
        camera_id=name,
        region=camera.region,
        group=camera.group,
        priority=group.priority,
        blind_us=max(MIN_BLIND_US, _BLIND_BASELINES * group.sampling.policy.baseline_interval_us),
        zones=dict(_watched_zones(camera, zones)),
        lines=dict(_watched_lines(camera, lines)),
        rules=rules,
    )


def _watched_zones(camera: Camera, names: Iterable[str]) -> Iterator[tuple[str, WatchedZone]]:
    for name in sorted(names):
        zone = camera.zones[name]
        yield (
            name,
            WatchedZone(
                coordinates=zone.coordinates, inertia=zone.inertia, loitering_us=round(zone.loitering_time * 1_000_000)
            ),
        )


def _watched_lines(camera: Camera, names: Iterable[str]) -> Iterator[tuple[str, WatchedLine]]:
    for name in sorted(names):
        yield name, WatchedLine(coordinates=camera.lines[name].coordinates, band=camera.lines[name].band)


def _rules_of(fleet: Fleet, camera: Camera) -> Iterator[AlertRule]:
    for name, rule in fleet.rules.items():
        if rule.camera is not None:
            continue
        zones, crossing = _zones_of(rule, camera), _crossing(rule, camera)
        if camera.group in rule.groups and zones != () and (crossing is None or crossing.lines):
            yield _resolved(name, rule, zones, crossing)


def _zones_of(rule: Rule, camera: Camera) -> tuple[str, ...] | None:
    if not rule.zones:
        return None
    return tuple(name for name in dict.fromkeys(rule.zones) if name in camera.zones)


def _crossing(rule: Rule, camera: Camera) -> WatchedCrossing | None:
    if rule.crossing is None:
        return None
    lines = tuple(name for name in dict.fromkeys(rule.crossing.lines) if name in camera.lines)
    way = rule.crossing.direction
    return WatchedCrossing(lines=lines, direction=None if way == "both" else Direction(way))


def _count(rule: Rule) -> WatchedCount | None:
    if rule.count is None:
        return None
    count = rule.count
    return WatchedCount(
        more_than=count.more_than, fewer_than=count.fewer_than, for_us=round(count.duration * 1_000_000)
    )


def _resolved(name: str, rule: Rule, zones: tuple[str, ...] | None, crossing: WatchedCrossing | None) -> AlertRule:
    confirm = rule.confirm or _CONFIRM
    return AlertRule(
        name=name,
        labels=rule.labels,
        zones=zones,
        min_score=rule.min_score,
        threshold=rule.threshold,
        min_area=rule.min_area,
        max_area=rule.max_area,
        loitering_us=round(rule.loitering_time * 1_000_000),
        count=_count(rule),
        crossing=crossing,
        answers=rule.answers,
        confirm_matches=confirm.matches,
        confirm_frames=confirm.frames,
        cooldown_us=round(rule.cooldown * 1_000_000),
        max_per_hour=rule.max_per_hour,
        schedule=rule.schedule,
        report=rule.report,
        severity=rule.severity,
        deliver=rule.deliver,
    )
