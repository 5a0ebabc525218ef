"""Every camera that an agent has known, and where what its process tells of it ends up."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from ommatid_edge.camera_group.messages import ConditionChanged, FrameChosen, FramesDropped, Report
from ommatid_edge.camera_group.wire import MalformedReportError
from ommatid_edge.camera_monitor import CameraMonitor
from ommatid_edge.camera_plan import CameraPlan
from ommatid_edge.chosen_frame import ChosenFrame
from ommatid_edge.frame_counters import FrameCounters
from ommatid_edge.frame_selection import DropReason
from ommatid_edge.plan_changes import PlanChanges

Accept = Callable[[CameraPlan, ChosenFrame, FrameCounters], None]
"""Takes a frame that was counted as captured; counts what becomes of it."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """One camera; ``plan`` is the last one it was watched with, ``listed`` says whether the fleet file has it."""

    monitor: CameraMonitor
    plan: CameraPlan | None = None
    listed: bool = False


class Roster:
    """Plans and monitors of all cameras since the agent started; the inbox of its camera groups.

    A camera that leaves the fleet file stays here, because counters must not go back and its last
    frames may still be under way.

    Args:
        accept: Where chosen frames go.
        now_us: Wall clock, us UTC.
        on_change: Told after each change of a camera's state.
    """

    def __init__(self, accept: Accept, now_us: Callable[[], int], on_change: Callable[[CameraMonitor], None]) -> None:
        self._accept = accept
        self._now_us = now_us
        self._on_change = on_change
        self._lock = threading.Lock()
        self._entries: dict[str, _Entry] = {}

    @property
    def listed(self) -> Sequence[CameraMonitor]:
        """Cameras of the fleet file, watched or switched off."""
        with self._lock:
            return [entry.monitor for entry in self._entries.values() if entry.listed]

    @property
    def known(self) -> Sequence[CameraMonitor]:
        """Cameras of the fleet file, and former ones whose frames still count."""
        with self._lock:
            return [entry.monitor for entry in self._entries.values()]

    def apply(self, changes: PlanChanges) -> None:
        """Take over which cameras are watched, and how."""
        for plan in (*changes.started, *changes.restarted):
            self._keep(plan.camera_id, plan=plan, listed=True).watch()
        for plan in changes.updated:
            self._keep(plan.camera_id, plan=plan)
        for camera_id in changes.disabled:
            self._keep(camera_id, listed=True).leave()
        for camera_id in changes.removed:
            self._keep(camera_id, listed=False).leave()

    def counters_of(self, camera_id: str) -> FrameCounters:
        """Counters of a camera, also of one that only an earlier run has watched."""
        return self._keep(camera_id).counters

    def take(self, report: Report) -> None:
        """Count, pass on or show what a group tells.

        Raises:
            MalformedReportError: The report is about a camera that was never watched.
        """
        match report:
            case FrameChosen(frame):
                monitor, plan = self._watched(frame.camera_id)
                monitor.counters.captured()
                self._accept_counted(plan, frame, monitor.counters)
            case FramesDropped(counts):
                self._discarded(counts)
            case ConditionChanged(camera_id, condition):
                self._watched(camera_id)[0].show(condition)
            case _:
                pass

    def lost(self, camera_ids: Sequence[str]) -> None:
        """The process that watched these cameras is gone."""
        for camera_id in camera_ids:
            self._watched(camera_id)[0].lost()

    def _accept_counted(self, plan: CameraPlan, frame: ChosenFrame, counters: FrameCounters) -> None:
        try:
            self._accept(plan, frame, counters)
        except BaseException:
            counters.dropped(DropReason.AGENT_FAULT)
            raise

    def _discarded(self, counts: Mapping[str, Mapping[DropReason, int]]) -> None:
        for camera_id, by_reason in counts.items():
            counters = self._watched(camera_id)[0].counters
            for reason, count in by_reason.items():
                counters.discarded(reason, count)

    def _keep(self, camera_id: str, **values: object) -> CameraMonitor:
        with self._lock:
            entry = self._entries.get(camera_id)
            if entry is None:
                entry = _Entry(CameraMonitor(camera_id, self._now_us, self._on_change))
            entry = self._entries[camera_id] = replace(entry, **values)
            return entry.monitor

    def _watched(self, camera_id: str) -> tuple[CameraMonitor, CameraPlan]:
        with self._lock:
            entry = self._entries.get(camera_id)
        if entry is None or entry.plan is None:
            raise MalformedReportError(
                f"camera group: expected a report of a camera it watches, found one of {camera_id!r}; "
                "restarting the group"
            )
        return entry.monitor, entry.plan
