"""Does a flood from one camera delay the others? A real broker, a real Flink cluster, the real detect job.

    uv run bench/flood.py

Prints one JSON object after about 3 minutes; progress goes to stderr. 30 quiet cameras publish a frame of about 40 KB
every 4 s each. For some of the time one more camera, whose event layer is open, publishes 200 a second into the same
topic. With each model, and in a group that takes every frame of the event layer (``every``) as well as in one with the
defaults of the fleet file (``default``), alternately in one run of the job:

* ``quiet_ms`` and ``flooded_ms``: percentiles, for the quiet cameras, of the time from the append of a frame to the
  append of its result, without the flood (the baseline) and with it; both stamped by the broker.
* ``p99_ratio``: flooded to quiet. The goal is 2 at most.
* ``quiet_lost``: frames of the quiet cameras without a result during the flood.
* ``flood``: what became of the flood: published, results, and dropped by reason (the sampler's counters).
"""

import argparse
import json
import math
import os
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flood_load import FLOOD_PER_S, PRIORITY, Cameras, Phase, Site
from ommatid_connectors.kafka import RecordProducer, end_offsets
from ommatid_fleet.flink import FlinkRest, scrape, total
from ommatid_fleet.job_submission import detect_job
from ommatid_fleet.local import FlinkClusterOptions, LocalStack, terminate_on_sigterm
from ommatid_schemas import topics
from stamped_topics import answered

DETECTORS = {"null": "null-416", "nanodet": "nanodet-416"}
GROUPS = ("default", "every")
PERCENTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
_WARM_UP_S = 6.0
_SETTLE_S = 60.0
_POLL_S = 0.5


class Bench:
    """One job at work, and the cameras that publish to it."""

    def __init__(self, site: Site, producer: RecordProducer, stack: LocalStack) -> None:
        self._site, self._stack = site, stack
        self._cameras = Cameras(site, producer)
        self._published: Counter[str] = Counter()

    def warm_up(self, seconds: float) -> None:
        """Load the path once with everything it will meet."""
        for group in GROUPS:
            self._run(Phase(group, "warm", seconds / 2, flood_per_s=FLOOD_PER_S / 4))

    def compare(self, group: str, number: int, seconds: float) -> tuple[Phase, Phase, Mapping[str, int]]:
        """A phase without and one with the flood; what the sampler dropped in the second, by reason."""
        quiet = Phase(group, f"{number}-alone", seconds)
        flooded = Phase(group, f"{number}-flooded", seconds, FLOOD_PER_S)
        self._run(quiet)
        before = self._dropped()
        self._run(flooded)
        return quiet, flooded, self._dropped() - before

    def figures(self, group: str, quiet: Sequence[Phase], flooded: Sequence[Phase], dropped: Counter[str]) -> Any:
        """Latencies of the quiet cameras, and the ends of the flood's frames."""
        results = self._site.read(topics.detections_topic(self._site.region))
        took = defaultdict[str, list[int]](list)
        for it in answered(self._site.read(self._site.frames_topic(group)), results):
            took[it.camera_id].append(it.took_ms)
        alone, beside = _of_quiet(quiet, took), _of_quiet(flooded, took)
        sent = sum(self._published[it] for it in self._published for phase in flooded if phase.is_quiet(it))
        return {
            "quiet_ms": percentiles(alone),
            "flooded_ms": percentiles(beside),
            "p99_ratio": round(percentiles(beside)["p99"] / percentiles(alone)["p99"], 2),
            "quiet_frames": sent,
            "quiet_lost": sent - len(beside),
            "flood": {
                "published": sum(self._published[it.flooding] for it in flooded),
                "results": sum(len(took.get(it.flooding, ())) for it in flooded),
                "dropped": dict(sorted(dropped.items())),
            },
        }

    def _run(self, phase: Phase) -> None:
        self._published += self._cameras.publish(phase)
        self._settle(phase)

    def _settle(self, phase: Phase) -> None:
        """Wait until each frame has a result or is counted as dropped: phases must not disturb each other."""
        give_up_at = time.monotonic() + _SETTLE_S
        while (left := self._published.total() - self._results() - self._dropped().total()) > 0:
            if time.monotonic() > give_up_at:
                raise SystemExit(f"flood: {phase}: {left} frames without an end after {_SETTLE_S:.0f} s")
            time.sleep(_POLL_S)

    def _results(self) -> int:
        return sum(end_offsets(self._site.client, topics.detections_topic(self._site.region)).values())

    def _dropped(self) -> Counter[str]:
        samples = scrape(self._stack.cluster.prometheus_urls)
        return Counter(
            {it: round(count) for it, count in total(samples, "sampler_frames_dropped", by="reason").items()}
        )


def say(text: str) -> None:
    """Progress, on stderr."""
    sys.stderr.write(f"flood: {text}\n")


def measure(stack: LocalStack, model: str, rounds: int, seconds: float) -> Mapping[str, Any]:
    """Both groups with one model."""
    with running_job(stack, model) as bench:
        bench.warm_up(_WARM_UP_S)
        say(f"{model}: warm")
        return {group: _rounds(bench, group, rounds, seconds) for group in GROUPS}


@contextmanager
def running_job(stack: LocalStack, model: str) -> Generator[Bench]:
    """The detect job in a region of its own."""
    rest = FlinkRest(stack.cluster.rest_url)
    site = Site.create(f"flood-{model}", DETECTORS[model], stack.broker.bootstrap, stack.state_dir)
    job = detect_job(site.fleet, site.region, PRIORITY).submit(stack.cluster.jobmanager, Path(sys.executable))
    try:
        rest.wait_until_running(job)
        with RecordProducer(site.client) as producer:
            yield Bench(site, producer, stack)
    finally:
        rest.cancel(job)


def percentiles(took_ms: Sequence[int]) -> dict[str, int]:
    """Nearest-rank percentiles, milliseconds."""
    ranked = sorted(took_ms)
    return {name: ranked[math.ceil(share * len(ranked)) - 1] for name, share in PERCENTILES.items()}


def _rounds(bench: Bench, group: str, rounds: int, seconds: float) -> Any:
    quiet, flooded, dropped = list[Phase](), list[Phase](), Counter[str]()
    for number in range(rounds):
        without, with_flood, ends = bench.compare(group, number, seconds)
        quiet.append(without)
        flooded.append(with_flood)
        dropped += ends
    figures = bench.figures(group, quiet, flooded, dropped)
    say(f"{group}: {figures}")
    return figures


def _of_quiet(phases: Sequence[Phase], took: Mapping[str, list[int]]) -> list[int]:
    return [ms for camera, values in took.items() for phase in phases if phase.is_quiet(camera) for ms in values]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=sorted(DETECTORS), help="one of the models; both if not given")
    parser.add_argument("--rounds", type=int, default=1, help="times that a group is quiet and flooded")
    parser.add_argument("--seconds", type=float, default=15.0, help="length of each of the two phases of a round")
    arguments = parser.parse_args()
    models = [arguments.model] if arguments.model else list(DETECTORS)
    options = FlinkClusterOptions(task_managers=1, full_jit=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        terminate_on_sigterm(),
        LocalStack(cluster_options=options, parent_dir=Path(folder)) as stack,
    ):
        figures = {model: measure(stack, model, arguments.rounds, arguments.seconds) for model in models}
    print(json.dumps({**figures, "load_1min": round(os.getloadavg()[0], 1)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
