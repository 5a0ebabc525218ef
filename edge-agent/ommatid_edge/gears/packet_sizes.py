"""Does the size of packets tell that something moves? Only a stream's own history can say; pure.

An encoder spends bits where the picture changes: the idea of gating on packet sizes is that of
PacketGame (SIGCOMM 2023), without its model. How large a packet of a still scene is depends on its
place in the group of pictures, so each place has a level of its own. What lies above the levels is
summed up as in Page's cumulative sum test (Biometrika 1954), which notices a small lasting rise as
well as a large short one.

A rise counts only while the stream's own history speaks for it: sizes of still scenes are steady,
or rises have come with the motion that the gate saw; and they have hardly ever come without it. An
encoder at constant bit rate, rain or a noisy sensor end that soon.
"""

import math
from dataclasses import dataclass, replace

_PLACES = 16
"""Places after a key frame with a level of their own; later ones share the last."""

_STEP = 0.05
_SPREAD_SHARE = 0.02
_LEAST_SPREAD = 0.1
_LARGEST_RISE = 5.0
_ALLOWANCE = 1.0
_RISEN = 4.0
_MOST_SURGE = 8.0
_WARM_UP = 60

_STEADY = 0.3
_ENOUGH_MOVING = 30
_MOST_STILL = 9_000
_MOST_MOVING = 900
_WRONG_SHARE = 0.05
"""More rises than that without motion, and sizes lose their say. Persons that were missed count among them."""

_RIGHT_SHARE = 0.5
_FALSE_CUE_WEIGHT = 10


@dataclass(frozen=True, slots=True)
class Tally:
    """Packets of which it is known what the gate saw, and those among them at which sizes had risen."""

    packets: int = 0
    risen: int = 0

    @property
    def share(self) -> float:
        """Share of packets at which sizes had risen, 0..1."""
        return self.risen / self.packets if self.packets else 0.0


_NOTHING = Tally()


@dataclass(frozen=True, slots=True)
class SizeHistory:
    """What a stream's packets that are no key frames were like; sizes as logarithms to base 2 of bytes.

    Attributes:
        place: Packets since the latest key frame.
        levels: Running median of a still scene for each place.
        spread: Running mean distance from these.
        surge: By how many spreads the latest packets lay above the levels, summed up beyond what is allowed.
        seen: Packets that taught levels and spread, up to a number that suffices.
        still: Packets while nothing moved.
        moving: Packets while something moved.
        open: Packets in the idle gear since the last key frame that was looked at.
    """

    place: int = 0
    levels: tuple[float, ...] = ()
    spread: float = _STEADY
    surge: float = 0.0
    seen: int = 0
    still: Tally = _NOTHING
    moving: Tally = _NOTHING
    open: Tally = _NOTHING

    @property
    def risen(self) -> bool:
        """Whether the latest packets are clearly larger than those of a still scene."""
        return _is_rise(self.seen, self.surge)

    @property
    def tells(self) -> bool:
        """Whether, by this stream's history, a rise means motion."""
        wrong = self.still.share > _WRONG_SHARE
        experienced = self.moving.packets >= _ENOUGH_MOVING
        return not wrong and (self.moving.share >= _RIGHT_SHARE if experienced else self.spread <= _STEADY)


def key_frame_passed(history: SizeHistory) -> SizeHistory:
    """Begin another group of pictures."""
    return replace(history, place=0)


def unlabelled(history: SizeHistory, size_bytes: int) -> SizeHistory:
    """Take note of a packet in the idle gear; what it showed is known at the next key frame."""
    size, level = _log2(size_bytes), _level(history)
    surge = _surge(history, size, level)
    # Built in one go here and below: this runs for every packet of every camera.
    return SizeHistory(
        history.place + 1,
        _taught(history, size, level),
        _spread(history, size, level),
        surge,
        min(history.seen + 1, _WARM_UP),
        history.still,
        history.moving,
        _add(history.open, _is_rise(history.seen, surge)),
    )


def labelled(history: SizeHistory, size_bytes: int, *, moving: bool) -> SizeHistory:
    """Take note of a packet about which the gate says whether something moves."""
    size, level = _log2(size_bytes), _level(history)
    surge = _surge(history, size, level)
    risen = _is_rise(history.seen, surge)
    if moving:
        tally = _bounded(_add(history.moving, risen), _MOST_MOVING)
        return replace(history, place=history.place + 1, surge=surge, moving=tally)
    return replace(
        history,
        place=history.place + 1,
        levels=_taught(history, size, level),
        spread=_spread(history, size, level),
        surge=surge,
        seen=min(history.seen + 1, _WARM_UP),
        still=_bounded(_add(history.still, risen), _MOST_STILL),
    )


def was_still(history: SizeHistory) -> SizeHistory:
    """The next key frame showed nothing new: neither did the packets before it."""
    packets, risen = history.still.packets + history.open.packets, history.still.risen + history.open.risen
    return replace(history, still=_bounded(Tally(packets, risen), _MOST_STILL), open=_NOTHING)


def interrupted(history: SizeHistory) -> SizeHistory:
    """Everything is decoded from now on; what the packets since the last key frame showed stays open."""
    return replace(history, open=_NOTHING)


def false_cue(history: SizeHistory) -> SizeHistory:
    """A rise was followed up, and nothing moved: worth several packets, as it cost the decoding of many."""
    still = Tally(history.still.packets, history.still.risen + _FALSE_CUE_WEIGHT)
    return replace(history, surge=0.0, still=still)


def _level(history: SizeHistory) -> float | None:
    """Level of the present place; None as long as no packet has stood there."""
    place = min(history.place, _PLACES - 1)
    return history.levels[place] if place < len(history.levels) else None


def _surge(history: SizeHistory, size: float, level: float | None) -> float:
    """The surge with this packet."""
    if level is None:
        return history.surge
    rise = min((size - level) / max(history.spread, _LEAST_SPREAD), _LARGEST_RISE)
    return min(max(0.0, history.surge + rise - _ALLOWANCE), _MOST_SURGE)


def _is_rise(seen: int, surge: float) -> bool:
    return seen >= _WARM_UP and surge > _RISEN


def _taught(history: SizeHistory, size: float, level: float | None) -> tuple[float, ...]:
    """Levels after one more packet of a still scene."""
    if level is None:
        return (*history.levels, size)
    place, away = min(history.place, _PLACES - 1), size - level
    # In the first groups half the distance, then steps of equal length: a running median, which outliers do not drag.
    young = history.seen < _WARM_UP and history.place < _PLACES
    step = away / 2 if young else math.copysign(min(abs(away), _STEP), away)
    return (*history.levels[:place], level + step, *history.levels[place + 1 :])


def _spread(history: SizeHistory, size: float, level: float | None) -> float:
    if level is None:
        return history.spread
    away = min(abs(size - level), 4 * max(history.spread, _LEAST_SPREAD))
    return history.spread + _SPREAD_SHARE * (away - history.spread)


def _add(tally: Tally, risen: bool) -> Tally:
    return Tally(tally.packets + 1, tally.risen + risen)


def _bounded(tally: Tally, most: int) -> Tally:
    """Halved when it is full, so that the newer half of the history always counts for more."""
    return Tally(tally.packets // 2, tally.risen // 2) if tally.packets >= most else tally


def _log2(size_bytes: int) -> float:
    return math.log2(size_bytes) if size_bytes > 0 else 0.0
