"""What does a failure cost? SIGKILL of the TaskManager, of its Python worker and of the broker, under steady load.

The real detect job on a real cluster and broker, with checkpoints every 2 s and no spare TaskManager. What was killed
is started again at once, as a supervisor does. Prints one JSON object with, for each kill: seconds from the kill to the
first result of a frame that was published after it, seconds until results are in time again, and what became of the
frames that were published meanwhile. Every one is a result, a dead letter or a counted drop; what is none of them is
lost, and the exit status is 1. Repeats are counted before they are removed by frame id.

A frame is `excused` when only the rule for downtime (docs/decisions/012) saved it: it had waited longer than its
priority allows. Without that rule it would have been shed, so `excused` is what a version without it loses.
"""

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from ommatid_connectors.kafka import client_config, ensure_topics, require_broker
from ommatid_fleet.flink import FlinkRest, submit
from ommatid_fleet.local import FlinkClusterOptions, LocalStack, terminate_on_sigterm
from ommatid_fleet.local.child_processes import Child, start_again, stop_children
from ommatid_jobs.operators.sampler import DropReason, stale_after_us
from ommatid_schemas import FrameResult, Priority
from ommatid_schemas.fleet_file import load_fleet, topic_plan
from recovery_load import GROUP, PERIOD_US, REGION, Arrival, Load, Watch, now_us

_IN_TIME_S = 1.0
_WORKER_S = 60.0
_ON_ITS_WAY_US = 5_000_000  # what was published so shortly before a kill can be lost or repeated by it


@dataclass(frozen=True, slots=True)
class RecoveryOptions:
    """Cameras with 2 frames/s each, seconds of load before each kill, and seconds after which a recovery has failed."""

    cameras: int = 40
    steady_s: float = 8.0
    deadline_s: float = 120.0


@dataclass(frozen=True, slots=True)
class Kill:
    """One failure.

    Attributes:
        at_us: When the process was killed.
        first_us: When the first result of a frame arrived that was published after that.
        in_time_us: When a result first arrived soon after its frame's publication again.
    """

    name: str
    at_us: int
    first_us: int
    in_time_us: int


class Site:
    """Broker, cluster and job, with a supervisor's hands."""

    def __init__(self, stack: LocalStack) -> None:
        self._stack = stack
        self._broker = stack.broker.child
        self._task_manager = stack.cluster.children[1]
        self.client = client_config(load_fleet(self._fleet(stack)).regions[REGION].kafka)

    def start_job(self) -> None:
        """Create the topics and submit the job."""
        fleet = self._stack.state_dir / "fleet.yaml"
        ensure_topics(self.client, topic_plan(load_fleet(fleet), REGION))
        arguments = ["--fleet", str(fleet), "--region", REGION, "--priority", "safety", "--checkpoint-interval", "2s"]
        cluster = self._stack.cluster
        job = submit("ommatid_jobs.flink.detect", arguments, jobmanager=cluster.jobmanager, python=Path(sys.executable))
        FlinkRest(cluster.rest_url).wait_until_running(job)

    def kill_task_manager(self) -> None:
        """The JVM, and with it everything that runs in its process group."""
        self._task_manager = _killed_and_started(self._task_manager)

    def kill_python_worker(self) -> None:
        """The process that runs the sampler and the model; Flink itself starts another."""
        give_up_at_s = time.monotonic() + _WORKER_S
        while not (children := psutil.Process(self._task_manager.pid).children(recursive=True)):
            # The job may just be starting once more.
            if time.monotonic() > give_up_at_s:
                raise TimeoutError(f"recovery: expected a Python worker within {_WORKER_S:.0f} s, found none")
            time.sleep(0.1)
        worker = max(children, key=lambda it: it.memory_info().rss)
        os.kill(worker.pid, signal.SIGKILL)

    def kill_broker(self) -> None:
        """The only broker; it comes back with the same data."""
        self._broker = _killed_and_started(self._broker)
        require_broker(self.client, deadline_s=60.0)

    def close(self) -> None:
        """End what the stack does not know of."""
        stop_children([self._task_manager, self._broker])

    def _fleet(self, stack: LocalStack) -> Path:
        path = stack.state_dir / "fleet.yaml"
        path.write_text(
            json.dumps(
                {
                    "version": 1,
                    "regions": {REGION: {"kafka": {"bootstrap": stack.broker.bootstrap}}},
                    "groups": {GROUP: {"priority": "safety", "sampling": {"motion": "2/s"}, "detector": "null-416"}},
                    "cameras": {"door-0": {"url": "rtsp://camera/0", "region": REGION, "group": GROUP}},
                }
            )
        )
        return path


def _killed_and_started(child: Child) -> Child:
    os.killpg(child.pid, signal.SIGKILL)
    return start_again(child)


def suffer(name: str, kill: Callable[[], None], watch: Watch, deadline_s: float) -> Kill:
    """Kill once, and wait until results are in time again."""
    at_us = now_us()
    kill()
    first = wait_for(watch, lambda it: it.result.published_at_us > at_us, f"a result after the {name}", deadline_s)
    in_time = wait_for(
        watch,
        lambda it: it.at_us > first.at_us and it.at_us - it.result.published_at_us < _IN_TIME_S * 1e6,
        f"results in time after the {name}",
        deadline_s,
    )
    return Kill(name, at_us, first.at_us, in_time.at_us)


def wait_for(watch: Watch, fits: Callable[[Arrival], bool], what: str, deadline_s: float) -> Arrival:
    """The first arrival that fits."""
    give_up_at_s, seen = time.monotonic() + deadline_s, max(0, len(watch.arrivals) - 1)
    while time.monotonic() < give_up_at_s:
        while seen < len(watch.arrivals):
            if fits(watch.arrivals[seen]):
                return watch.arrivals[seen]
            seen += 1
        time.sleep(0.02)
    raise TimeoutError(f"recovery: expected {what} within {deadline_s:.0f} s")


def run_recovery(options: RecoveryOptions) -> dict[str, Any]:
    """Suffer all three failures in one run; returns the figures."""
    with LocalStack(cluster_options=FlinkClusterOptions(task_managers=1)) as stack:
        site = Site(stack)
        site.start_job()
        watch, load = Watch(site.client, stack.cluster.prometheus_urls), Load(site.client, options.cameras)
        ways = {
            "task_manager": site.kill_task_manager,
            "python_worker": site.kill_python_worker,
            "broker": site.kill_broker,
        }
        kills: list[Kill] = []
        try:
            with watch.running():
                with load.running():
                    wait_for(watch, lambda _: True, "a first result", options.deadline_s)
                    for name, kill in ways.items():
                        time.sleep(options.steady_s)
                        kills.append(suffer(name, kill, watch, options.deadline_s))
                    time.sleep(options.steady_s)
                settle(watch, load)
            return figures(options, kills, watch, load)
        finally:
            site.close()


def settle(watch: Watch, load: Load, quiet_s: float = 10.0) -> None:
    """Wait until every frame has its fate, or nothing has come for a while."""
    last_s, count = time.monotonic(), 0
    while load.published.keys() - watch.fates() and time.monotonic() < last_s + quiet_s:
        if len(watch.arrivals) > count:
            last_s, count = time.monotonic(), len(watch.arrivals)
        time.sleep(0.1)


def figures(options: RecoveryOptions, kills: Sequence[Kill], watch: Watch, load: Load) -> dict[str, Any]:
    """The account of the whole run, and of each kill: of the frames published from then until the next one."""
    ends = [kill.at_us for kill in kills[1:]] + [now_us()]
    missing = load.published.keys() - watch.fates()
    drops = watch.drops()
    shed = sum(drops.values()) - drops[DropReason.DUPLICATE]
    return {
        "cameras": options.cameras,
        "frames_per_s": options.cameras * 1e6 / PERIOD_US,
        "frame_bytes": load.frame_bytes,
        "published": len(load.published),
        "results": len({it.result.frame_id for it in watch.arrivals}),
        "dead_letters": len(set(watch.dead)),
        "counted_drops": drops,
        "lost": max(0, len(missing) - shed),
        "order_violations": order_violations([it.result for it in watch.arrivals]),
        "kills": {kill.name: _of_kill(kill, end_us, watch, load) for kill, end_us in zip(kills, ends, strict=True)},
    }


def _of_kill(kill: Kill, end_us: int, watch: Watch, load: Load) -> dict[str, Any]:
    published = load.published.items()
    frames = {it for it, at_us in published if kill.at_us <= at_us + _ON_ITS_WAY_US < end_us}
    results = [it.result for it in watch.arrivals if it.result.frame_id in frames]
    distinct = {it.frame_id: it for it in results}
    waited_us = {it.frame_id: it.admitted_at_us - it.published_at_us for it in distinct.values()}
    return {
        "recovery_s": round((kill.first_us - kill.at_us) / 1e6, 1),
        "in_time_again_s": round((kill.in_time_us - kill.at_us) / 1e6, 1),
        "published": len(frames),
        "without_result": len(frames - distinct.keys() - set(watch.dead)),
        "duplicated": len(results) - len(distinct),
        "excused": sum(waited_us[it.frame_id] > stale_after_us(it.reason, Priority.SAFETY) for it in distinct.values()),
        "longest_wait_s": round(max(waited_us.values(), default=0) / 1e6, 1),
    }


def order_violations(results: Sequence[FrameResult]) -> int:
    """Results that came after a newer one of their camera; repeats do not count, their readers drop them."""
    newest: dict[str, int] = {}
    seen: set[str] = set()
    found = 0
    for result in results:
        found += result.frame_id not in seen and result.captured_at_us < newest.get(result.camera_id, 0)
        seen.add(result.frame_id)
        newest[result.camera_id] = max(newest.get(result.camera_id, 0), result.captured_at_us)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, kind in (("cameras", int), ("steady-s", float), ("deadline-s", float)):
        default = RecoveryOptions.__dataclass_fields__[name.replace("-", "_")].default
        parser.add_argument(f"--{name}", type=kind, default=default)
    options = RecoveryOptions(**vars(parser.parse_args()))
    with terminate_on_sigterm():
        found = run_recovery(options)
    print(json.dumps(found))
    return 0 if found["lost"] == found["order_violations"] == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
