"""The account of a run: what came from the cameras and what became of it."""

from collections.abc import Iterable
from typing import Any

from ommatid_edge.camera_group.group import GroupCondition
from ommatid_edge.camera_monitor import CameraMonitor
from ommatid_edge.frame_counters import FrameTotals


def summarise(agent_id: str, monitors: Iterable[CameraMonitor], groups: Iterable[GroupCondition]) -> dict[str, Any]:
    """Totals of an agent and of each of its cameras, ready for JSON.

    Returns:
        ``agent_id``, ``captured``, ``published``, ``pending``, ``dropped`` and ``published_by`` by
        reason, and ``cameras`` with the same and ``state`` and ``reconnects``. In each part
        captured + recovered = published + pending + sum of dropped. ``groups`` lists the camera
        groups with their ``pid``, ``cameras`` and ``restarts``.
    """
    listed = list(monitors)
    totals = {monitor.camera_id: monitor.totals() for monitor in listed}
    cameras = {
        monitor.camera_id: {
            "state": str(monitor.condition.state),
            "reconnects": monitor.condition.reconnects,
            **_frames(totals[monitor.camera_id]),
        }
        for monitor in listed
    }
    account = {"agent_id": agent_id, **_frames(sum(totals.values(), FrameTotals())), "cameras": cameras}
    return {**account, "groups": [_group(group) for group in groups]}


def _frames(totals: FrameTotals) -> dict[str, Any]:
    return {
        "captured": totals.captured,
        "recovered": totals.recovered,
        "published": sum(totals.published.values()),
        "pending": totals.pending,
        "dropped": {str(reason): count for reason, count in sorted(totals.dropped.items())},
        "published_by": {str(reason): count for reason, count in sorted(totals.published.items())},
    }


def _group(group: GroupCondition) -> dict[str, Any]:
    return {
        "group": group.number,
        "pid": group.pid,
        "up": group.up,
        "cameras": group.cameras,
        "restarts": {str(reason): count for reason, count in sorted(group.restarts.items())},
    }
