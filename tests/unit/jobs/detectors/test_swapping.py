"""A version takes over while frames are looked at."""

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ommatid_jobs.detectors import Detector, FakeDetector, Gauges, InferenceFailed, ModelUnavailable, Picture, Seen
from ommatid_jobs.detectors.model_activation import activate, roll_back
from ommatid_jobs.detectors.model_repository import ModelRepository, Pointer
from ommatid_jobs.detectors.model_swap import SwapState, on_failed, on_loaded, on_pointer, on_unreadable
from ommatid_jobs.detectors.own_models import open_own_model
from ommatid_jobs.detectors.swapping import SwappingDetector
from ommatid_schemas import ConfigurationError
from ommatid_schemas.fleet_file import OnnxModel
from tests.onnx_models import write_model
from tests.unit.jobs.detectors.pictures import picture


class Versioned(FakeDetector):
    """Says which version saw a picture; a call can be held up."""

    def __init__(self, version: str) -> None:
        super().__init__()
        self.version = version
        self.on_gpu = True
        self.begun = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()

    @property
    def gauges(self) -> Gauges:
        return {"on_gpu": lambda: int(self.on_gpu)}

    def detect(self, pictures: Sequence[Picture]) -> list[Seen | InferenceFailed]:
        self.begun.set()
        assert self.go_on.wait(10)
        return [Seen(self.version) for _ in pictures]


class Worker:
    """A repository in memory, and what was loaded from it. Versions 13 and 14 do not load, 15 does on the CPU only."""

    def __init__(self, *pointer: str) -> None:
        self.pointer = Pointer(pointer[0] if pointer else "1", pointer[1:])
        self.loaded: dict[str, Versioned] = {}
        self.detector = SwappingDetector("people", self.read, self.load)

    def read(self) -> Pointer:
        if self.pointer.active == "unreadable":
            raise ConfigurationError("active: gone")
        return self.pointer

    def load(self, version: str) -> Detector:
        if version == "13":
            raise ModelUnavailable("13/model.onnx: half a file")
        if version == "14":
            raise ValueError("a bug")
        self.loaded[version] = Versioned(version)
        self.loaded[version].on_gpu = version != "15"
        return self.loaded[version]

    def poll(self, *pointers: Pointer) -> str:
        """The version that sees a picture after these pointers were found."""
        for self.pointer in pointers:
            self.detector.poll()
        (seen,) = self.detector.detect([picture()])
        assert isinstance(seen, Seen)
        return seen.version

    def gauge(self, name: str) -> int:
        return self.detector.gauges[name]()


def wait_until(holds: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(1000):
        if holds():
            return
        pause.wait(0.01)
    raise AssertionError("it did not come to that in 10 s")


def test_the_version_that_the_pointer_names_takes_over():
    worker = Worker()

    assert worker.poll() == "1"
    assert worker.poll(Pointer("2", ("1",))) == "2"
    assert worker.poll(Pointer("1")) == "1"
    assert (worker.gauge("model_swaps"), worker.detector.version) == (2, "1")


def test_a_batch_in_flight_ends_on_the_version_that_began_it():
    worker = Worker()
    old = worker.loaded["1"]
    old.go_on.clear()
    with ThreadPoolExecutor(1) as threads:
        in_flight = threads.submit(worker.detector.detect, [picture()])
        assert old.begun.wait(10)

        assert worker.poll(Pointer("2")) == "2"
        assert not in_flight.done()
        old.go_on.set()
        assert in_flight.result() == [Seen("1")]


def test_a_version_that_does_not_load_leaves_the_old_one_and_is_tried_again_when_asked_for(
    caplog: pytest.LogCaptureFixture,
):
    worker = Worker()

    assert worker.poll(*[Pointer("13", ("1",), written_ns=1)] * 3) == "1"
    assert worker.gauge("model_swap_failures") == 1
    assert caplog.messages == ["model people: version 13 does not load, 1 serves on: 13/model.onnx: half a file"]
    assert worker.poll(Pointer("13", ("1",), written_ns=2)) == "1"
    assert worker.gauge("model_swap_failures") == 2
    assert worker.poll(Pointer("2", ("13", "1"))) == "2"


def test_a_version_that_finds_no_room_on_the_gpu_does_not_take_over_on_the_cpu(caplog: pytest.LogCaptureFixture):
    worker = Worker()

    assert worker.poll(Pointer("15", ("1",))) == "1"
    assert worker.loaded["15"].closed
    assert "expected version 15 on a GPU, as 1 is, found it on the CPU only" in caplog.messages[0]


def test_a_bug_while_a_version_is_loaded_ends_neither_what_serves_nor_the_following(caplog: pytest.LogCaptureFixture):
    worker = Worker()
    worker.pointer = Pointer("14")
    worker.detector.follow(0.001)
    wait_until(lambda: worker.gauge("model_swap_failures") == 1)
    worker.pointer = Pointer("2")
    wait_until(lambda: worker.gauge("model_swaps") == 1)
    worker.detector.close()

    assert worker.detector.version == "2"
    assert "following its versions failed; 1 serves on" in caplog.text


def test_a_worker_that_starts_while_a_damaged_version_is_active_comes_to_the_one_before(
    caplog: pytest.LogCaptureFixture,
):
    worker = Worker("13", "2", "1")

    assert worker.poll(Pointer("13", ("2", "1"))) == "2"
    assert worker.gauge("model_swap_failures") == 1
    assert caplog.messages == ["model people: version 13 does not load, taking 2: 13/model.onnx: half a file"]


@pytest.mark.parametrize("pointer", [["13"], ["13", "13", "2"]])
def test_a_worker_without_a_version_that_loads_does_not_start(pointer: list[str]):
    with pytest.raises(ModelUnavailable, match="half a file"):
        Worker(*pointer)


def test_a_pointer_that_cannot_be_read_changes_nothing_and_is_said_once(caplog: pytest.LogCaptureFixture):
    worker = Worker()

    assert worker.poll(*[Pointer("unreadable")] * 3) == "1"
    assert worker.gauge("model_swap_failures") == 1
    assert caplog.messages == ["model people: 1 serves on: active: gone"]
    assert worker.poll(Pointer("2")) == "2"


def test_a_version_that_is_loaded_after_the_end_does_not_serve():
    worker = Worker()
    worker.detector.close()

    assert worker.poll(Pointer("2")) == "1"
    assert worker.loaded["2"].closed


EVENTS = st.one_of(
    st.builds(Pointer, st.sampled_from("123"), written_ns=st.integers(0, 3)),
    st.sampled_from(["loaded", "failed", "gone"]),
)


@given(st.lists(EVENTS, max_size=30))
def test_what_serves_was_loaded_and_every_load_ends_as_a_swap_or_a_failure(events: list[Pointer | str]):
    state = SwapState("1", Pointer("1"))
    loads = ends = 0
    for event in events:
        before = state
        if isinstance(event, Pointer):
            state = on_pointer(state, event)
            loads += state.loading is not None and before.loading is None
            assert state.loading != state.serving
        elif event == "gone":
            state = on_unreadable(state, "gone")
        elif before.loading is not None:
            state = on_loaded(state) if event == "loaded" else on_failed(state)
            ends += 1
            assert state.serving == (before.loading if event == "loaded" else before.serving)
        if before.serving != state.serving:
            assert event == "loaded"

    assert loads - ends == (state.loading is not None)


def test_a_stream_of_calls_is_answered_throughout_a_swap_and_a_rollback(tmp_path: Path):
    """Real onnxruntime, a real folder, the thread that follows it, and four threads that never stop asking."""
    repository = ModelRepository("people", tmp_path)
    for version, score in (("1", 0.5), ("2", 0.75)):
        write_model(tmp_path / version, score=score)
    activate(repository, "1")
    settings = OnnxModel(kind="onnx", path=str(tmp_path), device="cpu", poll=0.1)
    detector = open_own_model("people", settings, threads=1)
    answers: list[list[tuple[str, float]]] = [[] for _ in range(4)]
    ended = threading.Event()

    def ask(mine: list[tuple[str, float]]) -> None:
        while not ended.is_set():
            for seen in detector.detect([picture()] * 3):
                assert isinstance(seen, Seen)
                mine.append((seen.version, round(seen.boxes[0].score, 2)))

    def wait_for(version: str) -> None:
        wait_until(lambda: all(mine and mine[-1][0] == version for mine in answers))

    with ThreadPoolExecutor(4) as threads:
        asking = [threads.submit(ask, mine) for mine in answers]
        try:
            wait_for("1")
            activate(repository, "2")
            wait_for("2")
            roll_back(repository)
            wait_for("1")
        finally:
            ended.set()
            detector.close()
    assert [each.result() for each in asking] == [None] * 4

    for mine in answers:
        assert set(mine) == {("1", 0.5), ("2", 0.75)}
        versions = [version for version, _ in mine]
        assert len([before for before, after in pairwise(versions) if before != after]) == 2


def test_a_version_that_is_damaged_leaves_the_old_one_in_place(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.ERROR, "ommatid_jobs")
    repository = ModelRepository("people", tmp_path)
    for version in ("1", "2"):
        write_model(tmp_path / version)
    (tmp_path / "2" / "model.onnx").write_bytes(b"half a file")
    activate(repository, "1")
    detector = open_own_model("people", OnnxModel(kind="onnx", path=str(tmp_path), poll=3600), threads=1)
    activate(repository, "2")
    detector.poll()
    detector.close()

    assert (detector.name, detector.version) == ("people", "1")
    assert "version 2 does not load, 1 serves on: " in caplog.messages[0]
    shown = {name: read() for name, read in detector.gauges.items()}
    assert shown == {
        "model_swaps": 0,
        "model_swap_failures": 1,
        "on_gpu": 0,
        "device_failures": 0,
    }
