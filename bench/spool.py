"""What the spool costs: frames pass through it at a steady rate, then as fast as it takes them, then drain from disk.

Prints one JSON object. `through_memory` is the baseline: the same publisher with a store that keeps frames in memory.
The difference is what the disk costs. CPU is that of the whole process, the load generator included.
"""

import argparse
import json
import os
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import Any

from ommatid_edge.agent_plan import plan_agent
from ommatid_edge.camera_plan import CameraPlan
from ommatid_edge.chosen_frame import ChosenFrame
from ommatid_edge.frame_counters import FrameCounters
from ommatid_edge.frame_forwarder import Delivery, PublisherClock
from ommatid_edge.frame_publisher import FramePublisher
from ommatid_edge.record_sink import Acknowledged, Busy, OnDone, OutgoingRecord, Refused, Returned
from ommatid_edge.spool import FrameSpool, InMemoryStore, SpoolLimits, SqliteStore
from ommatid_schemas.codec import SingleObjectCodec
from ommatid_schemas.events import Clock, Reason
from ommatid_schemas.fleet_file import parse_fleet

_ACKNOWLEDGED_AFTER_S = 0.01
_MB = 1e6


@dataclass(frozen=True, slots=True)
class Load:
    """``per_s`` frames of ``image_bytes`` from ``cameras``, for ``seconds``."""

    per_s: float
    image_bytes: int
    cameras: int
    seconds: float


class DelayedSink:
    """Acknowledges each record a while after it came, from a thread of its own; holds everything while closed."""

    def __init__(self) -> None:
        self.sent_at_s: list[float] = []
        self.open = threading.Event()
        self._waiting: deque[tuple[float, OnDone]] = deque()
        threading.Thread(target=self._acknowledge, daemon=True).start()

    def send(self, record: OutgoingRecord, on_done: OnDone) -> Refused | Returned | Busy | None:
        """Take a record."""
        del record
        self.sent_at_s.append(time.monotonic())
        self._waiting.append((time.monotonic() + _ACKNOWLEDGED_AFTER_S, on_done))
        return None

    def mend(self) -> None:
        """It never stops for good."""

    @property
    def queued(self) -> int:
        """Records without an acknowledgement."""
        return len(self._waiting)

    def close(self, deadline_s: float) -> int:
        """Nothing is to be closed."""
        del deadline_s
        return 0

    def _acknowledge(self) -> None:
        while True:
            self.open.wait()
            time.sleep(0.005)
            while self._waiting and self._waiting[0][0] <= time.monotonic():
                self._waiting.popleft()[1](Acknowledged())


class Run:
    """One publisher with its store and sink."""

    def __init__(self, store: InMemoryStore | SqliteStore) -> None:
        self.sink = DelayedSink()
        self.counters = FrameCounters()
        clock = PublisherClock(lambda: time.time_ns() // 1000, time.monotonic)
        delivery = Delivery(self.sink, SingleObjectCodec(), "agent-1", clock, lambda _: None)
        self.publisher = FramePublisher(FrameSpool(store, SpoolLimits()), delivery)
        self.publisher.start(lambda _: self.counters)

    def feed(self, plans: Sequence[CameraPlan], load: Load, *, paced: bool) -> list[float]:
        """Accept the load's frames; returns when each was accepted."""
        image = os.urandom(load.image_bytes)
        began_s, at_us = time.monotonic(), time.time_ns() // 1000
        accepted_at_s: list[float] = []
        for number in range(round(load.per_s * load.seconds)):
            plan = plans[number % len(plans)]
            if paced:
                time.sleep(max(0.0, began_s + number / load.per_s - time.monotonic()))
            elif number % 100 == 99:
                self.wait_for_disk()
            accepted_at_s.append(time.monotonic())
            self.counters.captured()
            frame = ChosenFrame(plan.camera_id, at_us + number, Clock.RTCP, Reason.MOTION, 0.1, 640, 480, image)
            self.publisher.accept(plan, frame, self.counters)
        return accepted_at_s

    def wait_for_disk(self) -> None:
        """Return once everything accepted is in the spool, or has left it."""
        while self.publisher.progress().backlog_frames < self.counters.totals().pending:
            time.sleep(0.002)

    def wait(self) -> None:
        """Return once everything is acknowledged."""
        while self.counters.totals().pending:
            time.sleep(0.005)


def steady(plans: Sequence[CameraPlan], load: Load, store: InMemoryStore | SqliteStore) -> dict[str, float]:
    """Frames at the load's rate while the broker answers."""
    run = Run(store)
    run.sink.open.set()
    written, cpu_s, began_s = written_bytes(), time.process_time(), time.monotonic()
    accepted_at_s = run.feed(plans, load, paced=True)
    run.wait()
    seconds, frames = time.monotonic() - began_s, len(accepted_at_s)
    cpu_s, written = time.process_time() - cpu_s, written_bytes() - written
    delays_ms = [1000 * (sent - accepted) for sent, accepted in zip(run.sink.sent_at_s, accepted_at_s, strict=True)]
    run.publisher.close(1.0)
    cuts = quantiles(delays_ms, n=100)
    return {
        "cpu_share": round(cpu_s / seconds, 4),
        "cpu_us_per_frame": round(1e6 * cpu_s / frames),
        "written_bytes_per_image_byte": round(written / frames / load.image_bytes, 2),
        "accept_to_send_p50_ms": round(cuts[49], 1),
        "accept_to_send_p99_ms": round(cuts[98], 1),
    }


def backlog(plans: Sequence[CameraPlan], load: Load, store: SqliteStore) -> dict[str, float]:
    """Frames as fast as the disk takes them while the broker is silent, then the drain."""
    run = Run(store)
    cpu_s, began_s = time.process_time(), time.monotonic()
    frames = len(run.feed(plans, load, paced=False))
    run.wait_for_disk()
    spooled_s, spooled_cpu_s = time.monotonic() - began_s, time.process_time() - cpu_s
    megabytes = run.publisher.progress().backlog_bytes / _MB
    cpu_s, began_s = time.process_time(), time.monotonic()
    run.sink.open.set()
    run.wait()
    drained_s, drained_cpu_s = time.monotonic() - began_s, time.process_time() - cpu_s
    run.publisher.close(1.0)
    return {
        "frames": frames,
        "megabytes": round(megabytes),
        "spooled_per_s": round(frames / spooled_s),
        "spool_cpu_us_per_frame": round(1e6 * spooled_cpu_s / frames),
        "drained_per_s": round(frames / drained_s),
        "drain_cpu_us_per_frame": round(1e6 * drained_cpu_s / frames),
    }


def written_bytes() -> int:
    """What this process had written to storage so far (proc_pid_io(5))."""
    fields = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(fields["write_bytes"])


def make_plans(cameras: int) -> Sequence[CameraPlan]:
    """Plans of that many cameras."""
    fleet = {
        "version": 1,
        "regions": {"eu": {"kafka": {"bootstrap": "127.0.0.1:9092"}}},
        "groups": {"all": {"priority": "standard"}},
        "cameras": {
            f"cam-{number}": {"url": "rtsp://127.0.0.1/x", "region": "eu", "group": "all"} for number in range(cameras)
        },
    }
    return plan_agent(parse_fleet(json.dumps(fleet)), None, (), {}).cameras


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--per-s", type=float, default=200.0)
    parser.add_argument("--image-bytes", type=int, default=40_000)
    parser.add_argument("--cameras", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=15.0)
    load = Load(**vars(parser.parse_args()))
    plans = make_plans(load.cameras)
    figures: dict[str, Any] = {"frames_per_s": load.per_s, "image_bytes": load.image_bytes, "cameras": load.cameras}
    with tempfile.TemporaryDirectory() as live, tempfile.TemporaryDirectory() as held:
        figures["through_memory"] = steady(plans, load, InMemoryStore())
        figures["through_disk"] = steady(plans, load, SqliteStore(Path(live)))
        figures["backlog"] = backlog(plans, load, SqliteStore(Path(held)))
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
