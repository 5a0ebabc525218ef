"""The endpoint of a worker: its ports, and what it collects."""

import socket
import threading
from urllib.request import urlopen

import pytest
from prometheus_client import CollectorRegistry, Counter, generate_latest

from ommatid_jobs.flink.worker_endpoint import WorkerEndpoint, WorkerMetricsSettings, listen_on, worker_endpoint
from ommatid_schemas import ConfigurationError


def counted(name: str, value: float, **labels: str) -> CollectorRegistry:
    registry = CollectorRegistry()
    counter = Counter(name, "of a test", list(labels), registry=registry)
    (counter.labels(*labels.values()) if labels else counter).inc(value)
    return registry


@pytest.mark.parametrize(
    ("text", "ports"),
    [("0", ()), ("9260", (9260,)), ("9260-9262", (9260, 9261, 9262)), ("9300,9260-9261", (9300, 9260, 9261))],
)
def test_ports_are_read_from_the_environment(text: str, ports: tuple[int, ...], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OMMATID_WORKER_METRICS_PORTS", text)

    assert WorkerMetricsSettings().ports == ports


@pytest.mark.parametrize("text", ["", "http", "9262-9260", "70000", "-1"])
def test_wrong_ports_are_refused_with_the_variable_and_what_it_holds(text: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OMMATID_WORKER_METRICS_PORTS", text)
    worker_endpoint.cache_clear()

    with pytest.raises(
        ConfigurationError, match=rf"OMMATID_WORKER_METRICS_PORTS: expected 0, or ports .* found '{text}'"
    ):
        worker_endpoint()


def test_a_worker_takes_the_first_port_that_is_free():
    with socket.create_server(("127.0.0.1", 0)) as taken, socket.create_server(("127.0.0.1", 0)) as other:
        free = other.getsockname()[1]
        other.close()

        settings = WorkerMetricsSettings(ports=(taken.getsockname()[1], free))
        assert listen_on(settings, counted("frames", 3)) == free

    with urlopen(f"http://127.0.0.1:{free}/metrics") as answer:
        assert "frames_total 3.0" in answer.read().decode()


def test_without_ports_nothing_listens():
    assert listen_on(WorkerMetricsSettings(ports=()), CollectorRegistry()) is None


def test_a_worker_whose_port_is_still_taken_tries_again():
    attempts: list[CollectorRegistry] = []
    listening = threading.Event()

    def listen(registry: CollectorRegistry) -> None:
        attempts.append(registry)
        if len(attempts) < 3:
            raise OSError(98, "Address already in use")
        listening.set()

    endpoint = WorkerEndpoint(listen, again_after_s=0.001)
    endpoint.show("sampler", counted("frames", 3))

    assert listening.wait(5.0)
    assert len(attempts) == 3


def test_operators_that_count_the_same_share_a_family_and_a_new_attempt_replaces_the_old_one():
    registries: list[CollectorRegistry] = []
    listening = threading.Event()

    def listen(registry: CollectorRegistry) -> None:
        registries.append(registry)
        listening.set()

    endpoint = WorkerEndpoint(listen)
    endpoint.show("sampler", counted("letters", 1, stage="sampler"))
    endpoint.show("inference", counted("letters", 9, stage="inference"))
    endpoint.show("inference", counted("letters", 2, stage="inference"))
    assert listening.wait(5.0)

    text = generate_latest(registries[0]).decode()
    assert text.count("# TYPE letters_total") == 1
    assert 'letters_total{stage="sampler"} 1.0' in text
    assert 'letters_total{stage="inference"} 2.0' in text
    assert "process_resident_memory_bytes" in text
