from dataclasses import replace

from ommatid_jobs.delivery.late_deliveries import LatePolicy
from ommatid_jobs.delivery.lateness_watch import LatenessWatch
from ommatid_jobs.delivery.operational_alert import Instance
from ommatid_schemas import Alert, AlertType, Priority, Severity
from tests.unit.jobs.delivery.sample_alert import ALERT, CAPTURED_AT_US

LATE_US = CAPTURED_AT_US + 20_000_000
POLICY = LatePolicy(share=0.5, window_s=60.0, least=2)


class Watched:
    """A watch and what it has published."""

    def __init__(self, *deliver: str, name: str = "one") -> None:
        self.published: list[Alert] = []
        self.watch = LatenessWatch(Instance("eu-west", name), POLICY, deliver, self.published.append)

    def acknowledge(self, alert: Alert, at_us: int, times: int = 1) -> None:
        for _ in range(times):
            self.watch.attempted(alert, None, at_us, at_us, acknowledged=True)


def test_late_deliveries_of_a_priority_raise_an_alert_and_end_it() -> None:
    watched = Watched("duty")

    watched.acknowledge(ALERT, LATE_US, times=3)
    watched.watch.tick(LATE_US + 120_000_000)

    begun, over = watched.published
    assert (begun.type, begun.kind, begun.label, begun.severity) == (
        AlertType.NEW,
        "operational",
        "safety",
        Severity.HIGH,
    )
    assert (begun.deliver, begun.score, begun.region) == (("duty",), 1.0, "eu-west")
    assert (over.type, over.alert_id, over.ended_at_us) == (AlertType.END, begun.alert_id, LATE_US + 120_000_000)


def test_priorities_are_counted_apart() -> None:
    watched = Watched("duty")
    patient = replace(ALERT, priority=Priority.INSIGHT)

    watched.acknowledge(patient, LATE_US, times=5)  # 20 s are in time for it
    watched.acknowledge(ALERT, LATE_US, times=2)

    assert [it.label for it in watched.published] == ["safety"]


def test_an_operational_alert_is_never_about_others_of_its_kind() -> None:
    watched = Watched("duty")
    watched.acknowledge(ALERT, LATE_US, times=2)
    (own,) = watched.published

    watched.acknowledge(own, own.captured_at_us + 3_600_000_000, times=9)

    assert watched.published == [own]


def test_without_a_delivery_that_wants_them_nothing_is_published() -> None:
    watched = Watched()

    watched.acknowledge(ALERT, LATE_US, times=9)

    assert watched.published == []


def test_instances_speak_for_themselves() -> None:
    one, other = Watched("duty", name="one"), Watched("duty", name="other")
    for watched in (one, other):
        watched.acknowledge(ALERT, LATE_US, times=2)

    assert one.published[0].alert_id != other.published[0].alert_id
