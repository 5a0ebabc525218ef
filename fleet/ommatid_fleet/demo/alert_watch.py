"""Shows alerts as the webhook receives them, until there are enough."""

import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from rich.text import Text

from ommatid_connectors.webhook import Received
from ommatid_fleet.demo.accounting import DemoReport, ReceivedAlert, latency_percentiles_ms
from ommatid_fleet.demo.frame_meter import FrameTally
from ommatid_fleet.demo.screen import Screen
from ommatid_fleet.flink import FlinkRest
from ommatid_fleet.flink.job_report import TERMINAL
from ommatid_fleet.local import ChildExitedError
from ommatid_fleet.local.child_processes import Child, exit_status, log_tail

_LOOK_AROUND_S = 1.0
_SEVERITY_STYLE = {"high": "bold red", "medium": "yellow", "low": "cyan"}


class AlertWatch:
    """Collects the alerts of one run.

    Args:
        screen: Where alerts are shown.
        started_at_s: Monotonic time at which the command started.
    """

    def __init__(self, screen: Screen, started_at_s: float) -> None:
        self._screen = screen
        self._started_at_s = started_at_s
        self._first_alert_s: float | None = None
        self._alerts: list[ReceivedAlert] = []
        self._arrived = threading.Condition()
        self._children: Sequence[Child] = ()
        self._rest: FlinkRest | None = None
        self._jobs: Sequence[str] = ()

    @property
    def alerts(self) -> tuple[ReceivedAlert, ...]:
        """Alerts so far, in order of arrival."""
        return tuple(self._alerts)

    def on_accepted(self, request: Received) -> None:
        """Take one alert; called by the receiver's threads, once per ``webhook-id``."""
        payload = request.payload
        alert = ReceivedAlert(payload["alert_id"], payload["captured_at_us"], request.received_at_us)
        with self._arrived:
            if self._first_alert_s is None:
                self._first_alert_s = time.monotonic() - self._started_at_s
            self._alerts.append(alert)
            self._arrived.notify_all()
        self._screen.line(_line(payload, alert))

    def needs(self, children: Sequence[Child], rest: FlinkRest, jobs: Sequence[str]) -> None:
        """Name what must keep running while the watch lasts."""
        self._children, self._rest, self._jobs = children, rest, jobs

    def until(self, alerts: int | None, timeout_s: float | None) -> str | None:
        """Wait for so many alerts (None: for Ctrl-C); say why in one sentence if there were not enough in time.

        Raises:
            ChildExitedError: A process or a job that is needed has ended.
        """
        try:
            while alerts is None or len(self._alerts) < alerts:
                if timeout_s is not None and time.monotonic() - self._started_at_s > timeout_s:
                    return self._shortfall(alerts, f"within {timeout_s:g} s")
                self._look_around()
                with self._arrived:
                    self._arrived.wait_for(lambda: alerts is not None and len(self._alerts) >= alerts, _LOOK_AROUND_S)
        except KeyboardInterrupt:
            return None if alerts is None else self._shortfall(alerts, "before it was interrupted")
        return None

    def report(self, tally: FrameTally) -> DemoReport:
        """Return the figures of the run."""
        alerts = self.alerts
        distinct = {alert.alert_id for alert in alerts}
        return DemoReport(
            first_alert_s=None if self._first_alert_s is None else round(self._first_alert_s, 1),
            alerts=len(distinct),
            repeated_alerts=len(alerts) - len(distinct),
            latency_ms=latency_percentiles_ms(alerts),
            frames=tally.frames,
            not_published=tally.not_published,
            dropped=tally.dropped,
            dead_letters=tally.dead_letters,
            unaccounted=tally.unaccounted,
        )

    def _shortfall(self, alerts: int | None, when: str) -> str:
        return (
            f"expected {alerts or 'some'} alert(s) {when}, saw {len(self._alerts)}; "
            "run it again with --keep and look into the logs"
        )

    def _look_around(self) -> None:
        for child in self._children:
            if exit_status(child) is not None:
                raise ChildExitedError(
                    f"{child.name}: expected to keep running, but it ended with status {exit_status(child)}; "
                    f"end of its log:\n{log_tail(child.log_path)}"
                )
        for job_id in self._jobs:
            if self._rest is not None and self._rest.job_status(job_id) in TERMINAL:
                cause = self._rest.root_cause(job_id) or "none reported"
                raise ChildExitedError(f"job {job_id}: expected to keep running, but it ended; cause: {cause}")


def _line(payload: Any, alert: ReceivedAlert) -> Text:
    captured = datetime.fromtimestamp(alert.captured_at_us / 1e6, tz=UTC).astimezone().strftime("%H:%M:%S")
    zones = f" in {', '.join(payload['zones'])}" if payload["zones"] else ""
    return Text.assemble(
        f"{captured} ",
        (f"{payload['severity']:<7}", _SEVERITY_STYLE.get(payload["severity"], "")),
        f"{payload['camera']:<10} {payload['rule']:<15} {payload['label']} {payload['score']:.2f}{zones}  ",
        (f"{alert.latency_ms:.0f} ms  {payload['snapshot_url'] or payload['snapshot_error']}", "dim"),
    )
