import pytest

from ommatid_jobs.flink.detect.model_queue import ModelQueue
from tests.unit.jobs.operators.examples import T0_US, S, frame


def test_a_frame_waits_until_it_is_answered():
    queue = ModelQueue()
    queue.add(frame(0))
    queue.add(frame(1))
    queue.remove(frame(0))

    assert queue.waiting_us("cam-1") == {T0_US + S}


def test_an_answer_to_a_frame_that_does_not_wait_does_no_harm():
    queue = ModelQueue()
    queue.add(frame(0))
    queue.remove(frame(1))

    assert queue.waiting_us("cam-1") == {T0_US}


def test_nothing_waits_for_models_that_are_gone():
    queue = ModelQueue()
    queue.add(frame(0))
    queue.clear()

    assert queue.waiting_us("cam-1") == frozenset()


def test_each_detector_has_its_own_pace():
    queue = ModelQueue()
    queue.record_batch("fast", 8, duration_ms=16.0)

    assert queue.frame_ms("fast") == 2.0
    assert queue.frame_ms("slow") is None


def test_a_slow_first_call_is_forgotten():
    queue = ModelQueue()
    queue.record_batch("fast", 1, duration_ms=1000.0)
    for _ in range(40):
        queue.record_batch("fast", 1, duration_ms=2.0)

    assert queue.frame_ms("fast") == pytest.approx(2.0, abs=0.2)
