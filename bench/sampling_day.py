"""One day of one camera for `bench/sampling.py`: what happens, what fools the gate, and what the gate makes of it.

Everything is drawn from a seed. Times are seconds since midnight; frames are numbered by `FPS`.
"""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

FPS = 10
DAY_S = 86_400.0
FRAMES = round(DAY_S * FPS)
NIGHT_H = (20, 6)
"""Dark from the first hour to the second."""

_BUSY_BY_HOUR = (1, 1, 1, 1, 1, 2, 6, 12, 14, 10, 8, 8, 10, 8, 8, 8, 9, 12, 12, 8, 5, 3, 2, 1)
"""How much of a day's events begin in each hour, relative: one in eight at night."""

_MEDIAN_S, _SIGMA, _SHORTEST_S, _LONGEST_S = 6.0, 1.0, 0.3, 600.0
"""Durations are log-normal: a twenty-seventh is shorter than 1 s, a tenth longer than 22 s, the mean is 9.9 s."""

_WALK_S, _STAND_S = 5.0, 10.0
"""Who stays does not move all the time: from a tenth second on, walking and standing still in turn, on average."""

_HOLD_S = 1.0
"""How long the gate counts a camera as moving after the last change."""


@dataclass(frozen=True, slots=True)
class Gate:
    """What the motion gate gets wrong.

    Attributes:
        missed: Share of events of which it sees nothing in time; here it sees nothing of them at all.
        onset_s: Mean time from onset to the first frame in which it sees motion when it sees every frame.
        cue_s: Mean time from there to the decision to decode every frame, while only key frames are decoded; the
            frames in between are kept and published then. Both are drawn evenly between none and twice as much.
        false_in_wind: Share of the time that counts as moving while a branch swings.
        false_in_rain: The same in rain.
        false_per_light: Share of lamps and headlights that count as motion, for a hold.
    """

    missed: float
    onset_s: float
    cue_s: float
    false_in_wind: float
    false_in_rain: float
    false_per_light: float


@dataclass(frozen=True, slots=True)
class Place:
    """What is particular to a camera.

    Attributes:
        busyness: Events relative to the mean camera.
        wind_h: Hours of the day in which a branch swings.
        rain_h: Hours of the day in which it rains.
        lamps: Lamps switched on or off in the course of the day; the scene changes.
        headlights: Cars that shine into the picture at night.
    """

    name: str
    busyness: float
    wind_h: float = 0.0
    rain_h: float = 0.0
    lamps: int = 0
    headlights: int = 0


PLACES = (
    Place("entrance", 2.0, rain_h=1.2, lamps=8, headlights=40),
    Place("corridor", 1.2, lamps=48),
    Place("car-park", 0.6, wind_h=1.2, rain_h=1.2, lamps=4, headlights=120),
    Place("fence", 0.2, wind_h=2.4, rain_h=1.2),
)
"""Wind for a tenth of the fence's day and rain for a twentieth are those of `bench/gate.py`."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something is in the picture from `start_s` (inclusive) to `end_s` (exclusive)."""

    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class CameraDay:
    """A day of one camera, and what the gate says of each of its frames.

    Attributes:
        camera_id: The camera.
        events: What really happens, by onset; two may overlap.
        moving: (FRAMES,) 1 where the gate sees motion.
        shown: (FRAMES,) 1 where an event is in the picture.
        scene_changes: Numbers of the frames at which the scene changes at once.
    """

    camera_id: str
    events: tuple[Event, ...]
    moving: bytearray
    shown: bytearray
    scene_changes: frozenset[int]


def camera_day(place: Place, number: int, events_per_camera: float, gate: Gate) -> CameraDay:
    """Draw the day of one camera; the same arguments give the same day."""
    draw = random.Random(f"{place.name}/{number}/{events_per_camera}")  # noqa: S311 (a simulation)
    events = tuple(sorted(_events(draw, round(events_per_camera * place.busyness)), key=lambda it: it.start_s))
    moving, shown = bytearray(FRAMES), bytearray(FRAMES)
    for event in events:
        _mark(shown, event.start_s, event.end_s)
        for start_s, end_s in _seen_moving(draw, event, gate):
            _mark(moving, start_s, end_s)
    for start_s, end_s in _false_motion(draw, place, gate):
        _mark(moving, start_s, end_s)
    lamps = frozenset(draw.randrange(FRAMES) for _ in range(place.lamps))
    return CameraDay(f"{place.name}-{number}", events, moving, shown, lamps)


def _events(draw: random.Random, count: int) -> Iterator[Event]:
    for hour in draw.choices(range(24), _BUSY_BY_HOUR, k=count):
        start_s = (hour + draw.random()) * 3600
        duration_s = min(max(draw.lognormvariate(math.log(_MEDIAN_S), _SIGMA), _SHORTEST_S), _LONGEST_S)
        yield Event(start_s, min(start_s + duration_s, DAY_S))


def _seen_moving(draw: random.Random, event: Event, gate: Gate) -> Iterator[tuple[float, float]]:
    """Where the gate sees an event move: from a moment after its onset, for 10 s, then while somebody walks."""
    if draw.random() < gate.missed:
        return
    at_s, walks_s = event.start_s + draw.uniform(0, 2 * gate.onset_s), 10.0
    while at_s < event.end_s:
        yield at_s, min(at_s + walks_s, event.end_s) + _HOLD_S
        at_s += walks_s + draw.expovariate(1 / _STAND_S)
        walks_s = draw.expovariate(1 / _WALK_S)


def _false_motion(draw: random.Random, place: Place, gate: Gate) -> Iterator[tuple[float, float]]:
    for hours, share in ((place.wind_h, gate.false_in_wind), (place.rain_h, gate.false_in_rain)):
        yield from _stirs(draw, hours * 3600, share)
    dark_h = 24 - NIGHT_H[0] + NIGHT_H[1]
    for _ in range(place.headlights):
        at_s = (NIGHT_H[0] * 3600 + draw.random() * dark_h * 3600) % DAY_S
        if draw.random() < gate.false_per_light:
            yield at_s, at_s + _HOLD_S


def _stirs(draw: random.Random, duration_s: float, share: float) -> Iterator[tuple[float, float]]:
    """False motion in two spells of bad weather, a hold each time, for so much of the time on average."""
    if not duration_s or not share:
        return
    for half in range(2):
        start_s = (half + draw.random()) * DAY_S / 2 * 0.9
        at_s = start_s
        while at_s < start_s + duration_s / 2:
            at_s += draw.expovariate(share / _HOLD_S / (1 - share))
            yield at_s, at_s + _HOLD_S
            at_s += _HOLD_S


def _mark(frames: bytearray, start_s: float, end_s: float) -> None:
    first, last = math.ceil(start_s * FPS), min(math.ceil(end_s * FPS), len(frames))
    frames[first:last] = b"\x01" * max(0, last - first)


def frames_of(event: Event) -> range:
    """Numbers of the frames that show an event."""
    return range(math.ceil(event.start_s * FPS), math.ceil(event.end_s * FPS))
