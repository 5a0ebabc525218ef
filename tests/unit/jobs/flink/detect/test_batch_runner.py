"""Batches on an event loop: every item is answered once, whatever happens to its batch."""

import asyncio
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager

import pytest

from ommatid_jobs.flink.clock import monotonic_ms
from ommatid_jobs.flink.detect.batch_runner import BatchRunner
from ommatid_jobs.operators.batcher import BatchPolicy

AT_ONCE = BatchPolicy(max_size=4, deadline_ms=0)
NEVER_MS = 3_600_000


class Recorder:
    """Doubles numbers, remembers the batches, and can be held."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.may_go = threading.Event()
        self.may_go.set()
        self.started = threading.Semaphore(0)

    def double(self, batch: Sequence[int]) -> list[int]:
        self.batches.append(list(batch))
        self.started.release()
        assert self.may_go.wait(5)
        return [2 * number for number in batch]


@contextmanager
def closing(runner: BatchRunner[int, int]) -> Generator[BatchRunner[int, int]]:
    try:
        yield runner
    finally:
        runner.close()


async def answers(runner: BatchRunner[int, int], numbers: Sequence[int]) -> list[int | BaseException]:
    waiting = [runner.submit(f"camera-{number % 3}", number) for number in numbers]
    return await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 5)


async def test_each_item_gets_its_own_answer():
    with closing(BatchRunner(AT_ONCE, Recorder().double, monotonic_ms)) as runner:
        assert await answers(runner, range(50)) == [2 * number for number in range(50)]


async def test_a_full_batch_starts_without_waiting_for_its_deadline():
    recorder = Recorder()
    with closing(BatchRunner(BatchPolicy(4, NEVER_MS), recorder.double, monotonic_ms)) as runner:
        assert await answers(runner, range(4)) == [0, 2, 4, 6]
    assert len(recorder.batches) == 1


async def test_a_lone_item_starts_at_its_deadline():
    with closing(BatchRunner(BatchPolicy(4, deadline_ms=1), Recorder().double, monotonic_ms)) as runner:
        assert await answers(runner, [21]) == [42]


async def test_a_batch_that_is_not_full_starts_once_no_item_follows():
    recorder = Recorder()
    policy = BatchPolicy(4, deadline_ms=NEVER_MS, quiet_ms=5)
    with closing(BatchRunner(policy, recorder.double, monotonic_ms)) as runner:
        assert await answers(runner, range(6)) == [0, 2, 4, 6, 8, 10]
    assert [len(batch) for batch in recorder.batches] == [4, 2]


async def test_items_gather_while_two_batches_are_in_flight():
    recorder = Recorder()
    recorder.may_go.clear()
    with closing(BatchRunner(AT_ONCE, recorder.double, monotonic_ms)) as runner:
        waiting = asyncio.ensure_future(answers(runner, range(6)))
        for _ in range(2):
            assert await asyncio.to_thread(recorder.started.acquire, timeout=5)
        recorder.may_go.set()
        assert await waiting == [0, 2, 4, 6, 8, 10]
    assert [len(batch) for batch in recorder.batches] == [1, 1, 4]


async def test_what_a_batch_raises_reaches_each_of_its_items_and_no_other():
    def fail_on_one(batch: Sequence[int]) -> list[int]:
        if 1 in batch:
            raise RuntimeError("model lost")
        return list(batch)

    with closing(BatchRunner(BatchPolicy(2, deadline_ms=NEVER_MS), fail_on_one, monotonic_ms)) as runner:
        first, second, third, fourth = await answers(runner, [0, 1, 2, 3])

    assert isinstance(first, RuntimeError)
    assert isinstance(second, RuntimeError)
    assert [third, fourth] == [2, 3]


async def test_too_few_answers_are_an_error_and_not_a_wait_for_ever():
    def forgetful(batch: Sequence[int]) -> list[int]:
        return list(batch)[:-1]

    with closing(BatchRunner(BatchPolicy(2, deadline_ms=NEVER_MS), forgetful, monotonic_ms)) as runner:
        first, second = await answers(runner, [0, 1])

    for answer in (first, second):
        with pytest.raises(ValueError, match="expected 2 answers, found 1"):
            raise answer if isinstance(answer, BaseException) else AssertionError(answer)
