"""Frames of many cameras in one model call, closed when full, when the oldest has waited enough, or when none follow.

The state is a frozen value, hence its own snapshot. The clock is an argument: milliseconds of any
monotonic clock, the same one for every call.
"""

import math
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

# The generic classes have no slots: with slots, Python 3.11 fails to create ``BatcherState[int]()`` when frozen.


@dataclass(frozen=True, slots=True)
class BatchPolicy:
    """How large a batch may grow and how long a frame may wait for it.

    Attributes:
        max_size: Frames at which a batch closes at once.
        deadline_ms: Longest wait of a frame while the model is free to take it.
        quiet_ms: A batch also closes when no frame has come for this long: waiting would not fill it. That is how a
            bundle of Flink ends, which is over only when its last frame has an answer.
        buckets: Sizes for which the model is prepared, ascending. A batch is run at the
            smallest that holds it.
    """

    max_size: int = 8
    deadline_ms: float = 20.0
    quiet_ms: float = math.inf
    buckets: tuple[int, ...] = (1, 4, 8, 16, 32)

    def __post_init__(self) -> None:
        """Refuse sizes that no bucket could run."""
        if list(self.buckets) != sorted(set(self.buckets)) or not self.buckets or self.buckets[0] < 1:
            raise ValueError(f"buckets: expected ascending positive sizes, found {self.buckets}")
        if not 1 <= self.max_size <= self.buckets[-1]:
            raise ValueError(f"max_size: expected 1 to {self.buckets[-1]} (the largest bucket), found {self.max_size}")
        if self.deadline_ms < 0:
            raise ValueError(f"deadline_ms: expected 0 or more, found {self.deadline_ms}")
        if self.quiet_ms < 0:
            raise ValueError(f"quiet_ms: expected 0 or more, found {self.quiet_ms}")


@dataclass(frozen=True)
class Waiting(Generic[T]):
    """One frame in the queue, whatever the caller keeps of it."""

    camera_id: str
    item: T
    since_ms: float


@dataclass(frozen=True)
class BatcherState(Generic[T]):
    """The queue, oldest arrival first."""

    waiting: tuple[Waiting[T], ...] = ()

    def __len__(self) -> int:
        """Number of frames that wait."""
        return len(self.waiting)


@dataclass(frozen=True)
class Batch(Generic[T]):
    """Frames for one model call, in order of arrival; ``bucket`` is the size to run them at."""

    items: tuple[T, ...]
    bucket: int


def add(state: BatcherState[T], camera_id: str, item: T, now_ms: float) -> BatcherState[T]:
    """Queue one frame. Ask :func:`take_due` afterwards: it may have filled a batch."""
    return BatcherState((*state.waiting, Waiting(camera_id, item, now_ms)))


def due_at_ms(policy: BatchPolicy, state: BatcherState[T]) -> float | None:
    """When the next batch closes, or None while nothing waits. A full batch is due in the past."""
    if not state.waiting:
        return None
    if len(state) >= policy.max_size:
        return state.waiting[policy.max_size - 1].since_ms
    return min(state.waiting[0].since_ms + policy.deadline_ms, state.waiting[-1].since_ms + policy.quiet_ms)


def take_due(policy: BatchPolicy, state: BatcherState[T], now_ms: float) -> tuple[BatcherState[T], Batch[T] | None]:
    """Take the next batch if it is due; call again until it gives None.

    Cameras share a batch in rounds: first the oldest frame of each, then the second oldest, and so
    on, cameras with older frames first. So a flood from one camera gets the room that the others
    leave, frames of one camera never overtake each other, and the oldest frame of all is in every
    batch: nobody starves. ``now_ms=math.inf`` drains the queue.
    """
    due_ms = due_at_ms(policy, state)
    if due_ms is None or now_ms < due_ms:
        return state, None
    taken = _fair_choice(state.waiting, policy.max_size)
    batch = tuple(entry.item for index, entry in enumerate(state.waiting) if index in taken)
    left = tuple(entry for index, entry in enumerate(state.waiting) if index not in taken)
    return BatcherState(left), Batch(batch, policy.buckets[bisect_left(policy.buckets, len(batch))])


def _fair_choice(waiting: tuple[Waiting[T], ...], size: int) -> frozenset[int]:
    """Positions of the frames of the first rounds. Sorting is stable: within a round, age decides."""
    frames_before: Counter[str] = Counter()
    rounds: list[int] = []
    for entry in waiting:
        rounds.append(frames_before[entry.camera_id])
        frames_before[entry.camera_id] += 1
    return frozenset(sorted(range(len(waiting)), key=rounds.__getitem__)[:size])
