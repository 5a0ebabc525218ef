"""From the fleet file to the rules on the cameras of one region."""

from ommatid_jobs.operators.camera_watch.watch_book import WatchBook, WatchedCamera, WatchRule
from ommatid_schemas.fleet_file import CameraTrouble, Fleet, Rule


def watch_book(fleet: Fleet, region: str) -> WatchBook:
    """Resolve a fleet file's rules on cameras for one of its regions; cameras that are switched off are left out."""
    cameras = {
        name: WatchedCamera(group=camera.group, priority=fleet.groups[camera.group].priority)
        for name, camera in fleet.cameras.items()
        if camera.region == region and camera.enabled
    }
    rules = tuple(_resolved(name, rule, rule.camera) for name, rule in fleet.rules.items() if rule.camera)
    return WatchBook(region=region, cameras=cameras, rules=rules)


def _resolved(name: str, rule: Rule, trouble: CameraTrouble) -> WatchRule:
    return WatchRule(
        name=name,
        groups=rule.groups,
        silent_us=_microseconds(trouble.silent),
        offline_us=_microseconds(trouble.offline),
        tampered=trouble.tampered,
        cooldown_us=round(rule.cooldown * 1_000_000),
        schedule=rule.schedule,
        report=rule.report,
        severity=rule.severity,
        deliver=rule.deliver,
    )


def _microseconds(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1_000_000)
