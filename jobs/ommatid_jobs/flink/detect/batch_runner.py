"""Runs the pure batcher on an event loop: batches go to threads, at most two at a time.

While one batch is in the model, the next one is decoded or copied. Frames that arrive while both
places are taken wait in the batcher, so batches grow with the load.
"""

import asyncio
import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from ommatid_jobs.operators import batcher

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class _Pending(Generic[T, R]):
    item: T
    answer: asyncio.Future[R]


class BatchRunner(Generic[T, R]):
    """Answers single items by working on batches of them.

    All methods but ``close`` belong to one event loop, whichever calls first.

    Args:
        policy: When a batch closes.
        run: Works on a batch, in a thread: one answer for each item, in order.
        now_ms: Monotonic clock, milliseconds.
        in_flight: Batches that may be worked on at the same time.
    """

    def __init__(
        self,
        policy: batcher.BatchPolicy,
        run: Callable[[Sequence[T]], Sequence[R]],
        now_ms: Callable[[], float],
        in_flight: int = 2,
    ) -> None:
        self._policy = policy
        self._run = run
        self._now_ms = now_ms
        self._free = in_flight
        self._threads = ThreadPoolExecutor(in_flight, thread_name_prefix="inference")
        self._state: batcher.BatcherState[_Pending[T, R]] = batcher.BatcherState()
        self._timer: asyncio.TimerHandle | None = None
        self._wakes_at_ms = math.inf

    async def submit(self, camera_id: str, item: T) -> R:
        """Wait for the answer to one item; raises what ``run`` raised for its batch."""
        answer: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._state = batcher.add(self._state, camera_id, _Pending(item, answer), self._now_ms())
        self._start_due()
        return await answer

    def close(self) -> None:
        """End the threads once their batches are done; what still waits in the batcher is never answered."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _start_due(self) -> None:
        while self._free:
            self._state, batch = batcher.take_due(self._policy, self._state, self._now_ms())
            if batch is None:
                break
            self._start(batch.items)
        self._set_timer()

    def _start(self, pending: tuple[_Pending[T, R], ...]) -> None:
        self._free -= 1
        running = asyncio.get_running_loop().run_in_executor(self._threads, self._run, [each.item for each in pending])
        running.add_done_callback(partial(self._finish, pending))

    def _finish(self, pending: tuple[_Pending[T, R], ...], running: "asyncio.Future[Sequence[R]]") -> None:
        self._free += 1
        _settle(pending, running)
        self._start_due()

    def _set_timer(self) -> None:
        """Wake up when the next batch closes by itself; a batch that ends looks by itself.

        A timer that comes too early only looks again: cheaper than a new one with every item.
        """
        due_ms = batcher.due_at_ms(self._policy, self._state) if self._free else None
        if due_ms is None or self._wakes_at_ms <= due_ms:
            return
        if self._timer is not None:
            self._timer.cancel()
        # Rounded up: a timer that is a hair early would find nothing due.
        delay_ms = math.ceil(due_ms - self._now_ms())
        self._wakes_at_ms = due_ms
        self._timer = asyncio.get_running_loop().call_later(delay_ms / 1000, self._wake)

    def _wake(self) -> None:
        self._timer, self._wakes_at_ms = None, math.inf
        self._start_due()


def _settle(pending: "Sequence[_Pending[T, R]]", running: "asyncio.Future[Sequence[R]]") -> None:
    """Hand the answers, or what went wrong, to those who wait."""
    failure = asyncio.CancelledError() if running.cancelled() else running.exception()
    answers: Sequence[R] = () if failure else running.result()
    if failure is None and len(answers) != len(pending):
        failure = ValueError(f"batch: expected {len(pending)} answers, found {len(answers)}")
    for position, each in enumerate(pending):
        if each.answer.done():
            continue
        if failure is None:
            each.answer.set_result(answers[position])
        else:
            each.answer.set_exception(failure)
