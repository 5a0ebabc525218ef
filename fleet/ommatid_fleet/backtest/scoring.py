"""How well alerts tell of what really happened: recall, false alerts per hour, delay."""

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from ommatid_fleet.backtest.raised_alert import RaisedAlert
from ommatid_schemas.errors import ConfigurationError

_COLUMNS = ("start_s", "end_s")


@dataclass(frozen=True, slots=True)
class TrueEvent:
    """Something that an alert should have told of.

    Attributes:
        start_s: When it began, seconds since the footage did, inclusive.
        end_s: When it was over, seconds since then, exclusive.
        label: Label that the alert must have; None takes any.
    """

    start_s: float
    end_s: float
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """What alerts are worth against true events.

    Attributes:
        events: Number of events.
        found: Events of which an alert told.
        alerts: Alerts that were raised.
        false_alerts: Alerts that tell of no event.
        duration_s: Length of the footage, seconds.
        delays_s: For each event that was found, in order, from its start to the frame that raised its first alert,
            seconds.
    """

    events: int
    found: int
    alerts: int
    false_alerts: int
    duration_s: float
    delays_s: tuple[float, ...]

    @property
    def recall(self) -> float | None:
        """Share of the events that were found, 0..1; None without events."""
        return self.found / self.events if self.events else None

    @property
    def false_per_hour(self) -> float | None:
        """False alerts per hour of footage; None without footage."""
        return self.false_alerts * 3600 / self.duration_s if self.duration_s > 0 else None

    @property
    def delay_s(self) -> Mapping[str, float]:
        """Median and longest delay, seconds; empty when nothing was found."""
        return {"p50": median(self.delays_s), "max": max(self.delays_s)} if self.delays_s else {}


def scored(alerts: Sequence[RaisedAlert], events: Sequence[TrueEvent], duration_s: float) -> Score:
    """Hold alerts against events.

    An alert tells of an event when the span from the first frame that it is about to the frame that raised it touches
    the event, and the labels agree. So an alert that needs several frames may be raised a little after the event is
    over. It may tell of several events, and any number may tell of one; updates and ends do not count.

    Args:
        alerts: What was raised.
        events: What happened.
        duration_s: Length of the footage, seconds.
    """
    raised = [it for it in alerts if it.is_new]
    delays_s = [_delay_s(event, raised) for event in sorted(events, key=lambda it: (it.start_s, it.end_s))]
    found = tuple(delay_s for delay_s in delays_s if delay_s is not None)
    false = sum(not any(_tells_of(it, event) for event in events) for it in raised)
    return Score(len(events), len(found), len(raised), false, duration_s, found)


def parse_events(text: str, source: str) -> tuple[TrueEvent, ...]:
    """Events of a CSV file with the header ``start_s,end_s`` or ``start_s,end_s,label``.

    Args:
        text: Content of the file.
        source: Its name, for errors.

    Raises:
        ConfigurationError: The header is another one, or naming each line that is no event.
    """
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), skipinitialspace=True)
    columns = tuple(name.strip() for name in rows.fieldnames or ())
    if columns not in {_COLUMNS, (*_COLUMNS, "label")}:
        found = ",".join(columns) or "nothing"
        raise ConfigurationError(f"{source}: expected the header start_s,end_s or start_s,end_s,label, found {found}")
    rows.fieldnames = columns
    parsed = [(rows.line_num, _event(row)) for row in rows]
    faults = [f"line {line}: {event}" for line, event in parsed if isinstance(event, str)]
    if faults:
        raise ConfigurationError(f"{source}: {'; '.join(faults)}")
    return tuple(event for _, event in parsed if isinstance(event, TrueEvent))


def _event(row: Mapping[str | None, str | None]) -> TrueEvent | str:
    """An event, or why the row is none."""
    if None in row:
        return "expected no more values than the header has, found more"
    try:
        start_s, end_s = (float(row[name] or "") for name in _COLUMNS)
    except ValueError:
        return f"expected two times in seconds, found {row['start_s']!r} and {row['end_s']!r}"
    if not (0 <= start_s < end_s and math.isfinite(end_s)):
        return f"expected 0 <= start_s < end_s, found {start_s:g} and {end_s:g}"
    return TrueEvent(start_s, end_s, (row.get("label") or "").strip() or None)


def _delay_s(event: TrueEvent, raised: Sequence[RaisedAlert]) -> float | None:
    return min(_delays_s(event, raised), default=None)


def _delays_s(event: TrueEvent, raised: Sequence[RaisedAlert]) -> Iterator[float]:
    return (max(0.0, it.raised_s - event.start_s) for it in raised if _tells_of(it, event))


def _tells_of(raised: RaisedAlert, event: TrueEvent) -> bool:
    in_time = raised.begun_s < event.end_s and raised.raised_s >= event.start_s
    return in_time and event.label in {None, raised.alert.label}
