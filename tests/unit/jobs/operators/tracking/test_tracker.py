"""In the drawings a line is one way of an object: where its box stands, frame by frame, in seconds and x."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ommatid_jobs.operators.tracking import TrackedBox, TrackerState, Tracking, pack_state, track_frame, unpack_state
from ommatid_schemas.events import Box, FrameResult
from tests.strategies import camera_results
from tests.unit.jobs.operators.examples import S, result, standing_at

HIGH = 0.45


def follow(results: list[FrameResult], state: TrackerState | None = None) -> list[Tracking]:
    steps: list[Tracking] = []
    state = state or TrackerState()
    for seen in results:
        steps.append(track_frame(state, seen, seen.boxes, HIGH))
        state = steps[-1].state
    return steps


def walk(*places: tuple[float, float]) -> list[FrameResult]:
    """One person; seconds and x of each frame."""
    return [result(second, standing_at(x, 0.8)) for second, x in places]


def ids(steps: list[Tracking]) -> list[list[str]]:
    return [[pair.track.track_id for pair in step.boxes] for step in steps]


def is_one_track(steps: list[Tracking]) -> bool:
    return len({track_id for step in ids(steps) for track_id in step}) == 1


def only(step: Tracking) -> TrackedBox:
    (pair,) = step.boxes
    return pair


@pytest.mark.parametrize("interval_s", [1 / 15, 0.2, 0.5, 1.0])
def test_a_walker_is_one_track_at_any_interval(interval_s: float):
    assert is_one_track(follow(walk(*((step * interval_s, 0.1 + 0.08 * step * interval_s) for step in range(10)))))


def test_a_walker_is_one_track_when_intervals_change():
    times = [0, 0.07, 0.14, 0.64, 1.14, 1.2, 2.2, 2.7, 2.77]

    assert is_one_track(follow(walk(*((second, 0.1 + 0.1 * second) for second in times))))


def test_somebody_at_the_other_end_of_the_picture_is_somebody_else():
    assert not is_one_track(follow(walk((0, 0.1), (0.5, 0.9))))


@pytest.mark.parametrize("interval_s", [0.1, 0.5])
def test_two_who_pass_each_other_keep_their_tracks(interval_s: float):
    seconds = [step * interval_s for step in range(round(6 / interval_s))]
    steps = follow(
        [
            result(second, standing_at(0.2 + 0.1 * second, 0.8), standing_at(0.8 - 0.1 * second, 0.83))
            for second in seconds
        ]
    )
    first, last = ({pair.track.track_id: pair.box.x for pair in step.boxes} for step in (steps[0], steps[-1]))

    assert set(first) == set(last)
    assert sorted(first, key=first.__getitem__) == sorted(last, key=last.__getitem__, reverse=True)


def test_labels_do_not_mix():
    steps = follow([result(0, standing_at(0.5, 0.8)), result(0.5, standing_at(0.5, 0.8, label="dog"))])

    assert not is_one_track(steps)


def test_a_box_of_low_score_continues_a_track_and_begins_none():
    hidden = standing_at(0.5, 0.8, score=0.31)
    steps = follow(
        [result(0, standing_at(0.5, 0.8)), result(0.5, hidden), result(1, hidden, standing_at(0.1, 0.8, score=0.4))]
    )

    assert is_one_track(steps)
    assert [len(step.boxes) for step in steps] == [1, 1, 1]


def test_the_median_of_the_scores_forgives_one_bad_frame():
    scores = [0.8, 0.32, 0.7]
    steps = follow([result(second, standing_at(0.5, 0.8, score=score)) for second, score in enumerate(scores)])

    assert only(steps[-1]).track.median_score == 0.7


def test_what_stays_is_stationary_after_ten_seconds_and_no_more_when_it_leaves():
    stays = [(float(second), 0.5) for second in range(12)]
    steps = follow(walk(*stays, (11.5, 0.55), (12, 0.6)))

    assert [only(step).track.is_stationary for step in steps] == [False] * 10 + [True] * 3 + [False]
    assert is_one_track(steps)


def test_one_bad_box_ends_no_rest():
    stays = [(float(second), 0.5) for second in range(12)]
    steps = follow(walk(*stays, (12, 0.56), (13, 0.5)))

    assert only(steps[-1]).track.is_stationary


def test_a_parked_car_is_one_track_at_baseline_intervals():
    car = standing_at(0.5, 0.8, label="car")
    steps = follow([result(30.0 * count, car) for count in range(5)])

    assert is_one_track(steps)
    assert only(steps[-1]).track.is_stationary


def test_a_parked_car_is_known_again_after_somebody_stood_before_it():
    car = standing_at(0.5, 0.8, label="car")
    parked = [result(30.0 * count, car) for count in range(5)]
    hidden = [result(120 + count, standing_at(0.5, 0.9)) for count in range(1, 60)]
    steps = follow([*parked, *hidden, result(181, car)])

    assert only(steps[-1]).track.track_id == only(steps[0]).track.track_id


def test_who_leaves_is_lost_when_time_and_frames_have_passed():
    steps = follow([*walk((0, 0.5), (0.5, 0.5)), *(result(0.5 + second) for second in range(1, 8))])

    assert [len(step.lost) for step in steps].count(1) == 1
    assert steps[-1].state.tracks == ()


def test_who_comes_to_the_place_of_somebody_who_left_is_somebody_else():
    steps = follow([*walk((0, 0.5), (1, 0.5)), result(60), *walk((120, 0.5))])

    assert not is_one_track(steps)


def test_a_frame_without_the_object_is_remembered_while_nobody_looks():
    steps = follow([*walk((0, 0.5), (1, 0.5)), result(2), *walk((120, 0.5))])

    assert not is_one_track(steps)


def test_a_frame_that_is_not_newer_is_refused():
    first, second = walk((0, 0.5), (1, 0.5))
    state = follow([first, second])[-1].state

    assert track_frame(state, first, first.boxes, HIGH) == Tracking(state, refused=True)
    assert track_frame(state, second, second.boxes, HIGH) == Tracking(state, refused=True)


def test_a_box_without_area_is_left_out():
    assert follow([result(0, replace(standing_at(0.5, 0.8), w=0.0))])[0].boxes == ()


@settings(max_examples=12)
@given(results=camera_results(), data=st.data())
def test_a_restart_anywhere_changes_nothing(results: list[FrameResult], data: st.DataObject):
    cut = data.draw(st.integers(0, len(results)))
    first = follow(results[:cut])
    state = first[-1].state if first else TrackerState()

    assert first + follow(results[cut:], unpack_state(pack_state(state))) == follow(results)


@settings(max_examples=12)
@given(results=camera_results(), order=st.randoms(use_true_random=False))
def test_the_order_of_boxes_in_a_frame_does_not_matter(results: list[FrameResult], order: Random):
    shuffled = [replace(seen, boxes=tuple(order.sample(seen.boxes, len(seen.boxes)))) for seen in results]

    assert follow(shuffled) == follow(results)


@settings(max_examples=12)
@given(results=camera_results())
def test_no_box_is_in_two_tracks_and_no_track_has_two_boxes(results: list[FrameResult]):
    for seen, step in zip(results, follow(results), strict=True):
        tracks = [pair.track.track_id for pair in step.boxes]
        assert len(set(tracks)) == len(tracks)
        if not step.refused:
            assert not set(_counted(step)) - set(_all(seen.boxes))
            assert all(_counted(step)[box] <= _all(seen.boxes)[box] for box in _counted(step))
            assert sum(pair.box.score >= HIGH for pair in step.boxes) == sum(box.score >= HIGH for box in seen.boxes)


@settings(max_examples=12)
@given(results=camera_results())
def test_ids_are_never_given_twice(results: list[FrameResult]):
    born: list[str] = []
    known: set[str] = set()
    for step in follow(results):
        now = {track.track_id for track in step.state.tracks}
        born += sorted(now - known)
        known = now

    assert len(set(born)) == len(born)


@settings(max_examples=12)
@given(results=camera_results())
def test_a_track_keeps_to_its_time(results: list[FrameResult]):
    for step in follow(results):
        for track in step.state.tracks:
            assert track.started_at_us <= track.seen_at_us <= step.state.captured_at_us
            assert (track.missed == 0) == (track.seen_at_us == step.state.captured_at_us)
            assert step.state.captured_at_us - track.seen_at_us <= 120 * S or track.missed == 0


def _all(boxes: tuple[Box, ...]) -> dict[Box, int]:
    return {box: boxes.count(box) for box in boxes}


def _counted(step: Tracking) -> dict[Box, int]:
    return _all(tuple(pair.box for pair in step.boxes))
