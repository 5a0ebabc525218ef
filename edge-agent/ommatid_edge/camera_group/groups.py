"""All camera groups of an agent."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ommatid_edge.camera_group.bounds import RestartReason
from ommatid_edge.camera_group.group import CameraGroup, GroupCondition
from ommatid_edge.camera_group.grouping import assign
from ommatid_edge.camera_group.messages import OpenEvent
from ommatid_edge.plan_changes import PlanChanges

_KILLED_S = 2.0


@dataclass(frozen=True, slots=True)
class _Running:
    """A group and the thread that keeps its process."""

    group: CameraGroup
    thread: threading.Thread


class CameraGroups:
    """Spreads cameras over groups, and keeps each camera where it is.

    One thread changes what is watched; triggers and questions may come from others.

    Args:
        make: Makes the group of a number.
        size: Most cameras of a group.
    """

    def __init__(self, make: Callable[[int], CameraGroup], size: int) -> None:
        self._make = make
        self._size = size
        # Both are replaced, never changed, because other threads read them.
        self._members: dict[int, frozenset[str]] = {}
        self._running: dict[int, _Running] = {}
        self._closed: list[_Running] = []
        self._former_restarts: Counter[RestartReason] = Counter()

    def apply(self, changes: PlanChanges) -> None:
        """Start, stop and change cameras; those that the changes do not name are not touched."""
        left = {*changes.removed, *changes.disabled}
        for camera_id in left:
            self._with(camera_id, lambda group, it=camera_id: group.stop_camera(it))
        watched = [it for members in self._members.values() for it in sorted(members) if it not in left]
        self._members = assign(self._members, [*watched, *(plan.camera_id for plan in changes.started)], self._size)
        opened = self._open(self._members.keys() - self._running.keys())
        for plan in (*changes.started, *changes.restarted):
            self._with(plan.camera_id, lambda group, it=plan: group.run_camera(it))
        for plan in changes.updated:
            self._with(plan.camera_id, lambda group, it=plan: group.replan(it))
        # Only now, with all its cameras in: a process that starts is told of them in one go.
        for running in opened:
            running.thread.start()
        self._close(self._running.keys() - self._members.keys())

    def open_event(self, event: OpenEvent) -> None:
        """Pass a trigger to the group that has the camera; others pass it over."""
        self._with(event.camera_id, lambda group: group.open_event(event))

    def conditions(self) -> Sequence[GroupCondition]:
        """Condition of each group, by number."""
        return [running.group.condition for _, running in sorted(self._running.items())]

    def restarts(self) -> Counter[RestartReason]:
        """How often processes were started again, those of closed groups included."""
        return sum((Counter(condition.restarts) for condition in self.conditions()), self._former_restarts)

    def dead_threads(self) -> Sequence[str]:
        """Names of the threads that ended although their group should run."""
        threads = [running.thread for running in self._running.values()]
        return [thread.name for thread in threads if thread.ident is not None and not thread.is_alive()]

    def stop(self, within_s: float) -> None:
        """End all processes: in order within a time, else by force. Everything they told is taken."""
        everything = [*self._running.values(), *self._closed]
        for running in everything:
            running.group.stop()
        _join(everything, within_s)
        late = [running for running in everything if running.thread.is_alive()]
        for running in late:
            running.group.kill()
        _join(late, _KILLED_S)

    def _with(self, camera_id: str, act: Callable[[CameraGroup], None]) -> None:
        for number, members in self._members.items():
            if camera_id in members and number in self._running:
                act(self._running[number].group)

    def _open(self, numbers: Iterable[int]) -> Sequence[_Running]:
        opened = {number: self._make_running(number) for number in sorted(numbers)}
        self._running = self._running | opened
        return tuple(opened.values())

    def _make_running(self, number: int) -> _Running:
        group = self._make(number)
        return _Running(group, threading.Thread(target=group.run, name=f"group-{number}", daemon=True))

    def _close(self, numbers: Iterable[int]) -> None:
        closing = set(numbers)
        self._closed = [it for it in self._closed if it.thread.is_alive()]
        self._closed += [self._running[number] for number in closing]
        for number in closing:
            self._former_restarts = self._former_restarts + Counter(self._running[number].group.condition.restarts)
        self._running = {number: it for number, it in self._running.items() if number not in closing}
        for running in self._closed:
            running.group.stop()


def _join(running: Iterable[_Running], within_s: float) -> None:
    deadline_s = time.monotonic() + within_s
    for it in running:
        it.thread.join(max(0.0, deadline_s - time.monotonic()))
