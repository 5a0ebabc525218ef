"""Scenes for `bench/gate.py`: an empty street, real persons who walk through it at exact times, and what fools gates.

The street is the per-pixel median of the committed footage (`ommatid_edge/simulator/footage/people.mp4`, OpenCV's
`vtest.avi`) at 480 x 360, as a substream has it. Persons are cut from the same footage along hand-drawn tracks by their
difference to the street, as a mask with soft edges, and pasted frame by frame in their own gait. Each comes out from
behind an upright edge (the border of the picture, or a corner as of a building) and vanishes behind another; an event
lasts while at least half of the body shows, so its times are exact. Everything follows from the scene's seed.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from ommatid_edge.simulator.make_footage import WALKS, Walk
from ommatid_edge.simulator.scenes import FOOTAGE

Image = NDArray[np.uint8]
Effect = Callable[[Image, float, np.random.Generator], Image]
"""(H, W, 3) uint8 BGR, seconds since the start of the scene, the scene's randomness -> the picture so changed."""

FPS = 10
WIDTH_PX, HEIGHT_PX = 480, 360
DURATIONS_S = (1.0, 2.0, 4.0, 8.0)
_NOISE_BANK = 16


@dataclass(frozen=True, slots=True)
class Event:
    """Somebody is in the picture from `start_s` (inclusive) to `end_s` (exclusive), seconds from the scene's start."""

    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Passage:
    """One person on the way through the picture.

    Attributes:
        event: When at least half of the body shows.
        person: Index of the cut-out person.
        height_px: How tall the person appears.
        feet_px: Row of the feet, origin top left.
        from_px: Column of the edge from behind which the person comes out.
        to_px: Column of the edge behind which the person vanishes.
        opacity: 1 for the person as filmed; less for the same person in fog or dusk, 0..1.
    """

    event: Event
    person: int
    height_px: int
    feet_px: int
    from_px: float
    to_px: float
    opacity: float = 1.0


@dataclass(frozen=True, slots=True)
class Scene:
    """What one camera sees.

    Attributes:
        name: Name in the report.
        duration_s: Length, seconds.
        passages: Persons, in order of time.
        effects: Applied in order after the persons are pasted, before sensor noise.
        noise: Standard deviation of the sensor's luma noise, levels.
        seed: Seed of everything random.
    """

    name: str
    duration_s: float
    passages: tuple[Passage, ...]
    effects: tuple[Effect, ...] = ()
    noise: float = 1.5
    seed: int = 0

    @property
    def events(self) -> tuple[Event, ...]:
        """When somebody is in the picture."""
        return tuple(passage.event for passage in self.passages)


@dataclass(frozen=True, slots=True)
class _Footage:
    street: Image
    persons: tuple[tuple[NDArray[np.float32], ...], ...] = field(repr=False)
    """Per person and frame of the gait: (h, w, 4) float32, BGR 0..255 and opacity 0..1."""


def frames(scene: Scene) -> Iterator[Image]:
    """Pictures of a scene, one per 1/FPS s: (H * 3 / 2, W) uint8 I420."""
    random = np.random.default_rng(scene.seed)
    noise_bank = [
        random.normal(0.0, scene.noise, (HEIGHT_PX, WIDTH_PX)).round().astype(np.int16) for _ in range(_NOISE_BANK)
    ]
    for number in range(round(scene.duration_s * FPS)):
        at_s = number / FPS
        picture = _footage().street.copy()
        for passage in scene.passages:
            _paste(picture, passage, at_s)
        for effect in scene.effects:
            picture = effect(picture, at_s, random)
        noise = np.roll(noise_bank[number % _NOISE_BANK], int(random.integers(WIDTH_PX)), axis=1)
        yield _with_noise(picture, noise)


def _with_noise(picture: Image, noise: NDArray[np.int16]) -> Image:
    i420 = cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_I420).astype(np.uint8, copy=False)
    luma = i420[:HEIGHT_PX]
    np.clip(luma + noise, 0, 255, out=luma, casting="unsafe")
    return i420


def _paste(picture: Image, passage: Passage, at_s: float) -> None:
    """Draw a person where they are at a time; changes the picture in place, nothing while they are hidden."""
    gait = _gait(passage.person, passage.height_px, passage.to_px > passage.from_px)
    step = round((at_s - passage.event.start_s) * FPS) % len(gait)
    body = gait[step]
    share = (at_s - passage.event.start_s) / (passage.event.end_s - passage.event.start_s)
    left = round(passage.from_px + share * (passage.to_px - passage.from_px) - body.shape[1] / 2)
    top = passage.feet_px - body.shape[0]
    first = max(left, round(min(passage.from_px, passage.to_px)), 0)
    last = min(left + body.shape[1], round(max(passage.from_px, passage.to_px)), WIDTH_PX)
    if first >= last:
        return
    shown = body[max(0, -top) : HEIGHT_PX - top, first - left : last - left]
    opacity = shown[:, :, 3:] * np.float32(passage.opacity)
    under = picture[max(0, top) : max(0, top) + shown.shape[0], first:last]
    under[:] = (shown[:, :, :3] * opacity + under * (1 - opacity)).astype(np.uint8)


@cache
def _gait(person: int, height_px: int, to_the_right: bool) -> tuple[NDArray[np.float32], ...]:
    """Frames of a person at a height, forth and back so that the loop has no jump."""
    scaled: list[NDArray[np.float32]] = []
    for body in _footage().persons[person]:
        width_px = max(1, round(body.shape[1] * height_px / body.shape[0]))
        resized = cv2.resize(body, (width_px, height_px), interpolation=cv2.INTER_AREA).astype(np.float32, copy=False)
        scaled.append(np.ascontiguousarray(resized[:, ::-1]) if to_the_right else resized)
    return (*scaled, *scaled[-2:0:-1])


@cache
def _footage() -> _Footage:
    sample = np.stack([image for number, image in _filmed() if number % 8 == 0])
    street = np.asarray(np.median(sample, axis=0), np.uint8)
    bodies: list[list[NDArray[np.float32]]] = [[] for _ in WALKS]
    for number, image in _filmed():
        for walk, found in zip(WALKS, bodies, strict=True):
            body = _body(walk, number, image, street)
            if body is not None:
                found.append(body)
    small = cv2.resize(street, (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    return _Footage(small, tuple(tuple(found) for found in bodies))


def _filmed() -> Iterator[tuple[int, Image]]:
    """Numbered frames of the footage, (H, W, 3) uint8 BGR, one at a time: all of them are a gigabyte."""
    with av.open(str(FOOTAGE / "people.mp4")) as container:
        for number, frame in enumerate(container.decode(video=0)):
            yield number, np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)


def _body(walk: Walk, number: int, filmed: Image, street: Image) -> NDArray[np.float32] | None:
    """Cut a person out of a frame of their track; None elsewhere and at the border, where a part is missing."""
    if number not in walk.source_frames:
        return None
    x1, y1, x2, y2 = walk.box_px(number)
    if x1 <= 4 or x2 >= street.shape[1] - 4:
        return None
    return _cut_out(filmed[y1:y2, x1:x2], street[y1:y2, x1:x2])


def _cut_out(filmed: Image, street: Image) -> NDArray[np.float32] | None:
    """(h, w, 4) float32 BGR and opacity of what differs from the street; None where hardly anything does."""
    differs = (cv2.absdiff(filmed, street).max(axis=2) > 18).astype(np.uint8)
    closed = cv2.morphologyEx(differs, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (7, 7)))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(closed)
    if len(stats) < 2:
        return None
    largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    x, y, w, h = (int(stats[largest, column]) for column in range(4))
    if w * h < 0.5 * differs.size:
        return None
    body = (np.asarray(labels, np.int32) == largest).astype(np.float32)
    opacity = np.asarray(cv2.GaussianBlur(body, (5, 5), 0), np.float32)
    return np.dstack((filmed.astype(np.float32), opacity))[y : y + h, x : x + w].astype(np.float32, copy=False)


def passages(count: int, between_s: tuple[float, float], seed: int) -> tuple[Passage, ...]:
    """Persons who pass one after the other, 1, 2, 4 and 8 s equally often, in shuffled order.

    Args:
        count: How many.
        between_s: Least and greatest time from one end to the next start, seconds.
        seed: Seed of who, where and when.
    """
    random = np.random.default_rng(seed)
    made: list[Passage] = []
    end_s = 0.0
    for duration_s in _shuffled_durations_s(count, random):
        start_s = _on_grid(end_s + random.uniform(*between_s))
        end_s = start_s + duration_s
        made.append(_passage(Event(start_s, end_s), random))
    return tuple(made)


def spread_passages(count: int, duration_s: float, seed: int) -> tuple[Passage, ...]:
    """As `passages`, but at random times of a scene, one in each equal part of it."""
    random = np.random.default_rng(seed)
    part_s = duration_s / count
    made: list[Passage] = []
    for index, seen_s in enumerate(_shuffled_durations_s(count, random)):
        start_s = _on_grid(part_s * index + random.uniform(1.0, part_s - seen_s - 1.0))
        made.append(_passage(Event(start_s, start_s + seen_s), random))
    return tuple(made)


def _shuffled_durations_s(count: int, random: np.random.Generator) -> list[float]:
    return random.permutation([DURATIONS_S[index % len(DURATIONS_S)] for index in range(count)]).tolist()


def _passage(event: Event, random: np.random.Generator) -> Passage:
    """Somebody who passes somewhere.

    They walk (0.7 to 1.2 of their height per second; a quarter runs at twice that), near and far (27 to 72 px tall,
    the lower in the picture the taller), as distinct from the street as filmed or down to half of it.
    """
    height_px = int(random.integers(27, 73))
    feet_px = round(float(np.interp(height_px, (27, 72), (150, 330))) + random.uniform(-11, 11))
    speed = height_px * random.uniform(0.7, 1.2) * (2.0 if random.random() < 0.25 else 1.0)
    length_px = min(speed * (event.end_s - event.start_s), float(WIDTH_PX))
    from_px = random.uniform(0, WIDTH_PX - length_px)
    ends = (from_px, from_px + length_px)
    start, end = ends if random.random() < 0.5 else ends[::-1]
    person = int(random.integers(len(WALKS)))
    return Passage(event, person, height_px, feet_px, start, end, float(random.uniform(0.5, 1.0)))


def _on_grid(at_s: float) -> float:
    return round(at_s * FPS) / FPS


@dataclass(frozen=True, slots=True)
class SuddenLight:
    """Lamps that go off and on again: the picture is darker from the first to the second time, and so on.

    The lamps hang at the left, so that the right loses more; after each switch the camera's exposure makes up for a
    third of it within 2 s.

    Attributes:
        switches_s: When a lamp is switched, seconds.
        dark: Light that is left in the middle of the picture, 0..1.
    """

    switches_s: tuple[float, ...]
    dark: float = 0.5

    def __call__(self, picture: Image, at_s: float, random: np.random.Generator) -> Image:
        """Darken or brighten."""
        del random
        passed = [it for it in self.switches_s if it <= at_s]
        if not passed:
            return picture
        exposed = min(1.0, (at_s - passed[-1]) / 2.0)
        if len(passed) % 2:
            picture = cv2.multiply(picture, _dimmed(self.dark), dtype=cv2.CV_8U).astype(np.uint8, copy=False)
            return _gained(picture, 1 + 0.33 * exposed)
        return _gained(picture, 1.33 - 0.33 * exposed)


@cache
def _dimmed(dark: float) -> NDArray[np.float32]:
    columns = np.linspace(0.0, 1.0, WIDTH_PX, dtype=np.float32)[np.newaxis, :, np.newaxis]
    return np.broadcast_to(1 - (1 - dark) * (1.2 - 0.4 * columns), (HEIGHT_PX, WIDTH_PX, 3)).astype(np.float32)


@dataclass(frozen=True, slots=True)
class DriftingExposure:
    """Gain that swings slowly, as when clouds pass and the camera follows.

    Attributes:
        depth: Share by which the gain rises and falls, 0..1.
        period_s: Time from one peak to the next.
    """

    depth: float
    period_s: float

    def __call__(self, picture: Image, at_s: float, random: np.random.Generator) -> Image:
        """Darken or brighten."""
        del random
        return _gained(picture, 1.0 + self.depth * float(np.sin(2 * np.pi * at_s / self.period_s)))


def _gained(picture: Image, gain: float) -> Image:
    return cv2.convertScaleAbs(picture, alpha=gain).astype(np.uint8, copy=False)


@dataclass(frozen=True, slots=True)
class Rain:
    """Bright streaks, each in one frame only, 8 to 30 px long and 1 or 2 px wide.

    Attributes:
        spells_s: Start and end of each spell, seconds.
        streaks: How many per frame.
    """

    spells_s: tuple[tuple[float, float], ...]
    streaks: int = 140

    def __call__(self, picture: Image, at_s: float, random: np.random.Generator) -> Image:
        """Let it rain while it does."""
        if not _blows(self.spells_s, at_s):
            return picture
        layer = np.zeros(picture.shape[:2], np.uint8)
        drops = random.integers((0, 0, 8, 20), (WIDTH_PX, HEIGHT_PX, 30, 80), (self.streaks, 4))
        for x, y, length, light in drops.tolist():
            cv2.line(layer, (x, y), (x + length // 6, y + length), light, 1 + light // 60, cv2.LINE_AA)
        return cv2.add(picture, cv2.cvtColor(layer, cv2.COLOR_GRAY2BGR)).astype(np.uint8, copy=False)


@dataclass(frozen=True, slots=True)
class SwingingBranch:
    """A leafy branch that hangs into the picture at the top right all the time and swings in the wind.

    It swings by up to 10 px around its rest with periods of 1.1 s and 1.7 s at once.

    Attributes:
        spells_s: Start and end of each windy spell, seconds.
        seed: Seed of its leaves.
    """

    spells_s: tuple[tuple[float, float], ...]
    seed: int = 7

    def __call__(self, picture: Image, at_s: float, random: np.random.Generator) -> Image:
        """Paste the branch, changing the picture in place."""
        del random
        leaves, opacity = _leaves(self.seed)
        height, width = opacity.shape[:2]
        swing = 7.0 * np.sin(2 * np.pi * at_s / 1.7) + 4.0 * np.sin(2 * np.pi * at_s / 1.1)
        left = WIDTH_PX - width - 15 + (round(float(swing)) if _blows(self.spells_s, at_s) else 0)
        under = picture[:height, left : left + width]
        under[:] = (leaves * opacity + under * (1 - opacity)).astype(np.uint8)
        return picture


def _blows(spells_s: Sequence[tuple[float, float]], at_s: float) -> bool:
    return any(start <= at_s < end for start, end in spells_s)


@cache
def _leaves(seed: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(112, 90, 3) float32 BGR and (112, 90, 1) float32 opacity of a branch."""
    random = np.random.default_rng(seed)
    colour = np.full((112, 90, 3), 30, np.uint8)
    opacity = np.zeros((112, 90), np.uint8)
    for x, y, radius, tone in random.integers((9, 0, 2, 25), (81, 103, 7, 95), (160, 4)).tolist():
        cv2.circle(colour, (x, y), radius, (tone // 3, tone, tone // 2), cv2.FILLED, cv2.LINE_AA)
        cv2.circle(opacity, (x, y), radius, 255, cv2.FILLED, cv2.LINE_AA)
    return colour.astype(np.float32), (opacity.astype(np.float32) / 255)[:, :, np.newaxis]


def _switch_times_s(count: int, duration_s: float) -> tuple[float, ...]:
    """Evenly spread, not at key frames."""
    return tuple(_on_grid((index + 0.63) * duration_s / count) for index in range(count))


def sparse_day(minutes: float) -> Scene:
    """A day in short: the docstring of `bench/gate.py` says what happens in it."""
    duration_s = minutes * 60

    def spell(start: float, end: float) -> tuple[tuple[float, float], ...]:
        return ((start * duration_s, end * duration_s),)

    return Scene(
        name="day",
        duration_s=duration_s,
        passages=spread_passages(max(4, round(minutes / 5)), duration_s, seed=11),
        effects=(
            SwingingBranch(spell(0.20, 0.30)),
            Rain(spell(0.40, 0.45)),
            SuddenLight(_switch_times_s(4, duration_s)),
            DriftingExposure(0.15, 90.0),
        ),
        seed=12,
    )


def crowded_scenes() -> tuple[Scene, ...]:
    """Short scenes full of persons: undisturbed, and under each disturbance alone."""
    always = ((0.0, float("inf")),)
    return (
        _crowded("walks", 40, 20),
        _crowded("light", 12, 30, SuddenLight(_switch_times_s(10, 120.0))),
        _crowded("rain", 12, 40, Rain(always)),
        _crowded("branch", 12, 50, SwingingBranch(always)),
        _crowded("exposure", 12, 60, DriftingExposure(0.3, 20.0)),
    )


def _crowded(name: str, count: int, seed: int, *effects: Effect) -> Scene:
    persons = passages(count, (6.5, 10.5), seed)
    return Scene(name, persons[-1].event.end_s + 5.0, persons, effects, seed=seed + 1)
