import random

from hypothesis import given
from hypothesis import strategies as st

from ommatid_connectors.kafka import TopicPosition
from ommatid_jobs.delivery.offset_progress import OffsetProgress


def at(offset: int, partition: int = 0) -> TopicPosition:
    return TopicPosition("alerts", partition, offset)


def started(*positions: TopicPosition) -> OffsetProgress:
    progress = OffsetProgress()
    for position in positions:
        progress.start(position)
    return progress


def test_nothing_is_committed_past_an_unfinished_record() -> None:
    progress = started(at(4), at(5), at(6))
    progress.finish(at(5))

    assert progress.committable() == ()


def test_the_position_after_the_last_finished_record_is_committed() -> None:
    progress = started(at(4), at(5), at(6))
    for position in (at(5), at(4)):
        progress.finish(position)

    assert progress.committable() == (at(6),)


def test_gaps_between_offsets_are_no_unfinished_records() -> None:
    progress = started(at(4), at(9))
    for position in (at(4), at(9)):
        progress.finish(position)

    assert progress.committable() == (at(10),)


def test_a_committed_position_is_not_committed_again() -> None:
    progress = started(at(4))
    progress.finish(at(4))
    progress.committed(progress.committable())

    assert progress.committable() == ()


def test_progress_during_a_commit_is_not_lost() -> None:
    progress = started(at(4), at(5))
    progress.finish(at(4))
    positions = progress.committable()
    progress.finish(at(5))
    progress.committed(positions)

    assert progress.committable() == (at(6),)


def test_partitions_that_were_given_up_are_forgotten() -> None:
    progress = started(at(4, partition=0), at(7, partition=1))
    progress.give_up([("alerts", 0)])
    for position in (at(4, partition=0), at(7, partition=1)):
        progress.finish(position)

    assert progress.committable() == (at(8, partition=1),)


@given(
    partitions=st.lists(st.integers(0, 2), max_size=30),
    seed=st.randoms(use_true_random=False),
    finished=st.integers(0, 30),
)
def test_commits_equal_the_first_unfinished_record_of_each_partition(
    partitions: list[int], seed: random.Random, finished: int
) -> None:
    """Against the definition: the longest finished run from the start, whatever the order of finishing."""
    positions = [at(offset, partition) for offset, partition in enumerate(partitions)]
    progress = started(*positions)
    done = seed.sample(positions, k=min(finished, len(positions)))
    for position in done:
        progress.finish(position)

    assert {it.partition: it.offset for it in progress.committable()} == first_unfinished(positions, set(done))


def first_unfinished(positions: list[TopicPosition], done: set[TopicPosition]) -> dict[int, int]:
    """Next offset by partition, where at least the first record is finished."""
    ends: dict[int, int] = {}
    blocked: set[int] = set()
    for position in positions:
        if position not in done:
            blocked.add(position.partition)
        elif position.partition not in blocked:
            ends[position.partition] = position.offset + 1
    return ends
