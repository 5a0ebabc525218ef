"""The command ``ommatid-edge``."""

import json
import os
import random
import resource
import signal
import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from ommatid_connectors.atomic_file import write_atomically
from ommatid_connectors.kafka import ProducerSettings, client_config
from ommatid_connectors.process_logs import configure_logs
from ommatid_edge.agent import Border, EdgeAgent, Requests
from ommatid_edge.agent_plan import AgentPlan, plan_agent
from ommatid_edge.camera_group.process import start_subprocess
from ommatid_edge.discovery.cli import discover
from ommatid_edge.fleet_watch import FleetFile
from ommatid_edge.kafka_sink import KafkaSink
from ommatid_edge.probe.cli import probe_camera
from ommatid_edge.settings import EdgeSettings, load_settings
from ommatid_edge.spool import FrameSpool, SpoolLimits, default_folder, open_spool
from ommatid_edge.trigger_listener import TriggerListener
from ommatid_schemas.codec import SingleObjectCodec
from ommatid_schemas.errors import ConfigurationError
from ommatid_schemas.fleet_file import load_fleet

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.command()(discover)
app.command("probe")(probe_camera)

_CONFIGURATION_FAULT = 2
_BESIDE_FRAMES_BYTES = 8 * 1024 * 1024
_UNKNOWN_TOPIC_S = 5.0


@app.callback()
def main() -> None:
    """The Ommatid edge agent: from cameras to Kafka."""


@app.command()
def run(
    fleet: Annotated[Path, typer.Option(help="The fleet file.")],
    camera: Annotated[list[str] | None, typer.Option(help="Run only this camera; may be repeated.")] = None,
    region: Annotated[str | None, typer.Option(help="Region to serve; needed when the fleet has several.")] = None,
    agent_id: Annotated[str | None, typer.Option(help="Name of this agent in events and status.")] = None,
    bootstrap: Annotated[str | None, typer.Option(help="Brokers instead of the fleet file's.")] = None,
    metrics_port: Annotated[int | None, typer.Option(help="Port of /metrics; 0 takes a free one.")] = None,
    ready_file: Annotated[Path | None, typer.Option(help="Written once everything is started.")] = None,
    summary_file: Annotated[Path | None, typer.Option(help="Account of the run, renewed every second.")] = None,
) -> None:
    """Watch cameras and publish the frames worth looking at, until SIGTERM or Ctrl-C.

    Changes of the fleet file are taken over while it runs, within seconds or at once on SIGHUP.

    Exit codes: 0 after a clean stop, 2 when settings or fleet file are wrong, 1 otherwise.
    """
    configure_logs(os.environ)
    # A core dump would hold pictures and passwords.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    given = {"agent_id": agent_id, "bootstrap": bootstrap, "metrics_port": metrics_port}
    try:
        _check_folders(ready_file, summary_file)
        load_plan = partial(_load_plan, fleet, region, tuple(camera or ()))
        fleet_file = FleetFile(fleet, load_plan)
        settings, plan = _configuration(load_plan, given)
        folder = settings.spool_folder or default_folder(settings.agent_id, os.environ)
        with open_spool(folder, settings.spool_bytes) as store:
            spool = FrameSpool(store, _spool_limits(settings))
            agent = _build(plan, fleet_file, settings, spool, summary_file)
            agent.run(_requests_by_signal(), partial(_tell_ready, ready_file))
    except ConfigurationError as exc:
        typer.echo(f"ommatid-edge: nothing was started\n{exc}", err=True)
        raise typer.Exit(_CONFIGURATION_FAULT) from None
    typer.echo(json.dumps(agent.summary()))


def _load_plan(fleet_path: Path, region: str | None, camera_ids: Sequence[str]) -> AgentPlan:
    return plan_agent(load_fleet(fleet_path), region, camera_ids, os.environ)


def _configuration(load_plan: Callable[[], AgentPlan], given: dict[str, Any]) -> tuple[EdgeSettings, AgentPlan]:
    """Settings and plan; all faults of both in one error."""
    faults: list[str] = []
    settings = plan = None
    try:
        settings = load_settings(given)
    except ConfigurationError as exc:
        faults.append(str(exc))
    try:
        plan = load_plan()
    except ConfigurationError as exc:
        faults.append(str(exc))
    if settings is None or plan is None:
        raise ConfigurationError("\n".join(faults))
    return settings, plan


def _check_folders(*paths: Path | None) -> None:
    missing = [str(path) for path in paths if path is not None and not path.absolute().parent.is_dir()]
    if missing:
        raise ConfigurationError(f"expected a file in an existing folder, found {', '.join(missing)}")


def _spool_limits(settings: EdgeSettings) -> SpoolLimits:
    return SpoolLimits(
        disk_bytes=settings.spool_bytes,
        memory_bytes=settings.spool_memory_bytes,
        under_way_bytes=settings.queue_bytes,
        drain_bytes=settings.spool_drain_bytes,
        drain_latency_s=settings.spool_drain_latency_s,
    )


def _build(
    plan: AgentPlan, fleet_file: FleetFile, settings: EdgeSettings, spool: FrameSpool, summary_file: Path | None
) -> EdgeAgent:
    client = client_config(plan.kafka, settings.bootstrap)
    codec = SingleObjectCodec()
    # The spool bounds what is under way; the rest is room for statuses, and for one frame above the bound.
    producer = ProducerSettings(
        queue_bytes=settings.queue_bytes + _BESIDE_FRAMES_BYTES,
        delivery_timeout_s=None,
        unknown_topic_s=_UNKNOWN_TOPIC_S,
    )
    border = Border(
        start_process=start_subprocess,
        sink=KafkaSink(client, producer),
        spool=spool,
        codec=codec,
        listen=lambda take, topics: TriggerListener(client, topics, codec, take, random.random),
        brokers=settings.bootstrap or plan.kafka.bootstrap,
    )
    return EdgeAgent(plan, fleet_file, settings, border, summary_file)


def _requests_by_signal() -> Requests:
    """SIGTERM and Ctrl-C stop the agent, SIGHUP makes it read the fleet file at once."""
    requests = Requests(stop=threading.Event(), reload=threading.Event())

    def set_event(number: int, frame: FrameType | None) -> None:
        del frame
        (requests.reload if number == signal.SIGHUP else requests.stop).set()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, set_event)
    return requests


def _tell_ready(path: Path | None, metrics_port: int) -> None:
    if path is not None:
        write_atomically(path, json.dumps({"pid": os.getpid(), "metrics_port": metrics_port}))
