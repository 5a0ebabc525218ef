from hypothesis import given
from hypothesis import strategies as st

from ommatid_edge.delivery_watch import Notice, Progress, WatchState, watch


def notices(steps: list[Progress]) -> list[tuple[int, Notice]]:
    """(second, notice) when looking once a second."""
    state, told = WatchState(), list[tuple[int, Notice]]()
    for second, progress in enumerate(steps):
        state, new = watch(state, progress, float(second))
        told.extend((second, it) for it in new)
    return told


def test_a_silent_broker_is_mentioned_ever_less_often():
    told = notices([Progress(0, 0, queued=3)] * 130)

    assert told == [(second, Notice.OVERDUE) for second in (5, 10, 20, 40, 80)]


def test_recovery_is_mentioned_once():
    told = notices([Progress(0, 0, 3)] * 7 + [Progress(3, 0, 0)] * 20)

    assert told == [(5, Notice.OVERDUE), (7, Notice.RECOVERED)]


def test_a_queue_that_moves_is_not_mentioned():
    assert notices([Progress(second, 0, queued=50) for second in range(100)]) == []


def test_records_that_were_given_up_do_not_look_like_a_recovery():
    told = notices([Progress(0, 0, 3)] * 7 + [Progress(0, 3, 0, "no broker")] * 3)

    assert told == [(5, Notice.OVERDUE), (7, Notice.LOST)]


def test_losses_are_mentioned_at_most_once_a_minute():
    told = notices([Progress(0, second, 0, "topic missing") for second in range(130)])

    assert told == [(1, Notice.LOST), (61, Notice.LOST), (121, Notice.LOST)]


def test_a_backlog_that_cannot_be_sent_is_mentioned_although_nothing_is_under_way():
    told = notices([Progress(0, 0, queued=0, backlog_frames=3)] * 7)

    assert told == [(5, Notice.OVERDUE)]


def test_records_that_come_back_are_mentioned_at_most_once_a_minute():
    told = notices([Progress(second, 0, 0, "topic missing", returned=second) for second in range(130)])

    assert told == [(1, Notice.HELD_BACK), (61, Notice.HELD_BACK), (121, Notice.HELD_BACK)]


steps = st.lists(
    st.builds(Progress, st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)).map(lambda it: it), max_size=60
)


@given(steps)
def test_recovery_is_only_mentioned_after_an_outage(drawn: list[Progress]):
    grown = [
        Progress(
            sum(it.acknowledged for it in drawn[: n + 1]), sum(it.failed for it in drawn[: n + 1]), drawn[n].queued
        )
        for n in range(len(drawn))
    ]
    open_outage = False
    for _, notice in notices(grown):
        if notice is Notice.OVERDUE:
            open_outage = True
        elif notice is Notice.RECOVERED:
            assert open_outage
            open_outage = False
