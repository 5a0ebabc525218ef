"""Two books of a region to compare, and versions made of them."""

from typing import Any

from ommatid_jobs.operators.rule_versions import Authorship, RulesVersion, next_version
from ommatid_jobs.operators.rules import AlertRule, CameraRules, RuleBook
from tests.unit.jobs.operators.rules.examples import ANYWHERE, AT_DOOR, camera_rules

ANNA = Authorship("anna@gate", 1_000_000)


def camera(camera_id: str, *rules: AlertRule, **changes: Any) -> CameraRules:
    return camera_rules(*rules).model_copy(update={"camera_id": camera_id, **changes})


def book(*cameras: CameraRules) -> RuleBook:
    return RuleBook(region="eu", cameras={it.camera_id: it for it in cameras})


BOOK = book(camera("cam-1", AT_DOOR, ANYWHERE), camera("cam-2", AT_DOOR))
STRICTER = AT_DOOR.model_copy(update={"min_score": 0.6})
FIRST: RulesVersion = next_version(None, BOOK, ANNA)
