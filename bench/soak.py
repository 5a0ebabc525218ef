"""Does the agent stay as it is? Simulated cameras, a real broker and the real agent, sampled while they run.

Prints one JSON object: memory, threads, file descriptors and CPU of the agent's whole process tree after the warm-up,
in the first half of that time (the baseline) and in the second, and what became of every frame. Memory is told by role:
``agent`` is the process that talks to the broker, ``groups`` are those that watch cameras; soak_memory.py says when it
counts as flat. Exit status 1 when a frame is unaccounted for, the agent did not end well, or a role's memory grows.
"""

import argparse
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import psutil
from confluent_kafka import Consumer, TopicPartition
from rich.console import Console
from rich.progress import Progress

from ommatid_connectors.kafka import client_config, ensure_topics
from ommatid_fleet.demo.services import Service
from ommatid_fleet.local import KafkaBroker, terminate_on_sigterm
from ommatid_fleet.local.child_processes import Child, log_tail, wait_for_exit
from ommatid_schemas.fleet_file import parse_fleet, topic_plan
from ommatid_schemas.priority import Priority
from ommatid_schemas.topics import frames_topic
from soak_memory import Reading, memory

REGION, GROUP, PASSWORD = "soak", "cameras", "s0ak/p@ss"
_WARM_UP_SHARE, _LONGEST_WARM_UP_S = 0.25, 120.0
_CURVE_POINTS = 30
_CONNECTING_S = 120.0
_AGENT, _GROUPS = "agent", "groups"
_MB = 1e6


@dataclass(frozen=True, slots=True)
class Sample:
    """The agent's process tree at one moment.

    Attributes:
        at_s: Monotonic time, seconds.
        rss_bytes: Resident memory by role.
        threads: Threads.
        descriptors: Open file descriptors.
        cpu_s: CPU time of everything that ever ran in the tree, seconds.
        processes: Processes.
    """

    at_s: float
    rss_bytes: Mapping[str, int]
    threads: int
    descriptors: int
    cpu_s: float
    processes: int

    @property
    def total_bytes(self) -> int:
        """Resident memory of all processes."""
        return sum(self.rss_bytes.values())


class TreeWatch:
    """Samples a process and its descendants; the CPU time of those that ended stays counted.

    Args:
        pid: Root of the tree.
    """

    def __init__(self, pid: int) -> None:
        self._root = psutil.Process(pid)
        self._cpu_s: dict[tuple[int, float], float] = {}

    def sample(self) -> Sample:
        """The tree now; a process that ends meanwhile is left out."""
        rss_bytes: dict[str, int] = {_AGENT: 0, _GROUPS: 0}
        threads = descriptors = count = 0
        for process in [self._root, *self._root.children(recursive=True)]:
            try:
                with process.oneshot():
                    times = process.cpu_times()
                    key = (process.pid, process.create_time())
                    # A group has no children, and only it is a child of the agent.
                    rss_bytes[_AGENT if process == self._root else _GROUPS] += process.memory_info().rss
                    threads += process.num_threads()
                    descriptors += process.num_fds()
            except psutil.NoSuchProcess:
                continue
            self._cpu_s[key] = times.user + times.system
            count += 1
        return Sample(time.monotonic(), rss_bytes, threads, descriptors, sum(self._cpu_s.values()), count)


def figures(samples: Sequence[Sample], cameras: int) -> dict[str, Any]:
    """What a stretch of samples says."""
    first, last = samples[0], samples[-1]
    seconds = last.at_s - first.at_s
    return {
        "seconds": round(seconds, 1),
        "rss_mean_mb": round(fmean(it.total_bytes for it in samples) / _MB, 1),
        "memory": memory(
            {role: [Reading(it.at_s, it.rss_bytes[role]) for it in samples] for role in (_AGENT, _GROUPS)}
        ),
        "cpu_ms_per_camera_s": round(1000 * (last.cpu_s - first.cpu_s) / seconds / cameras, 2),
        "threads": _range(it.threads for it in samples),
        "descriptors": _range(it.descriptors for it in samples),
        "processes": _range(it.processes for it in samples),
    }


def _range(values: Any) -> dict[str, int]:
    listed: list[int] = list(values)
    return {"start": listed[0], "end": listed[-1], "min": min(listed), "max": max(listed)}


def fleet_text(bootstrap: str, cameras: Mapping[str, str]) -> str:
    """A fleet file (JSON is YAML) with these cameras by name and URL."""
    return json.dumps(
        {
            "version": 1,
            "regions": {REGION: {"kafka": {"bootstrap": bootstrap}}},
            "groups": {GROUP: {"priority": "standard"}},
            "cameras": {name: {"url": url, "region": REGION, "group": GROUP} for name, url in cameras.items()},
        }
    )


def records_in(bootstrap: str, topic: str) -> int:
    """Records that the broker holds of a topic."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "soak"})
    try:
        partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
        bounds = (consumer.get_watermark_offsets(TopicPartition(topic, it), timeout=10) for it in partitions)
        return sum(high - low for low, high in bounds)
    finally:
        consumer.close()


def seconds_until_streaming(agent: Child, summary_path: Path) -> float:
    """Wait until all cameras give frames, so that connecting is not taken for growth; two minutes at most."""
    started_s = time.monotonic()
    while time.monotonic() - started_s < _CONNECTING_S and wait_for_exit(agent, deadline_s=0.5) is None:
        summary = json.loads(summary_path.read_text()) if summary_path.exists() else {"cameras": {"": {"state": ""}}}
        if {it["state"] for it in summary["cameras"].values()} == {"STREAMING"}:
            break
    return round(time.monotonic() - started_s, 1)


def watch(agent: Child, seconds: float, every_s: float) -> list[Sample]:
    """Sample the agent for a time; stops early when it ends."""
    tree = TreeWatch(agent.pid)
    samples = [tree.sample()]
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("soaking", total=seconds)
        while samples[-1].at_s - samples[0].at_s < seconds and wait_for_exit(agent, deadline_s=every_s) is None:
            samples.append(tree.sample())
            progress.update(task, completed=samples[-1].at_s - samples[0].at_s)
    return samples


def account(summary: Mapping[str, Any], in_topic: int) -> dict[str, Any]:
    """What became of every frame, by the agent's own books and by the broker's."""
    dropped = sum(summary["dropped"].values())
    balance = summary["captured"] + summary["recovered"] - summary["published"] - summary["pending"] - dropped
    return {
        **{key: summary[key] for key in ("captured", "recovered", "published", "pending", "dropped")},
        "in_topic": in_topic,
        "accounted": balance == 0 and summary["pending"] == 0 and in_topic == summary["published"],
    }


def soak(cameras: int, minutes: float, folder: Path) -> dict[str, Any]:
    """Run it; the result also has what an operator would look at: states, reconnects, restarts of groups."""
    environment = {**os.environ, "SOAK_PASSWORD": PASSWORD, "OMMATID_EDGE_SPOOL_FOLDER": str(folder / "spool")}
    simulator = ["ommatid", "simulate", "cameras", f"--count={cameras}", "--port=0", "--password-env=SOAK_PASSWORD"]
    fleet_path, summary_path = folder / "fleet.yaml", folder / "summary.json"
    agent = ["ommatid-edge", "run", f"--fleet={fleet_path}", f"--summary-file={summary_path}", "--metrics-port=0"]
    served = Service("cameras", simulator, folder, environment)
    watched = Service("agent", [*agent, "--agent-id=soak"], folder, environment)
    with KafkaBroker.start(folder) as broker, served.running() as simulated:
        port = served.wait(simulated)["port"]
        urls = {
            f"camera-{n + 1}": f"rtsp://ommatid:{{SOAK_PASSWORD}}@127.0.0.1:{port}/camera-{n + 1}"
            for n in range(cameras)
        }
        text = fleet_text(broker.bootstrap, urls)
        fleet_path.write_text(text)
        fleet = parse_fleet(text)
        ensure_topics(client_config(fleet.regions[REGION].kafka), topic_plan(fleet, REGION))
        with watched.running() as child:
            watched.wait(child)
            connecting_s = seconds_until_streaming(child, summary_path)
            samples = watch(child, 60 * minutes, every_s=min(5.0, minutes * 2))
            while_running = json.loads(summary_path.read_text())
            os.kill(child.pid, signal.SIGTERM)
            status = wait_for_exit(child, deadline_s=60)
        frames = account(json.loads(summary_path.read_text()), records_in(broker.bootstrap, _topic()))
    if status != 0:
        sys.stderr.write(f"soak: the agent ended with {status}\n{log_tail(child.log_path)}\n")
    run = {"connecting_s": connecting_s, **_result(samples, cameras, minutes)}
    return {**run, **_operation(while_running), "frames": frames, "exit_status": status}


def _topic() -> str:
    return frames_topic(REGION, Priority.STANDARD, GROUP)


def _result(samples: Sequence[Sample], cameras: int, minutes: float) -> dict[str, Any]:
    warm_up_s = min(_LONGEST_WARM_UP_S, _WARM_UP_SHARE * 60 * minutes)
    warm = [it for it in samples if it.at_s - samples[0].at_s >= warm_up_s]
    half = len(warm) // 2
    whole, first, second = (figures(part, cameras) for part in (warm, warm[: half + 1], warm[half:]))
    return {
        "cameras": cameras,
        "minutes": minutes,
        "warm_up_s": warm_up_s,
        "after_warm_up": whole,
        "first_half": first,
        "second_half": second,
        "rss_growth_mb": round(second["rss_mean_mb"] - first["rss_mean_mb"], 1),
        "rss_mb_per_camera": round(whole["rss_mean_mb"] / cameras, 2),
        "rss_mb_over_time": [round(it.total_bytes / _MB) for it in samples[:: max(1, len(samples) // _CURVE_POINTS)]],
        "memory_verdict": {role: it["verdict"] for role, it in second["memory"].items()},
        "threads_flat": whole["threads"]["start"] == whole["threads"]["end"],
    }


def _operation(summary: Mapping[str, Any]) -> dict[str, Any]:
    cameras = summary["cameras"].values()
    states = [it["state"] for it in cameras]
    return {
        "states": {state: states.count(state) for state in sorted(set(states))},
        "reconnects": sum(it["reconnects"] for it in cameras),
        "group_restarts": sum(sum(it["restarts"].values()) for it in summary["groups"]),
        "groups": len(summary["groups"]),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cameras", type=int, default=60, help="simulated cameras")
    parser.add_argument("--minutes", type=float, default=10.0, help="how long, at least 0.5")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, terminate_on_sigterm():
        result = soak(arguments.cameras, max(0.5, arguments.minutes), Path(folder))
    print(json.dumps(result))
    grows = "grows" in result["memory_verdict"].values()
    return 0 if result["frames"]["accounted"] and result["exit_status"] == 0 and not grows else 1


if __name__ == "__main__":
    sys.exit(main())
