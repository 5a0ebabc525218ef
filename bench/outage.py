"""Does a chosen frame survive? The broker is killed under load, the agent as well, and the disk fills up meanwhile.

Simulated cameras, a real broker and the real agent. Halfway through the outage the agent gets SIGKILL and is started
again; then its files may not grow for a while, as on a full disk. Prints one JSON object; exit status 1 when a frame is
lost or out of order. A frame is chosen when it has its number in the spool: what is missing among a camera's numbers
and was not evicted by value is lost.
"""

import argparse
import json
import os
import re
import resource
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from ommatid_connectors.kafka import Record, RecordConsumer, StartAt, client_config, ensure_topics, require_broker
from ommatid_edge.simulator import CameraServer, background_server, default_cameras
from ommatid_fleet.local import KafkaBroker, terminate_on_sigterm
from ommatid_fleet.local.child_processes import Child, start_child, stop_children
from ommatid_fleet.local.kafka_broker import java_command
from ommatid_schemas.codec import SingleObjectCodec
from ommatid_schemas.events import FrameEvent
from ommatid_schemas.fleet_file import KafkaConnection, parse_fleet, topic_plan
from ommatid_schemas.priority import Priority
from ommatid_schemas.topics import frames_topic

REGION = "outage"
GROUPS = {"doors": Priority.SAFETY, "yard": Priority.INSIGHT}
_COMMAND = Path(sys.executable).with_name("ommatid-edge")
_PENDING = re.compile(rb"^ommatid_edge_frames_pending (\S+)$", re.MULTILINE)
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class OutageOptions:
    """Seconds without a broker, cameras with 15 frames/s each, most MiB on disk, seconds of normal operation around."""

    outage_s: float = 60.0
    cameras: int = 6
    spool_mib: int = 512
    steady_s: float = 10.0


@dataclass
class Delivered:
    """What the topics hold, in the order of their partitions."""

    records: int = 0
    sequences: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict[str, int]))
    disordered: int = 0

    def add(self, event: FrameEvent) -> None:
        """Take the next record of a partition; only the first of each frame counts for the order."""
        self.records += 1
        seen = self.sequences[event.camera_id]
        if event.frame_id in seen:
            return
        latest = max(seen.values(), default=-1)
        self.disordered += event.sequence <= latest
        seen[event.frame_id] = event.sequence

    @property
    def frames(self) -> int:
        """Different frames."""
        return sum(map(len, self.sequences.values()))


class Agent:
    """The agent as its users run it, started as often as needed.

    Args:
        folder: Receives its files.
        spool_mib: Most MiB of frames on disk.
    """

    def __init__(self, folder: Path, spool_mib: int) -> None:
        self.spool = folder / "spool"
        self._folder = folder
        self._environment = {
            "OMMATID_EDGE_SPOOL_FOLDER": str(self.spool),
            "OMMATID_EDGE_SPOOL_BYTES": str(spool_mib * _MIB),
            "OMMATID_EDGE_SPOOL_MEMORY_BYTES": str(_MIB),
            "OMMATID_EDGE_FLUSH_DEADLINE_S": "30",
        }
        self._runs = 0
        self._child: Child | None = None

    def start(self) -> None:
        """Start it and wait until it is ready."""
        self._runs += 1
        ready = self._path("ready")
        argv = [str(_COMMAND), "run", f"--fleet={self._folder / 'fleet.yaml'}", "--agent-id=agent-1"]
        files = ["--metrics-port=0", f"--ready-file={ready}", f"--summary-file={self._path('summary')}"]
        self._child = start_child(
            "agent", [*argv, *files], log_path=self.log_path, environment={**os.environ, **self._environment}
        )
        wait_for(ready.exists, "the agent to be ready")

    @property
    def log_path(self) -> Path:
        """Log of all its runs."""
        return self._folder / "agent.log"

    @property
    def pid(self) -> int:
        """Process of the present run."""
        return self._ready()["pid"]

    def kill(self) -> None:
        """SIGKILL."""
        os.kill(self.pid, signal.SIGKILL)
        self._gone()

    def stop(self) -> None:
        """Stop it as an operator does."""
        os.kill(self.pid, signal.SIGTERM)
        self._gone()

    @contextmanager
    def full_disk(self) -> Generator[None]:
        """Let none of its files grow; writing then fails as on a full disk, whoever runs this."""
        largest = max(path.stat().st_size for path in self.spool.iterdir())
        _, hard = resource.prlimit(self.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (largest, hard))
        try:
            yield
        finally:
            resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (hard, hard))

    def pending(self) -> int:
        """Frames that are chosen and not acknowledged."""
        with urlopen(f"http://127.0.0.1:{self._ready()['metrics_port']}/metrics", timeout=5) as page:
            found = _PENDING.search(page.read())
        return round(float(found[1])) if found else 0

    def accounts(self) -> Iterator[Mapping[str, Any]]:
        """Last account of each run."""
        for path in sorted(self._folder.glob("summary-*.json")):
            yield json.loads(path.read_text())

    def _path(self, stem: str) -> Path:
        return self._folder / f"{stem}-{self._runs}.json"

    def _ready(self) -> dict[str, Any]:
        return json.loads(self._path("ready").read_text())

    def _gone(self) -> None:
        if self._child is not None:
            self._child.process.wait(60.0)
            stop_children([self._child], deadline_s=0.0)


def wait_for(condition: Callable[[], object], what: str, deadline_s: float = 60.0) -> float:
    """Return after how many seconds a condition holds; end the program when it does not in time."""
    started_s = time.monotonic()
    while not condition():
        if time.monotonic() > started_s + deadline_s:
            raise TimeoutError(f"outage: expected {what} within {deadline_s:.0f} s")
        time.sleep(0.05)
    return time.monotonic() - started_s


def run_outage(folder: Path, options: OutageOptions) -> dict[str, Any]:
    """Let it all happen below ``folder``; returns the figures."""
    server = CameraServer(default_cameras(options.cameras))
    broker = KafkaBroker.start(folder / "broker")
    agent = Agent(folder, options.spool_mib)
    try:
        with background_server(server) as cameras:
            (folder / "fleet.yaml").write_text(_fleet(broker.bootstrap, cameras.port, options.cameras))
            _create_topics(folder)
            agent.start()
            time.sleep(options.steady_s)
            broker, waiting, recovery_s = _suffer(agent, broker, folder, options.outage_s)
            time.sleep(options.steady_s)
            agent.stop()
        return _figures(agent, _read(broker), options) | {"backlog_frames": waiting, "recovery_s": round(recovery_s, 1)}
    finally:
        broker.close()


def _suffer(agent: Agent, broker: KafkaBroker, folder: Path, outage_s: float) -> tuple[KafkaBroker, int, float]:
    live = max(10, agent.pending())
    os.killpg(broker.child.pid, signal.SIGKILL)
    broker.close()
    time.sleep(outage_s * 0.4)
    agent.kill()
    agent.start()
    time.sleep(outage_s * 0.2)
    with agent.full_disk():
        time.sleep(outage_s * 0.3)
    time.sleep(outage_s * 0.1)
    waiting = agent.pending()
    restarted = _start_again(broker, folder / "broker")
    recovery_s = wait_for(lambda: agent.pending() <= live, "the backlog to drain", 60.0 + 2 * outage_s)
    return restarted, waiting, recovery_s


def _start_again(broker: KafkaBroker, state_dir: Path) -> KafkaBroker:
    """The same broker with the same ports and data."""
    home = state_dir / "kafka"
    command = java_command(home, 512, "kafka.Kafka", str(home / "server.properties"))
    child = start_child("Kafka broker", command, log_path=state_dir / "log" / "kafka.log")
    require_broker(client_config(KafkaConnection(bootstrap=broker.bootstrap)), deadline_s=60.0)
    return KafkaBroker(broker.bootstrap, child)


def _fleet(bootstrap: str, camera_port: int, cameras: int) -> str:
    # Every frame bypasses the gate: the load must not depend on what happens in the scene.
    sampling = {"baseline": "1s", "motion": "10/s", "shadow": 1.0}
    return json.dumps(
        {
            "version": 1,
            "regions": {REGION: {"kafka": {"bootstrap": bootstrap}}},
            "groups": {
                name: {"priority": priority, "sampling": sampling, "decode": {"gear": "full"}}
                for name, priority in GROUPS.items()
            },
            "cameras": {
                f"cam-{number}": {
                    "url": f"rtsp://127.0.0.1:{camera_port}/camera-{number}",
                    "region": REGION,
                    "group": list(GROUPS)[number % len(GROUPS)],
                }
                for number in range(1, cameras + 1)
            },
        }
    )


def _create_topics(folder: Path) -> None:
    fleet = parse_fleet((folder / "fleet.yaml").read_text())
    ensure_topics(client_config(fleet.regions[REGION].kafka), topic_plan(fleet, REGION))


def _read(broker: KafkaBroker) -> Delivered:
    topics = [frames_topic(REGION, priority, name) for name, priority in GROUPS.items()]
    client = client_config(KafkaConnection(bootstrap=broker.bootstrap))
    delivered, silent_since_s = Delivered(), time.monotonic()
    with RecordConsumer.of_all_partitions(client, topics, start=StartAt.EARLIEST) as consumer:
        while time.monotonic() < silent_since_s + 5.0:
            polled = consumer.poll(0.1)
            if isinstance(polled, Record):
                silent_since_s = time.monotonic()
                delivered.add(SingleObjectCodec().decode(FrameEvent, polled.value))
    return delivered


def _figures(agent: Agent, delivered: Delivered, options: OutageOptions) -> dict[str, Any]:
    with closing(sqlite3.connect(agent.spool / "spool.sqlite")) as spool:
        chosen: dict[str, int] = dict(spool.execute("SELECT camera_id, next_sequence FROM cameras"))
        (left,) = spool.execute("SELECT count(*) FROM frames").fetchone()
    dropped = Counter[str]()
    for account in agent.accounts():
        for reason in ("evicted", "too_large", "delivery_failed", "spool_damaged", "agent_fault"):
            dropped[reason] += account["dropped"].get(reason, 0)
    missing = sum(chosen.values()) - delivered.frames
    return {
        "outage_s": options.outage_s,
        "cameras": options.cameras,
        "chosen": sum(chosen.values()),
        "delivered": delivered.frames,
        "duplicates": delivered.records - delivered.frames,
        "evicted": dropped["evicted"],
        "lost": missing - dropped["evicted"] - left,
        "left_in_spool": left,
        "order_violations": delivered.disordered,
        "other_drops": +dropped - Counter(evicted=dropped["evicted"]),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, kind in (("outage-s", float), ("cameras", int), ("spool-mib", int), ("steady-s", float)):
        default = OutageOptions.__dataclass_fields__[name.replace("-", "_")].default
        parser.add_argument(f"--{name}", type=kind, default=default)
    options = OutageOptions(**vars(parser.parse_args()))
    with tempfile.TemporaryDirectory() as folder, terminate_on_sigterm():
        figures = run_outage(Path(folder), options)
    print(json.dumps(figures))
    return 0 if figures["lost"] == figures["order_violations"] == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
