"""Raises an operational alert when too many deliveries of a priority are late, and ends it."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from ommatid_connectors.kafka import Delivered, DeliveryReport, Queued, RecordProducer
from ommatid_jobs.delivery.late_deliveries import LateChange, Lateness, LatePolicy, delivered, late_once, time_passed
from ommatid_jobs.delivery.operational_alert import OPERATIONAL, Instance, late_deliveries_alert
from ommatid_schemas import Alert, Priority, SingleObjectCodec, topics

_log = structlog.get_logger(__name__)


def publish_alert(producer: RecordProducer, alert: Alert) -> None:
    """Write an alert of our own to where all alerts come from; whoever reads it delivers it like any other."""

    def told(report: DeliveryReport) -> None:
        if not isinstance(report, Delivered):
            _log.warning("operational alert not published", alert_id=alert.alert_id, report=str(report))

    topic, value = topics.alerts_topic(alert.region), SingleObjectCodec().encode(alert)
    taken = producer.produce(
        topic, alert.camera_id.encode(), value, alert.captured_at_us // 1000, headers={}, on_delivery=told
    )
    if not isinstance(taken, Queued):
        _log.warning("operational alert not published", alert_id=alert.alert_id, report=str(taken))


@dataclass(frozen=True, slots=True)
class LatenessWatch:
    """Counts deliveries; usable from several threads. Operational alerts are not counted, so none is about itself.

    Attributes:
        instance: Who speaks.
        policy: When there are too many late ones.
        deliver: Deliveries that operational alerts go to; without any, nothing is watched.
        publish: Takes an alert, and returns soon.
    """

    instance: Instance
    policy: LatePolicy
    deliver: Sequence[str]
    publish: Callable[[Alert], None]
    _states: dict[Priority, Lateness] = field(default_factory=dict[Priority, Lateness], init=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    @classmethod
    def off(cls) -> "LatenessWatch":
        """Watches nothing."""
        return cls(Instance("", ""), LatePolicy(), (), _forget)

    def attempted(self, alert: Alert, before_us: int | None, at_us: int, now_us: int, *, acknowledged: bool) -> None:
        """An attempt to deliver an alert has ended.

        Args:
            alert: The alert.
            before_us: Start of the attempt before; None for the first one.
            at_us: Acknowledgement, or the start of an attempt that failed.
            now_us: Microseconds since the epoch.
            acknowledged: Whether it succeeded.
        """
        if not self.deliver or alert.kind == OPERATIONAL:
            return
        within_s = alert.priority.alert_within_s
        late = late_once(alert.captured_at_us, before_us, at_us, within_s, acknowledged=acknowledged)
        if late is None:
            return
        with self._lock:
            state = self._states.get(alert.priority, Lateness())
            self._states[alert.priority], change = delivered(state, now_us, self.policy, late=late)
        self._tell(alert.priority, change, now_us)

    def tick(self, now_us: int) -> None:
        """Some time has passed."""
        for priority in tuple(self._states):
            with self._lock:
                self._states[priority], change = time_passed(self._states[priority], now_us, self.policy)
            self._tell(priority, change, now_us)

    def _tell(self, priority: Priority, change: LateChange | None, now_us: int) -> None:
        if change is None:
            return
        said = "deliveries are in time again" if change.over else "deliveries are late"
        _log.warning(said, priority=priority.value, share=round(change.share, 3))
        self.publish(late_deliveries_alert(self.instance, priority, change, now_us, tuple(self.deliver)))


def _forget(alert: Alert) -> None:
    del alert
