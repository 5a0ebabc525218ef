"""Rules: labels, zones, confirmation by N of M frames, cooldown, and the alert that follows."""

from ommatid_jobs.operators.rules.evaluation import Step, evaluate
from ommatid_jobs.operators.rules.label_check import check_labels
from ommatid_jobs.operators.rules.new_alert import alert_id
from ommatid_jobs.operators.rules.rule_book import AlertRule, CameraRules, RuleBook, rule_book
from ommatid_jobs.operators.rules.state import RulesState, pack_state, unpack_state
from ommatid_jobs.operators.rules.zones import contains

__all__ = [
    "AlertRule",
    "CameraRules",
    "RuleBook",
    "RulesState",
    "Step",
    "alert_id",
    "check_labels",
    "contains",
    "evaluate",
    "pack_state",
    "rule_book",
    "unpack_state",
]
