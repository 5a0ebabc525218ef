"""Times are milliseconds; ``run`` drives the batcher as the job does, with a timer and a model that is always free."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ommatid_jobs.operators.batcher import Batch, BatcherState, BatchPolicy, add, due_at_ms, take_due
from tests.strategies import arrivals

POLICY = BatchPolicy(max_size=4, deadline_ms=20)
Item = tuple[str, int]
Arrivals = list[tuple[str, int]]
Taken = list[tuple[float, Batch[Item]]]
policies = st.builds(
    BatchPolicy, st.integers(1, 32), deadline_ms=st.integers(0, 50), quiet_ms=st.integers(0, 10) | st.just(math.inf)
)


def drain(policy: BatchPolicy, state: BatcherState[Item], now_ms: float) -> tuple[BatcherState[Item], Taken]:
    taken: Taken = []
    while True:
        state, batch = take_due(policy, state, now_ms)
        if batch is None:
            return state, taken
        taken.append((now_ms, batch))


def wait_until(policy: BatchPolicy, state: BatcherState[Item], until_ms: float) -> tuple[BatcherState[Item], Taken]:
    taken: Taken = []
    while (due_ms := due_at_ms(policy, state)) is not None and due_ms <= until_ms:
        state, more = drain(policy, state, due_ms)
        taken += more
    return state, taken


def run(
    policy: BatchPolicy, steps: Arrivals, state: BatcherState[Item], now_ms: float = 0
) -> tuple[BatcherState[Item], float, Taken]:
    taken: Taken = []
    for camera, gap_ms in steps:
        now_ms += gap_ms
        state, before = wait_until(policy, state, now_ms)
        state, full = drain(policy, add(state, camera, (camera, round(now_ms)), now_ms), now_ms)
        taken += before + full
    return state, now_ms, taken


def queue(*cameras: str) -> BatcherState[Item]:
    state = BatcherState[Item]()
    for number, camera in enumerate(cameras):
        state = add(state, camera, (camera, number), now_ms=0)
    return state


def test_nothing_is_due_while_nothing_waits():
    assert due_at_ms(POLICY, BatcherState[Item]()) is None
    assert take_due(POLICY, BatcherState[Item](), math.inf) == (BatcherState(), None)


def test_a_batch_closes_at_the_deadline_of_its_oldest_frame():
    state = add(add(BatcherState[Item](), "a", ("a", 0), 100), "b", ("b", 1), 115)

    assert due_at_ms(POLICY, state) == 120
    assert take_due(POLICY, state, 119.9) == (state, None)
    assert take_due(POLICY, state, 120)[1] == Batch((("a", 0), ("b", 1)), bucket=4)


def test_a_batch_closes_before_its_deadline_when_no_frame_follows():
    policy = BatchPolicy(max_size=4, deadline_ms=20, quiet_ms=2)
    state = add(add(BatcherState[Item](), "a", ("a", 0), 100), "b", ("b", 1), 101)

    assert due_at_ms(policy, state) == 103
    assert take_due(policy, state, 102.9) == (state, None)
    assert take_due(policy, state, 103)[1] == Batch((("a", 0), ("b", 1)), bucket=4)


def test_a_full_batch_closes_at_once():
    _, batch = take_due(POLICY, queue("a", "b", "c", "d"), now_ms=0)

    assert batch == Batch((("a", 0), ("b", 1), ("c", 2), ("d", 3)), bucket=4)


def test_a_flood_from_one_camera_does_not_push_the_others_out():
    state, batch = take_due(POLICY, queue("flood", "flood", "flood", "flood", "flood", "a", "b"), now_ms=0)

    assert batch == Batch((("flood", 0), ("flood", 1), ("a", 5), ("b", 6)), bucket=4)
    assert [entry.item for entry in state.waiting] == [("flood", 2), ("flood", 3), ("flood", 4)]


def test_the_oldest_frame_is_in_the_batch_even_with_more_cameras_than_room():
    _, batch = take_due(POLICY, queue("a", "a", "b", "c", "d", "e"), now_ms=0)

    assert batch == Batch((("a", 0), ("b", 2), ("c", 3), ("d", 4)), bucket=4)


@pytest.mark.parametrize(("frames", "bucket"), [(1, 1), (2, 4), (4, 4), (5, 8), (9, 16), (17, 32), (32, 32)])
def test_a_batch_runs_at_the_smallest_bucket_that_holds_it(frames: int, bucket: int):
    _, batch = take_due(BatchPolicy(max_size=32, deadline_ms=0), queue(*["a"] * frames), now_ms=0)

    assert batch is not None
    assert batch.bucket == bucket


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"max_size": 33}, r"max_size: expected 1 to 32 \(the largest bucket\), found 33"),
        ({"max_size": 0}, "max_size: expected 1 to 32"),
        ({"buckets": (4, 1)}, "buckets: expected ascending positive sizes"),
        ({"buckets": ()}, "buckets: expected ascending positive sizes"),
        ({"deadline_ms": -1}, "deadline_ms: expected 0 or more"),
        ({"quiet_ms": -1}, "quiet_ms: expected 0 or more"),
    ],
)
def test_a_policy_that_cannot_work_is_refused(sizes: dict[str, int], message: str):
    with pytest.raises(ValueError, match=message):
        BatchPolicy(**sizes)  # pyright: ignore[reportArgumentType] # the point of the test


@settings(max_examples=60)
@given(steps=arrivals, policy=policies)
def test_every_frame_leaves_exactly_once_and_in_the_order_of_its_camera(steps: Arrivals, policy: BatchPolicy):
    state, now_ms, taken = run(policy, steps, BatcherState())
    _, rest = drain(policy, state, math.inf)
    left = [item for _, batch in taken + rest for item in batch.items]
    arrived: list[Item] = []
    clock_ms = 0
    for camera, gap_ms in steps:
        clock_ms += gap_ms
        arrived.append((camera, clock_ms))

    assert now_ms == clock_ms
    for camera in {camera for camera, _ in arrived}:
        assert [item for item in left if item[0] == camera] == [item for item in arrived if item[0] == camera]
    assert len(left) == len(arrived)


@settings(max_examples=60)
@given(steps=arrivals, policy=policies)
def test_no_frame_waits_beyond_the_deadline_and_no_batch_is_too_large(steps: Arrivals, policy: BatchPolicy):
    state, now_ms, taken = run(policy, steps, BatcherState())
    _, rest = wait_until(policy, state, now_ms + policy.deadline_ms)

    for at_ms, batch in taken + rest:
        assert len(batch.items) <= min(policy.max_size, batch.bucket)
        assert all(at_ms - arrived_ms <= policy.deadline_ms for _, arrived_ms in batch.items)
    assert sum(len(batch.items) for _, batch in taken + rest) == len(steps)


@settings(max_examples=60)
@given(steps=arrivals, policy=policies, data=st.data())
def test_a_snapshot_anywhere_changes_nothing(steps: Arrivals, policy: BatchPolicy, data: st.DataObject):
    cut = data.draw(st.integers(0, len(steps)))
    straight = run(policy, steps, BatcherState())
    snapshot, now_ms, first = run(policy, steps[:cut], BatcherState())
    state, end_ms, second = run(policy, steps[cut:], BatcherState(tuple(snapshot.waiting)), now_ms)

    assert (state, end_ms, first + second) == straight


@settings(max_examples=30)
@given(flood=st.integers(1, 50), quiet=st.lists(st.sampled_from("abcdefg"), unique=True, max_size=7))
def test_a_quiet_camera_is_in_the_next_batch_however_long_the_queue_of_another(flood: int, quiet: list[str]):
    policy = BatchPolicy(max_size=8, deadline_ms=0)
    _, batch = take_due(policy, queue(*["flood"] * flood, *quiet), now_ms=0)

    assert batch is not None
    assert set(quiet) <= {camera for camera, _ in batch.items}
