"""Does the size of packets tell that something moves? Only a stream's own history can say; pure.

An encoder at constant quality spends bits where the picture changes: the idea of gating on packet
sizes is that of PacketGame (SIGCOMM 2023), without its model. An encoder at constant bit rate does
not, so a rise counts only on streams where, in their own history, rises went with the motion that
the gate saw and stayed away from stillness.
"""

import math
from dataclasses import dataclass, replace

_LEVEL_STEP = 0.02
_SPREAD_SHARE = 0.02
_RISE_SHARE = 0.4
_LEAST_RISE = 0.5
_SPREADS = 4.0
_WARM_UP = 30

_ENOUGH_STILL = 300
_ENOUGH_MOVING = 30
_MOST_STILL = 9_000
_MOST_MOVING = 900
_WRONG_SHARE = 0.01
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
        level: Running median of a still scene.
        spread: Running mean distance from it.
        rise: How far the latest packets lie above the level, smoothed over about three of them.
        seen: Packets that taught level and spread, up to the number that suffices.
        still: Packets while nothing moved.
        moving: Packets while something moved.
        open: Packets in the idle gear since the last key frame that was looked at.
    """

    level: float = 0.0
    spread: float = 0.0
    rise: float = 0.0
    seen: int = 0
    still: Tally = _NOTHING
    moving: Tally = _NOTHING
    open: Tally = _NOTHING

    @property
    def risen(self) -> bool:
        """Whether the latest packets are clearly larger than those of a still scene."""
        return _risen(self.rise, self.spread, self.seen)

    @property
    def tells(self) -> bool:
        """Whether in this stream's history a rise told motion: it came with it, and hardly ever without it."""
        enough = self.still.packets >= _ENOUGH_STILL and self.moving.packets >= _ENOUGH_MOVING
        return enough and self.still.share <= _WRONG_SHARE and self.moving.share >= _RIGHT_SHARE


def unlabelled(history: SizeHistory, size_bytes: int) -> SizeHistory:
    """Take note of a packet in the idle gear; what it showed is known at the next key frame."""
    rise, risen = _risen_by(history, size_bytes)
    level, spread, seen = _learnt(history, size_bytes)
    # Built in one go here and below: this runs for every packet of every camera.
    return SizeHistory(level, spread, rise, seen, history.still, history.moving, _add(history.open, risen))


def labelled(history: SizeHistory, size_bytes: int, *, moving: bool) -> SizeHistory:
    """Take note of a packet about which the gate says whether something moves."""
    rise, risen = _risen_by(history, size_bytes)
    if moving:
        tally = _bounded(_add(history.moving, risen), _MOST_MOVING)
        return SizeHistory(history.level, history.spread, rise, history.seen, history.still, tally, history.open)
    level, spread, seen = _learnt(history, size_bytes)
    tally = _bounded(_add(history.still, risen), _MOST_STILL)
    return SizeHistory(level, spread, rise, seen, tally, history.moving, history.open)


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
    return replace(history, still=still)


def _risen_by(history: SizeHistory, size_bytes: int) -> tuple[float, bool]:
    """The rise with this packet, and whether that is a clear one."""
    if not history.seen:
        return 0.0, False
    above = min(max(_log2(size_bytes) - history.level, -2.0), 3.0)
    rise = history.rise + _RISE_SHARE * (above - history.rise)
    return rise, _risen(rise, history.spread, history.seen)


def _risen(rise: float, spread: float, seen: int) -> bool:
    return seen >= _WARM_UP and rise > max(_LEAST_RISE, _SPREADS * spread)


def _learnt(history: SizeHistory, size_bytes: int) -> tuple[float, float, int]:
    """Level, spread and number of packets seen after one more of a still scene."""
    size, level, spread, seen = _log2(size_bytes), history.level, history.spread, history.seen + 1
    if seen == 1:
        return size, 0.0, seen
    away = size - level
    clipped = min(abs(away), 4 * max(spread, 0.1))
    if seen < _WARM_UP:
        return level + away / seen, spread + (clipped - spread) / seen, seen
    # Large steps first, now small ones of equal length: a running median, which outliers do not drag along.
    step = math.copysign(min(abs(away), _LEVEL_STEP), away)
    return level + step, spread + _SPREAD_SHARE * (clipped - spread), _WARM_UP


def _add(tally: Tally, risen: bool) -> Tally:
    return Tally(tally.packets + 1, tally.risen + risen)


def _bounded(tally: Tally, most: int) -> Tally:
    """Halved when it is full, so that the newer half of the history always counts for more."""
    return Tally(tally.packets // 2, tally.risen // 2) if tally.packets >= most else tally


def _log2(size_bytes: int) -> float:
    return math.log2(size_bytes) if size_bytes > 0 else 0.0
