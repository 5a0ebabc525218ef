"""What the watch remembers of a region beside its cameras."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ommatid_jobs.operators.camera_watch.episodes import Kind
from ommatid_schemas.events import Severity
from ommatid_schemas.priority import Priority


class Scope(StrEnum):
    """What an alert speaks of."""

    CAMERA = "camera"
    AGENT = "agent"
    """Most cameras of an agent, which is a gateway at a site."""
    REGION = "region"
    """Most cameras of a region."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Who is in which trouble: what an alert is about.

    Attributes:
        rule: Name of the rule.
        kind: What is wrong.
        scope: What it is wrong with.
        name: Of the camera, agent or region.
        label: What is wrong with a picture; empty for the other kinds.
    """

    rule: str
    kind: Kind
    scope: Scope
    name: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """An alert that is not over.

    Attributes:
        subject: What it is about.
        alert_id: Its identity.
        camera_id: The camera, or the first one of those that it speaks of.
        group: Group of that camera.
        priority: Of that group.
        label: Label of the alert.
        score: Share of the cameras that it speaks of, 0..1.
        started_at_us: Event time of the beginning of the trouble.
        severity: Of the rule when it was raised.
        deliver: Of the rule when it was raised.
        ends: Whether its end is told of.
    """

    subject: Subject
    alert_id: str
    camera_id: str
    group: str
    priority: Priority
    label: str
    score: float
    started_at_us: int
    severity: Severity
    deliver: tuple[str, ...]
    ends: bool


@dataclass(frozen=True, slots=True)
class RegionWatch:
    """What is remembered of a region.

    Attributes:
        judged_us: Event time up to which everything was judged; 0 before the first time.
        open: Alerts that are not over.
        quiet_until_us: Event time until which nothing more is raised about a subject.
        settles_at_us: By rule and kind, event time until which cameras may still come back after an alert about many
            of them was over.
    """

    judged_us: int = 0
    open: tuple[OpenAlert, ...] = ()
    quiet_until_us: Mapping[Subject, int] = field(default_factory=dict[Subject, int])
    settles_at_us: Mapping[tuple[str, Kind], int] = field(default_factory=dict[tuple[str, Kind], int])
