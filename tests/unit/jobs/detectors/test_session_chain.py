"""Who takes over when a device fails, and when nobody may."""

import logging
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from ommatid_jobs.detectors import InferenceFailed, ModelUnavailable
from ommatid_jobs.detectors.session_chain import Outputs, Pixels, Session, SessionChain

FRAME: Pixels = np.zeros((1, 4, 4, 3), dtype=np.uint8)
BATCH: Pixels = np.zeros((8, 4, 4, 3), dtype=np.uint8)


class Device:
    """A device with room for so many frames; none when it is dead."""

    def __init__(self, provider: str, room: int = 32) -> None:
        self.provider = provider
        self.on_gpu = provider == "GPU"
        self.room = room

    def run(self, pixels: Pixels) -> Outputs:
        if len(pixels) > self.room:
            raise InferenceFailed(f"{self.provider}: out of memory")
        return np.zeros((len(pixels), 1, 4), dtype=np.float32), np.zeros((len(pixels), 1, 1), dtype=np.float32)

    def warm_up(self) -> None:
        self.run(FRAME)

    def works(self) -> bool:
        return self.room > 0


def chain(*devices: Session) -> SessionChain:
    def opener(device: Session) -> Callable[[], Session]:
        return lambda: device

    return SessionChain("people", [opener(device) for device in devices])


def missing() -> Session:
    raise ModelUnavailable("no CUDA here")


def test_the_first_device_that_runs_is_taken(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO)
    opened = SessionChain("people", [missing, lambda: Device("CPU")])

    assert (opened.current.provider, opened.failures) == ("CPU", 1)
    assert caplog.messages == ["no CUDA here; trying the next device", "model people: runs on CPU"]


@pytest.mark.parametrize(
    ("openers", "found"),
    [([missing], "no CUDA here"), ([lambda: Device("GPU", room=0)], "loads, but does not run on GPU: GPU: out of")],
)
def test_without_another_device_it_says_why_it_does_not_run(openers: Sequence[Callable[[], Session]], found: str):
    with pytest.raises(ModelUnavailable, match=found):
        SessionChain("people", openers)


def test_a_gpu_that_dies_is_replaced_and_the_batch_is_answered(caplog: pytest.LogCaptureFixture):
    gpu = Device("GPU")
    running = chain(gpu, Device("CPU"))
    gpu.room = 0

    assert len(running.run(BATCH)[0]) == 8
    assert (running.current.provider, running.failures) == ("CPU", 1)
    assert "model people: GPU has failed: GPU: out of memory" in caplog.messages


def test_a_gpu_that_dies_stays_in_place_where_nothing_may_take_over_and_that_is_said_once(
    caplog: pytest.LogCaptureFixture,
):
    gpu = Device("GPU")
    running = chain(gpu)
    gpu.room = 0

    for _ in range(3):
        with pytest.raises(InferenceFailed, match="out of memory"):
            running.run(FRAME)
    assert running.failures == 1
    assert caplog.messages == ["model people: GPU has failed, and nothing may take over: GPU: out of memory"]
    gpu.room = 32
    assert len(running.run(FRAME)[0]) == 1


def test_a_batch_that_is_too_large_for_a_device_that_works_changes_nothing():
    running = chain(Device("GPU", room=4), Device("CPU"))

    with pytest.raises(InferenceFailed, match="out of memory"):
        running.run(BATCH)
    assert (running.current.provider, running.failures) == ("GPU", 0)


def test_when_the_next_device_does_not_open_either_the_batch_fails():
    gpu = Device("GPU")
    running = SessionChain("people", [lambda: gpu, missing])
    gpu.room = 0

    with pytest.raises(InferenceFailed, match="no CUDA here"):
        running.run(FRAME)
