"""A rule for people at a door in the right half of the picture, and what the tests change about it."""

from ommatid_jobs.operators.rules import AlertRule, CameraRules, WatchedZone
from ommatid_schemas.events import Severity
from ommatid_schemas.priority import Priority
from tests.unit.jobs.operators.examples import S

DOOR = (0.5, 0.0, 1.0, 0.0, 1.0, 1.0, 0.5, 1.0)
GATE = (0.0, 0.0, 0.4, 0.0, 0.4, 1.0, 0.0, 1.0)

AT_DOOR = AlertRule(
    name="person-at-door",
    labels=("person",),
    zones=("door",),
    min_score=0.45,
    confirm_matches=2,
    confirm_frames=3,
    cooldown_us=60 * S,
    severity=Severity.HIGH,
    deliver=("soc",),
)
ANYWHERE = AT_DOOR.model_copy(update={"name": "anything", "labels": ("person", "car"), "zones": None})


ZONES = {"door": WatchedZone(coordinates=DOOR), "gate": WatchedZone(coordinates=GATE)}


def camera_rules(*rules: AlertRule, zones: dict[str, WatchedZone] | None = None) -> CameraRules:
    return CameraRules(
        camera_id="cam-1",
        region="eu",
        group="entrances",
        priority=Priority.SAFETY,
        zones=zones or ZONES,
        rules=rules,
    )
