"""Rules on tracked objects: zones, dwell, confirmation, schedule, cooldown, and the life of the alert that follows."""

from ommatid_jobs.operators.rules.alert_message import alert_id
from ommatid_jobs.operators.rules.evaluation import Step, due_at_us, elapsed, evaluate
from ommatid_jobs.operators.rules.label_check import check_labels
from ommatid_jobs.operators.rules.lines import Direction
from ommatid_jobs.operators.rules.resolution import rule_book
from ommatid_jobs.operators.rules.rule_book import (
    AlertRule,
    ArmingOverride,
    CameraRules,
    RuleBook,
    WatchedCount,
    WatchedCrossing,
    WatchedLine,
    WatchedZone,
)
from ommatid_jobs.operators.rules.state import RulesState
from ommatid_jobs.operators.rules.state_bytes import pack_state, unpack_state
from ommatid_jobs.operators.rules.zones import contains

__all__ = [
    "AlertRule",
    "ArmingOverride",
    "CameraRules",
    "Direction",
    "RuleBook",
    "RulesState",
    "Step",
    "WatchedCount",
    "WatchedCrossing",
    "WatchedLine",
    "WatchedZone",
    "alert_id",
    "check_labels",
    "contains",
    "due_at_us",
    "elapsed",
    "evaluate",
    "pack_state",
    "rule_book",
    "unpack_state",
]
