"""How many alerts were raised and judged, by what they have in common."""

from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from ommatid_connectors.database.tables import alerts
from ommatid_connectors.database.verdicts import Verdict, last_words


class Dimension(StrEnum):
    """What alerts are counted by."""

    RULE = "rule"
    LABEL = "label"
    CAMERA = "camera"


@dataclass(frozen=True, slots=True)
class Tally:
    """Alerts of one rule, label or camera.

    Attributes:
        name: Of the rule, label or camera.
        raised: Alerts in all.
        true: Of these, judged true.
        false: Of these, judged false.
    """

    name: str
    raised: int
    true: int
    false: int

    @property
    def judged(self) -> int:
        """Alerts that somebody has judged."""
        return self.true + self.false


def tallies(connection: sa.Connection, by: Dimension, since_us: int | None = None) -> tuple[Tally, ...]:
    """Counts by rule, label or camera; those with most false alerts first.

    Args:
        connection: From :meth:`Database.reading`.
        by: What to count by.
        since_us: Alerts raised at this time or later, microseconds since the epoch; None counts all.
    """
    each, words = _alerts_with(by, since_us), last_words()
    true, false = (
        sa.func.coalesce(sa.func.sum(sa.case((words.c.verdict == said.value, 1), else_=0)), 0)
        for said in (Verdict.TRUE, Verdict.FALSE)
    )
    counted = (
        sa.select(each.c.name, sa.func.count().label("raised"), true.label("true"), false.label("false"))
        .outerjoin(words, each.c.alert_id == words.c.alert_id)
        .group_by(each.c.name)
        .order_by(false.desc(), each.c.name)
    )
    return tuple(Tally(name, raised, int(yes), int(no)) for name, raised, yes, no in connection.execute(counted))


def _alerts_with(by: Dimension, since_us: int | None) -> sa.Subquery:
    """One row per alert: its id, and the name that it is counted under."""
    name = alerts.c.camera_id if by is Dimension.CAMERA else alerts.c[by.value]
    chosen = sa.select(alerts.c.alert_id, sa.func.min(name).label("name")).group_by(alerts.c.alert_id)
    if since_us is not None:
        chosen = chosen.having(sa.func.min(alerts.c.raised_at_us) >= since_us)
    return chosen.subquery("each_alert")
