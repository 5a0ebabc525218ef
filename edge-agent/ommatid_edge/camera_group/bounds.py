"""When a group's process has to be replaced although it runs."""

from dataclasses import dataclass
from enum import StrEnum

from ommatid_edge.camera_group.messages import Alive


class RestartReason(StrEnum):
    """Why a group's process was started again; values are metric labels."""

    CRASHED = "crashed"
    MEMORY = "memory"
    SILENT = "silent"
    MALFORMED = "malformed"
    AGENT_FAULT = "agent_fault"
    NOT_STARTED = "not_started"


@dataclass(frozen=True, slots=True)
class GroupBounds:
    """What a healthy process keeps to.

    Attributes:
        memory_bytes: Most resident memory.
        silence_s: Longest time without a report, seconds; a report comes about every second.
    """

    memory_bytes: int
    silence_s: float = 30.0


def judge(bounds: GroupBounds, alive: Alive | None, silent_s: float) -> RestartReason | None:
    """Whether the process has to be replaced, and why.

    Args:
        bounds: What it keeps to.
        alive: Its last sign of life; None before the first.
        silent_s: Time since it was last heard of, seconds.
    """
    if silent_s > bounds.silence_s:
        return RestartReason.SILENT
    if alive is not None and alive.rss_bytes > bounds.memory_bytes:
        return RestartReason.MEMORY
    return None
