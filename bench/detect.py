"""How fast is the detect job, and how soon does a result follow its frame? A real broker and a real Flink cluster.

Prints one JSON object. For each model, frames per second of those that take turns on the same load, medians of the
rounds: ``bare``, the work without Flink (the baseline); ``job``, the detect job; with the null models also ``floor``,
the job's graph without the work. ``null`` is the model that asks for no pixels, so the floor differs from it by the
job's own work alone; ``null-416`` has the decoder as well. Then milliseconds from the append of a frame to that of
its result, at half of the job's rate. Exit status 1 when a frame has no result.
"""

import argparse
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from detect_load import BURST, PACED, Frames, Site, publish, publish_at, steady_rate
from ommatid_connectors.kafka import RecordProducer
from ommatid_fleet.flink import FlinkRest, submit
from ommatid_fleet.local import FlinkClusterOptions, LocalStack, terminate_on_sigterm
from ommatid_fleet.local.child_processes import start_child, stop_children
from ommatid_schemas import Priority, topics
from stamped_topics import answered

HERE = Path(__file__).parent
DETECTORS = {"null": "null-0", "null-416": "null-416", "nanodet": "nanodet-416"}
_FIRST_RESULT_S, _ROUND_DEADLINE_S = 120.0, 180.0
_PROBE_S = {"null": 2.0, "null-416": 2.0, "nanodet": 4.0}
_PROBE_FRAMES = {"null": 3000, "null-416": 3000, "nanodet": 200}
_FIRST_FRAMES = 64
# The JVM goes on compiling for tens of thousands of frames: after 20,000 the job was half as fast again as after 5,000.
_WARM_UP_FRAMES = {"null": 25_000, "null-416": 15_000, "nanodet": 0}
_LATENCY_WARM_UP_SHARE = 0.2
_LOAD = 0.5
_PERCENTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


@dataclass(slots=True)
class Contender:
    """One of the three, serving a region of its own.

    Attributes:
        pid: Process that is stopped while a backlog is published; None where the backlog grows beside the work.
    """

    name: str
    site: Site
    producer: RecordProducer
    frames: Frames
    pid: int | None = None
    published: int = 0
    rates: list[float] = field(default_factory=list[float])

    def serve(self, count: int, deadline_s: float = _ROUND_DEADLINE_S) -> float:
        """Publish a backlog and wait for its results; returns when all of it was published, ms since the epoch."""
        with paused(self.pid):
            publish(self.producer, self.site.frames_topic(BURST), self.frames.of(BURST), count)
        published_ms = time.time() * 1000
        self.published += count
        self.site.wait_for_results(self.published, deadline_s)
        return published_ms

    def rate(self, count: int) -> float:
        """Results per second while a backlog is there and nothing is published."""
        before = self.site.results()
        published_ms = self.serve(count)
        records = self.site.read(topics.detections_topic(self.site.region))
        return steady_rate(sorted(it.timestamp_ms for it in records)[before:], published_ms)


class Bench:
    """Broker, cluster, and what runs on them.

    Args:
        stack: Both, running.
        priority: Of the frames; decides deadlines.
    """

    def __init__(self, stack: LocalStack, priority: Priority) -> None:
        self._stack = stack
        self._priority = priority
        self._rest = FlinkRest(stack.cluster.rest_url)

    @contextmanager
    def bare(self, model: str) -> Generator[Contender]:
        """The loop without Flink, as a process."""
        with self._contender("bare", model) as contender:
            command = [sys.executable, str(HERE / "detect_bare.py"), *contender.site.arguments]
            child = start_child("bare loop", command, log_path=self._stack.state_dir / "log" / f"bare-{model}.log")
            # Without decoding it is faster than what publishes: there would be no backlog.
            contender.pid = child.pid
            try:
                yield contender
            finally:
                stop_children([child])

    @contextmanager
    def on_cluster(self, name: str, module: str, model: str) -> Generator[Contender]:
        """A Flink job."""
        with self._contender(name, model) as contender:
            job = submit(
                module,
                [*contender.site.arguments, "--startup", "earliest"],
                jobmanager=self._stack.cluster.jobmanager,
                python=Path(sys.executable),
                environment={"PYTHONPATH": str(HERE)},
            )
            try:
                self._rest.wait_until_running(job)
                yield contender
            finally:
                self._rest.cancel(job)

    @contextmanager
    def _contender(self, name: str, model: str) -> Generator[Contender]:
        bootstrap, folder = self._stack.broker.bootstrap, self._stack.state_dir
        site = Site.create(f"{name}-{model}", self._priority, DETECTORS[model], bootstrap, folder)
        with RecordProducer(site.client) as producer:
            yield Contender(name, site, producer, Frames(site))


@contextmanager
def paused(pid: int | None) -> Generator[None]:
    """Let a process do nothing inside the block."""
    if pid is None:
        yield
        return
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def say(text: str) -> None:
    """Progress, on stderr."""
    sys.stderr.write(f"detect: {text}\n")


def measure(bench: Bench, model: str, rounds: int, seconds: float, floor: Contender) -> Mapping[str, Any]:
    """Rates and latency with one model. The floor is no neighbour to one that needs both cores for itself."""
    with ExitStack() as running:
        job = running.enter_context(bench.on_cluster("job", "ommatid_jobs.flink.detect", model))
        bare = running.enter_context(bench.bare(model))
        contenders = (bare, job) if model == "nanodet" else (bare, job, floor)
        counts = {it.name: warm_up(it, model, seconds) for it in contenders}
        for number in range(rounds):
            for contender in contenders:
                rate = contender.rate(counts[contender.name])
                contender.rates.append(rate)
                say(f"{model}: round {number + 1} of {rounds}: {contender.name} {rate:.0f} frames/s")
        latency = latency_percentiles_ms(job, _LOAD * median(job.rates), seconds)
        check(contenders)
    rates = {it.name: round(median(it.rates), 1) for it in contenders}
    floor.rates.clear()
    quotients = {f"job_of_{it.name}": round(rates["job"] / rates[it.name], 3) for it in contenders if it is not job}
    return {**rates, "latency_ms": latency, **quotients}


def warm_up(contender: Contender, model: str, seconds: float) -> int:
    """Wait for the first results and for the compilers, then see how many frames make a round of the wanted length."""
    contender.serve(_FIRST_FRAMES, _FIRST_RESULT_S)
    contender.serve(_WARM_UP_FRAMES[model])
    kind = "null" if contender.name == "floor" else model
    rate = contender.rate(_PROBE_FRAMES[kind])
    say(f"{model}: {contender.name} is warm, about {rate:.0f} frames/s")
    # Some of a backlog is gone by the time at which all of it is published.
    return round(rate * (seconds + _PROBE_S[kind]))


def latency_percentiles_ms(job: Contender, per_s: float, seconds: float) -> Mapping[str, float]:
    """From append to append at an even load, after a warm-up."""
    topic = job.site.frames_topic(PACED)
    job.published += publish_at(job.producer, topic, job.frames.of(PACED), per_s, 1.5 * seconds)
    job.site.wait_for_results(job.published, _ROUND_DEADLINE_S)
    results = job.site.read(topics.detections_topic(job.site.region))
    in_order = sorted((it.appended_ms, it.took_ms) for it in answered(job.site.read(topic), results))
    took = [took_ms for _, took_ms in in_order]
    took = sorted(took[round(_LATENCY_WARM_UP_SHARE * len(took)) :])
    return {name: took[min(len(took) - 1, int(share * len(took)))] for name, share in _PERCENTILES.items()}


def check(contenders: Sequence[Contender]) -> None:
    """Every frame has one result: nothing was dropped, doubled or became a dead letter."""
    for it in contenders:
        results, dead_letters = it.site.results(), it.site.dead_letters()
        if (results, dead_letters) != (it.published, 0):
            raise SystemExit(
                f"{it.name}: expected {it.published} results, found {results} and {dead_letters} dead letters"
            )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", choices=sorted(DETECTORS), help="one of the models; all if not given")
    parser.add_argument("--rounds", type=int, default=3, help="times that the three take turns")
    parser.add_argument("--seconds", type=float, default=6.0, help="length of a turn")
    parser.add_argument("--priority", type=Priority, choices=list(Priority), default=Priority.SAFETY)
    arguments = parser.parse_args()
    models = [arguments.model] if arguments.model else list(DETECTORS)
    options = FlinkClusterOptions(task_managers=2, full_jit=True)
    with tempfile.TemporaryDirectory() as folder, terminate_on_sigterm(), ExitStack() as running:
        stack = running.enter_context(LocalStack(cluster_options=options, parent_dir=Path(folder)))
        bench = Bench(stack, arguments.priority)
        floor = running.enter_context(bench.on_cluster("floor", "detect_floor", "null"))
        figures = {it: measure(bench, it, arguments.rounds, arguments.seconds, floor) for it in models}
    print(json.dumps({**figures, "load_1min": round(os.getloadavg()[0], 1)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
