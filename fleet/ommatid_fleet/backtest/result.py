"""What one configuration made of the footage."""

from dataclasses import dataclass, field

from ommatid_fleet.backtest.accounts import Cost, Counts, FrameAccounts
from ommatid_fleet.backtest.raised_alert import RaisedAlert
from ommatid_fleet.backtest.tracks import FrameNumbers, TrackPoint


@dataclass(frozen=True, slots=True)
class Tracks:
    """Where objects were, in order of time, and the numbers of the frames."""

    points: list[TrackPoint]
    numbers: FrameNumbers


@dataclass(frozen=True, slots=True)
class Result:
    """One configuration on one piece of footage.

    Attributes:
        source: The fleet file.
        start_us: When the footage begins, microseconds since the epoch.
        duration_s: Its length, seconds.
        alerts: Messages about alerts, in order.
        frames: What became of the frames.
        held_back: Alerts that their rule's limit held back, by rule.
        cost: Money for the model.
        remembered: Model calls that were answered from what the model had seen for another configuration.
        never_armed: Rules that no frame found armed.
        tracks: Where objects were.
    """

    source: str
    start_us: int
    duration_s: float
    alerts: tuple[RaisedAlert, ...]
    frames: FrameAccounts
    held_back: Counts
    cost: Cost
    remembered: int = 0
    never_armed: tuple[str, ...] = ()
    tracks: Tracks = field(default_factory=lambda: Tracks([], FrameNumbers()), repr=False)
