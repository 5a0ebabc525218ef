"""What the agent and the process of a camera group say to each other.

Commands go from the agent to the group, reports come back. Both run the same code from the same
installation, so the messages carry no version.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ommatid_edge.camera_condition import Condition
from ommatid_edge.camera_plan import CameraPlan
from ommatid_edge.chosen_frame import ChosenFrame
from ommatid_edge.frame_selection import DropReason


@dataclass(frozen=True, slots=True)
class GroupSettings:
    """What a group's process needs of the agent's settings; see ``EdgeSettings`` for the meaning of each.

    Attributes:
        number: Number of the group, for logs.
        open_timeout_s: Longest wait for a camera to answer, seconds.
        stall_timeout_s: Silence after which a stream is given up, seconds.
        undecodable_packets: Packets in a row that may fail to decode.
        backoff_base_s: Bound of the first wait before connecting again, seconds.
        backoff_cap_s: Largest bound of the wait, seconds.
        unauthorised_retry_s: Mean wait after a refused password, seconds.
        steady_s: Stream time that resets the back-off, seconds.
        places: Folder of the lock files that limit simultaneous connects.
        connects_per_site: Cameras of a site that may connect at the same moment.
        queue_bytes: Most bytes of reports that wait for the agent.
        nice: Steps by which the process yields the CPU to others.
        cpus: Number of CPUs that the process may use; 0 for all.
    """

    number: int
    open_timeout_s: float
    stall_timeout_s: float
    undecodable_packets: int
    backoff_base_s: float
    backoff_cap_s: float
    unauthorised_retry_s: float
    steady_s: float
    places: Path
    connects_per_site: int
    queue_bytes: int
    nice: int = 0
    cpus: int = 0


@dataclass(frozen=True, slots=True)
class Begin:
    """First command of a process."""

    settings: GroupSettings


@dataclass(frozen=True, slots=True)
class RunCamera:
    """Watch a camera; one that is watched already is connected to again."""

    plan: CameraPlan


@dataclass(frozen=True, slots=True)
class ReplanCamera:
    """Take over changed numbers with the next frame, without connecting again."""

    plan: CameraPlan


@dataclass(frozen=True, slots=True)
class StopCamera:
    """Do not watch a camera any more."""

    camera_id: str


@dataclass(frozen=True, slots=True)
class OpenEvent:
    """A trigger: open a camera's event layer until a time, because of a frame captured at another (us UTC)."""

    camera_id: str
    until_us: int
    cause_captured_at_us: int


@dataclass(frozen=True, slots=True)
class Stop:
    """End the process in order: what was chosen is still reported."""


Command = Begin | RunCamera | ReplanCamera | StopCamera | OpenEvent | Stop


@dataclass(frozen=True, slots=True)
class FrameChosen:
    """One frame to publish."""

    frame: ChosenFrame


@dataclass(frozen=True, slots=True)
class FramesDropped:
    """Frames that are not published, by camera and reason, since the last such report."""

    counts: Mapping[str, Mapping[DropReason, int]]


@dataclass(frozen=True, slots=True)
class ConditionChanged:
    """The present condition of a camera's connection; counts are those of this process."""

    camera_id: str
    condition: Condition


@dataclass(frozen=True, slots=True)
class Alive:
    """Sign of life, about once a second: resident memory in bytes, CPU time used in seconds, threads."""

    rss_bytes: int
    cpu_s: float
    threads: int


Report = FrameChosen | FramesDropped | ConditionChanged | Alive
