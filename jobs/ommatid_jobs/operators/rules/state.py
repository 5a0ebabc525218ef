"""What the rules remember of one camera."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ommatid_jobs.operators.rules.line_passages import Passages
from ommatid_jobs.operators.rules.zone_stays import Stays
from ommatid_jobs.operators.tracking import TrackerState
from ommatid_schemas.events import Box, FrameRef, Severity


@dataclass(frozen=True, slots=True)
class Match:
    """A box that satisfies a rule, the rule's zones in which it stands, and its track; None before version 2."""

    box: Box
    zones: tuple[str, ...]
    track_id: str | None = None


@dataclass(frozen=True, slots=True)
class Sighting:
    """A frame in which a rule matched. ``number`` counts the camera's frames."""

    number: int
    frame_id: str
    captured_at_us: int
    frame_ref: FrameRef
    matches: tuple[Match, ...]


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """An alert whose objects are still followed.

    Attributes:
        alert_id: Its identity.
        kind: Kind of the alert.
        label: Of the alert.
        score: Best score that was told of.
        zones: Zones that its objects stood in.
        tracks: Its objects that are not lost.
        started_at_us: Capture time of the first frame of the confirmation.
        last: The last frame that showed them, with the best of them.
        severity: Of the rule when it was raised; None before version 3.
        deliver: Of the rule when it was raised.
        ends: Whether its end is told of.
    """

    alert_id: str
    kind: str
    label: str
    score: float
    zones: tuple[str, ...]
    tracks: tuple[str, ...]
    started_at_us: int
    last: Sighting
    severity: Severity | None = None
    deliver: tuple[str, ...] = ()
    ends: bool = True


@dataclass(frozen=True, slots=True)
class Condition:
    """What a rule knows about something that holds, or does not, of whole frames.

    Attributes:
        recent: Whether it held in each of the last frames that were judged, oldest first.
        since: The first of the frames that confirmed it; None while it does not hold.
        last: The last frame in which it held.
        raised: Whether its alert was raised, or held back.
        counted: Objects that counted when they were last seen, and are not lost.
    """

    recent: tuple[bool, ...] = ()
    since: Sighting | None = None
    last: Sighting | None = None
    raised: bool = False
    counted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleState:
    """One rule on one camera.

    Attributes:
        sightings: Matching frames that still count towards confirmation, oldest first.
        quiet_until_us: Capture time at which the cooldown of a zone ends; the whole frame of a
            rule without zones has the empty name.
        reported: Tracks that were part of an alert, as long as they live.
        open: Alerts that are followed to their end, where the rule reports it.
        armed_at_us: Capture time of the first frame after the schedule armed the rule; 0 without a
            schedule, None while it is not armed.
        raised_us: Capture times of the alerts of the last hour, where the rule has a limit.
        limited_us: Capture time of the last alert that told of the limit; 0 for none.
        condition: Of a rule that counts.
        matched_by: What decided about matches, see ``CameraRules.matched_by``; empty in states of older releases.
    """

    sightings: tuple[Sighting, ...] = ()
    quiet_until_us: Mapping[str, int] = field(default_factory=dict[str, int])
    reported: tuple[str, ...] = ()
    open: tuple[OpenAlert, ...] = ()
    armed_at_us: int | None = None
    raised_us: tuple[int, ...] = ()
    limited_us: int = 0
    condition: Condition = Condition()
    matched_by: str = ""


@dataclass(frozen=True, slots=True)
class RulesState:
    """All rules of one camera.

    Attributes:
        captured_at_us: Capture time of the last frame, microseconds; 0 before the first.
        published_at_us: When that frame was published.
        frames: Frames evaluated so far.
        rules: By rule name.
        tracker: The camera's tracks.
        stays: In which zones each track is, by track id.
        passages: On which side of lines each track is, by track id.
    """

    captured_at_us: int = 0
    published_at_us: int = 0
    frames: int = 0
    rules: Mapping[str, RuleState] = field(default_factory=dict[str, RuleState])
    tracker: TrackerState = field(default_factory=TrackerState)
    stays: Mapping[str, Stays] = field(default_factory=dict[str, Stays])
    passages: Mapping[str, Passages] = field(default_factory=dict[str, Passages])
