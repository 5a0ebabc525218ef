"""One run of an agent, with what it publishes collected as it comes, so that many tests can look at it."""

import json
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.request import urlopen

from ommatid_connectors.kafka import Record, RecordConsumer, StartAt
from ommatid_edge.simulator import CameraServer, Fault
from ommatid_schemas.codec import SingleObjectCodec
from ommatid_schemas.events import CameraState, CameraStatus, FrameEvent
from tests.services.edge_agent.agent_process import AgentProcess, wait_until
from tests.services.edge_agent.sites import Site

DEADLINE_S = 40.0


class FaultWatch:
    """Statuses and frames of all cameras of a site since the watch began, oldest first."""

    def __init__(self, site: Site) -> None:
        self._status_topic = site.status_topic
        self._codec = SingleObjectCodec()
        self._statuses: list[CameraStatus] = []
        self._frames: list[FrameEvent] = []

    def take(self, record: Record) -> None:
        """Keep one record of either topic."""
        if record.topic == self._status_topic:
            self._statuses.append(self._codec.decode(CameraStatus, record.value))
        else:
            self._frames.append(self._codec.decode(FrameEvent, record.value))

    def states(self, camera_id: str) -> set[CameraState]:
        """All states that a camera was in."""
        return {it.state for it in self._statuses.copy() if it.camera_id == camera_id}

    def last(self, camera_id: str) -> tuple[CameraState, int] | None:
        """State and reconnects of a camera as it last told them."""
        told = (it for it in reversed(self._statuses.copy()) if it.camera_id == camera_id)
        return next(((it.state, it.reconnects) for it in told), None)

    def frames(self, camera_id: str) -> list[FrameEvent]:
        """Frames of a camera."""
        return [it for it in self._frames.copy() if it.camera_id == camera_id]


@contextmanager
def watching(site: Site) -> Generator[FaultWatch]:
    """Collect in a thread for the length of a ``with`` block."""
    watch, stop = FaultWatch(site), threading.Event()
    topics = [site.status_topic, site.frames_topic]
    with RecordConsumer.of_all_partitions(site.client, topics, start=StartAt.EARLIEST) as consumer:

        def collect() -> None:
            while not stop.is_set():
                polled = consumer.poll(0.1)
                if isinstance(polled, Record):
                    watch.take(polled)

        thread = threading.Thread(target=collect, name="fault-watch", daemon=True)
        thread.start()
        try:
            yield watch
        finally:
            stop.set()
            thread.join()


@dataclass(frozen=True)
class Day:
    """One run with everything that went wrong in it."""

    running: AgentProcess
    watch: FaultWatch
    servers: dict[str, CameraServer]

    def switch(self, camera: str, fault: Fault, amount: float | None) -> None:
        self.servers[camera].switch(camera, fault, amount)

    def clear(self, camera: str) -> None:
        self.servers[camera].clear(camera)

    def goes_on(self, camera: str) -> None:
        """Wait until frames that were captured from now on are published."""
        now_us = time.time_ns() // 1000
        self.until(camera, lambda: any(it.captured_at_us > now_us for it in self.watch.frames(camera)))

    def until(self, camera: str, condition: Callable[[], object]) -> None:
        wait_until(condition, lambda: f"{camera}: {self.account(camera)}\n{self.warnings(camera)}", DEADLINE_S)

    def account(self, camera: str) -> dict[str, Any]:
        return self.running.account["cameras"][camera]

    def warnings(self, camera: str) -> list[dict[str, Any]]:
        """What the agent logged of a camera, but that it streams."""
        lines = (json.loads(line) for line in self.running.log.splitlines())
        return [it for it in lines if it.get("camera") == camera and it["level"] != "info"]

    def metric(self, name: str, camera: str) -> float | None:
        """A series of one camera; None if there is none."""
        wanted = f'{name}{{camera_id="{camera}"'
        lines = self.metrics().splitlines()
        return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(wanted)), None)

    def metrics(self) -> str:
        with urlopen(f"http://127.0.0.1:{self.running.metrics_port}/metrics") as response:
            return response.read().decode()
