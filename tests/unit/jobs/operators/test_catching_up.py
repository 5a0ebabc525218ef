from hypothesis import given
from hypothesis import strategies as st

from ommatid_jobs.operators.catching_up import CATCH_UP_US, CAUGHT_UP_US, MAX_BACKLOG_US, CatchUp
from ommatid_jobs.operators.sampler import Admitted, Dropped, DropReason, SamplerState, on_frame
from ommatid_schemas.events import Reason
from ommatid_schemas.fleet_file import Sampling
from ommatid_schemas.priority import Priority
from tests.unit.jobs.operators.examples import T0_US, S, frame

ONE, OTHER = ("frames", 0), ("frames", 1)
waits = st.lists(
    st.tuples(st.sampled_from([ONE, OTHER]), st.integers(0, 2 * MAX_BACKLOG_US), st.integers(0, S)), max_size=30
)
"""Partition, how long its frame has waited, and what passes until the next one; microseconds."""


def asked(catch_up: CatchUp, frames: list[tuple[tuple[str, int], int, int]]) -> list[tuple[int, int, bool]]:
    """(published, now, excused) of each frame."""
    now_us, answers = T0_US, list[tuple[int, int, bool]]()
    for partition, waited_us, step_us in frames:
        answers.append((now_us - waited_us, now_us, catch_up.excuses(partition, now_us - waited_us, now_us)))
        now_us += step_us
    return answers


def test_a_frame_that_was_published_while_the_job_was_down_is_excused():
    assert CatchUp(T0_US).excuses(ONE, T0_US - 30 * S, T0_US)


def test_what_waits_behind_the_backlog_is_excused_until_it_is_done():
    catch_up = CatchUp(T0_US)
    backlog = catch_up.excuses(ONE, T0_US - 30 * S, T0_US)
    behind_it = catch_up.excuses(ONE, T0_US + S, T0_US + 20 * S)
    live = catch_up.excuses(ONE, T0_US + 30 * S, T0_US + 30 * S + CAUGHT_UP_US)
    overload = catch_up.excuses(ONE, T0_US + 31 * S, T0_US + 60 * S)

    assert (backlog, behind_it, live, overload) == (True, True, False, False)


def test_the_backlog_of_one_partition_excuses_no_other():
    catch_up = CatchUp(T0_US)
    catch_up.excuses(ONE, T0_US - 30 * S, T0_US)

    assert not catch_up.excuses(OTHER, T0_US + S, T0_US + 20 * S)


@given(waits)
def test_a_job_without_downtime_behind_it_excuses_nothing(frames: list[tuple[tuple[str, int], int, int]]):
    always_there = CatchUp(T0_US - 3 * MAX_BACKLOG_US)

    assert not any(excused for *_, excused in asked(always_there, frames))


@given(waits, st.integers(0, 2 * CATCH_UP_US))
def test_no_excuse_goes_beyond_its_bounds(frames: list[tuple[tuple[str, int], int, int]], started_us: int):
    answers = asked(CatchUp(T0_US - started_us), frames)

    assert all(
        CAUGHT_UP_US < now_us - published_us <= MAX_BACKLOG_US and now_us - (T0_US - started_us) <= CATCH_UP_US
        for published_us, now_us, excused in answers
        if excused
    )


@given(st.sampled_from(Reason), st.booleans())
def test_an_excuse_helps_all_but_the_least_valuable_frames(claimed: Reason, excused: bool):
    seen = frame(0, claimed)
    policy = Sampling(shadow=0).policy
    _, verdict = on_frame(SamplerState(), seen, policy, Priority.SAFETY, seen.published_at_us + 30 * S, excused=excused)
    valuable = claimed in {Reason.MOTION, Reason.SCENE_CHANGE, Reason.EVENT}

    assert isinstance(verdict, Admitted) == (valuable and excused)
    assert isinstance(verdict, Admitted) or verdict == Dropped(DropReason.STALE)
