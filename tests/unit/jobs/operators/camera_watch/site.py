"""A region under watch for tests: cameras that agents report every 10 s, and what the watch says about them."""

from collections.abc import Iterable, Mapping

from ommatid_jobs.operators.camera_watch import (
    CameraWatch,
    RegionWatch,
    WatchBook,
    WatchedCamera,
    WatchRule,
    reported,
    swept,
)
from ommatid_schemas import Alert, AlertType, CameraState, CameraStatus, Priority

S = 1_000_000
T0 = 1_700_000_000 * S
EVERY_S = 10


def rule(name: str = "health", silent_s: int | None = 60, offline_s: int | None = 30, **changes: object) -> WatchRule:
    """A rule that reports new and end, without a cooldown unless ``changes`` say otherwise."""
    times_us = {
        "silent_us": None if silent_s is None else silent_s * S,
        "offline_us": None if offline_s is None else offline_s * S,
    }
    values = {"name": name, "groups": ("yards",), "report": (AlertType.NEW, AlertType.END), **times_us, **changes}
    return WatchRule.model_validate(values)


def book(cameras: Iterable[str], *rules: WatchRule) -> WatchBook:
    """Cameras of the group ``yards``; the rule of above if there is none."""
    known = {name: WatchedCamera(group="yards", priority=Priority.STANDARD) for name in cameras}
    return WatchBook(region="eu", cameras=known, rules=rules or (rule(),))


def status(
    camera_id: str,
    at_s: float,
    state: CameraState = CameraState.STREAMING,
    *,
    agent_id: str = "gw-1",
    since_s: float = 0,
    tampering: Mapping[str, float] | None = None,
) -> CameraStatus:
    """A report; times count from ``T0``."""
    faults = {label: T0 + round(time_s * S) for label, time_s in (tampering or {}).items()}
    since_us, at_us = T0 + round(since_s * S), T0 + round(at_s * S)
    return CameraStatus(camera_id, agent_id, state, since_us, at_us, 0, 0, 0, {}, faults)


def well(camera_id: str, from_s: int, to_s: int, agent_id: str = "gw-1") -> list[CameraStatus]:
    """Reports of a camera that streams."""
    return [status(camera_id, at_s, agent_id=agent_id) for at_s in range(from_s, to_s, EVERY_S)]


class Site:
    """Takes reports and judges, as the job does."""

    def __init__(self, watch_book: WatchBook) -> None:
        self.book = watch_book
        self.cameras: dict[str, CameraWatch] = {}
        self.region = RegionWatch()
        self.alerts: list[Alert] = []

    def take(self, *reports: CameraStatus) -> None:
        """Take reports as they come."""
        for report in reports:
            before = self.cameras.get(report.camera_id)
            self.cameras[report.camera_id] = reported(before, report, self.region.judged_us)

    def judge(self, until_s: float) -> list[Alert]:
        """Let event time pass; the messages of that time."""
        step = swept(self.region, self.cameras, self.book, T0 + round(until_s * S), T0 + round(until_s * S))
        self.region = step.state
        self.alerts += step.alerts
        return list(step.alerts)

    def live(self, reports: Iterable[CameraStatus], until_s: int) -> list[Alert]:
        """Reports in order of time, judged two seconds later each; the messages of all of it."""
        for report in sorted(reports, key=lambda it: (it.reported_at_us, it.camera_id)):
            self.judge((report.reported_at_us - T0) / S - 2)
            self.take(report)
        self.judge(until_s)
        return self.alerts


def told(alerts: Iterable[Alert]) -> list[tuple[str, str, str, float]]:
    """Type, kind, label and event time (seconds from ``T0``) of messages."""
    return [(it.type.value, it.kind, it.label, (it.captured_at_us - T0) / S) for it in alerts]
