"""What the spool promises, with a real broker: nothing chosen is lost, whatever breaks."""

import subprocess
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from bench.outage import OutageOptions, run_outage
from ommatid_connectors.kafka import ProducerSettings
from ommatid_edge.agent_plan import plan_agent
from ommatid_edge.camera_plan import CameraPlan
from ommatid_edge.chosen_frame import ChosenFrame
from ommatid_edge.frame_counters import FrameCounters, FrameTotals
from ommatid_edge.frame_forwarder import Delivery, PublisherClock
from ommatid_edge.frame_publisher import FramePublisher
from ommatid_edge.frame_selection import DropReason
from ommatid_edge.kafka_sink import KafkaSink
from ommatid_edge.spool import FrameSpool, SpoolLimits, SqliteStore
from ommatid_fleet.local import KafkaBroker
from ommatid_schemas.codec import SingleObjectCodec
from ommatid_schemas.events import Clock, FrameEvent, Reason
from ommatid_schemas.fleet_file import parse_fleet
from tests.services.edge_agent.agent_process import COMMAND, AgentProcess, agent, wait_until
from tests.services.edge_agent.sites import Site


def test_no_chosen_frame_is_lost_while_broker_agent_and_disk_fail(tmp_path: Path):
    """The same as bench/outage.py, in short."""
    figures = run_outage(tmp_path, OutageOptions(outage_s=8.0, cameras=4, spool_mib=64, steady_s=2.0))

    assert (figures["lost"], figures["order_violations"], figures["other_drops"]) == (0, 0, {})
    assert figures["delivered"] + figures["evicted"] == figures["chosen"]
    assert figures["delivered"] > 100
    log = (tmp_path / "agent.log").read_text()
    assert "frames of an earlier run recovered" in log
    assert log.count("spool is full") == 1


def test_frames_that_were_under_way_when_the_agent_was_killed_come_again_as_the_same_frames(
    site: Site, secrets: dict[str, str], camera_url: Callable[[str], str], tmp_path: Path
):
    fleet = site.fleet({"victim": {"url": camera_url("camera-1")}})
    same_spool = {**secrets, "OMMATID_EDGE_SPOOL_FOLDER": str(tmp_path / "spool")}
    for run in ("first", "second"):
        (tmp_path / run).mkdir()
        with agent(tmp_path / run, fleet, same_spool) as running:
            wait_until(lambda running=running: published(running) > 3)
            running.process.kill()
    (tmp_path / "third").mkdir()
    with agent(tmp_path / "third", fleet, same_spool) as running:
        wait_until(lambda: published(running) > 3)
        assert running.stop() == 0
        sent = running.account["published"]

    found = site.read(site.frames_topic, FrameEvent, lambda seen: len({it.sequence for it in seen}) >= sent + 8)

    first_of_each = list({event.frame_id: event.sequence for _, event in found}.values())
    assert first_of_each == list(range(len(first_of_each)))


def test_a_second_agent_does_not_touch_the_spool_of_the_first(
    site: Site, secrets: dict[str, str], camera_url: Callable[[str], str], tmp_path: Path
):
    with agent(tmp_path, site.fleet({"only": {"url": camera_url("camera-1")}}), secrets) as running:
        command = [str(COMMAND), "run", f"--fleet={tmp_path / 'fleet.yaml'}", "--metrics-port=0"]
        environment = {**secrets, "OMMATID_EDGE_SPOOL_FOLDER": str(tmp_path.with_name(f"{tmp_path.name}-spool"))}
        second = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

        assert second.returncode == 2
        assert f"in use by process {running.process.pid}; stop the other agent" in second.stderr
        assert running.process.poll() is None


def test_a_frame_that_is_too_large_for_its_topic_is_dropped_and_the_next_arrives(
    kafka_broker: KafkaBroker, unique_name: Callable[[str], str], tmp_path: Path
):
    site = Site(kafka_broker.bootstrap, unique_name("narrow"), topics=False)
    create_narrow_topic(site, 10_000)
    counters = FrameCounters()
    with publisher(site, tmp_path) as narrow:
        for number, size_bytes in enumerate((1_000, 20_000, 3_000_000, 2_000)):
            accept(narrow, site, counters, number, size_bytes)
            wait_until(lambda: counters.totals().pending == 0)
        backlog_frames = narrow.progress().backlog_frames

    assert counters.totals() == FrameTotals(4, {Reason.MOTION: 2}, {DropReason.TOO_LARGE: 2})
    assert backlog_frames == 0


def test_frames_wait_for_a_topic_that_is_created_later(
    kafka_broker: KafkaBroker, unique_name: Callable[[str], str], tmp_path: Path
):
    site = Site(kafka_broker.bootstrap, unique_name("late"), topics=False)
    counters = FrameCounters()
    with publisher(site, tmp_path) as early:
        for number in range(3):
            accept(early, site, counters, number, 1_000)
        wait_until(lambda: early.progress().queued == 3)
        site.create_topics()
        wait_until(lambda: counters.totals().pending == 0)

    arrived = site.read(site.frames_topic, FrameEvent, lambda seen: len(seen) >= 3)
    assert [event.sequence for _, event in arrived] == [0, 1, 2]


@contextmanager
def publisher(site: Site, folder: Path) -> Generator[FramePublisher]:
    """A publisher to the site's broker, with its spool in a folder."""
    sink = KafkaSink(site.client, ProducerSettings(delivery_timeout_s=None))
    clock = PublisherClock(lambda: time.time_ns() // 1000, time.monotonic)
    delivery = Delivery(sink, SingleObjectCodec(), "agent-1", clock, lambda _: None)
    made = FramePublisher(FrameSpool(SqliteStore(folder), SpoolLimits()), delivery)
    made.start(lambda _: FrameCounters())
    yield made
    made.close(5.0)


def accept(to: FramePublisher, site: Site, counters: FrameCounters, number: int, size_bytes: int) -> None:
    counters.captured()
    at_us = time.time_ns() // 1000 + number
    to.accept(
        plan_of(site), ChosenFrame("c", at_us, Clock.RTCP, Reason.MOTION, 0.1, 64, 48, b"." * size_bytes), counters
    )


def plan_of(site: Site) -> CameraPlan:
    fleet = parse_fleet(site.fleet({"c": {"url": "rtsp://127.0.0.1/c"}}))
    return plan_agent(fleet, None, (), {}).cameras[0]


def create_narrow_topic(site: Site, most_bytes: int) -> None:
    """A frames topic that takes no larger records."""
    topic = NewTopic(site.frames_topic, 1, config={"max.message.bytes": str(most_bytes)})
    # The admin client must outlive its futures; they have no type of their own.
    admin: Any = AdminClient({"bootstrap.servers": site.bootstrap})
    admin.create_topics([topic])[site.frames_topic].result(timeout=30)


def published(running: AgentProcess) -> int:
    """Frames acknowledged so far."""
    return running.account["published"] if (running.folder / "summary.json").exists() else 0
