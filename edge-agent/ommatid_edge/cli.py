"""The command ``ommatid-edge``."""

import json
import os
import random
import signal
import sys
import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, NoReturn

import cv2
import typer

from ommatid_connectors.kafka import ProducerSettings, client_config
from ommatid_edge.agent import Border, EdgeAgent, now_us
from ommatid_edge.agent_plan import AgentPlan, plan_agent
from ommatid_edge.discovery.cli import discover
from ommatid_edge.kafka_sink import KafkaSink
from ommatid_edge.logs import configure_logs
from ommatid_edge.probe.cli import probe_camera
from ommatid_edge.rtsp_stream import StreamLimits, open_rtsp
from ommatid_edge.settings import EdgeSettings, load_settings
from ommatid_edge.summary import write_atomically
from ommatid_edge.trigger_listener import TriggerListener
from ommatid_schemas.codec import SingleObjectCodec
from ommatid_schemas.errors import ConfigurationError
from ommatid_schemas.fleet_file import load_fleet

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.command()(discover)
app.command("probe")(probe_camera)

_CONFIGURATION_FAULT = 2


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

    Exit codes: 0 after a clean stop, 2 when settings or fleet file are wrong, 1 otherwise.
    """
    configure_logs(os.environ)
    # Cameras are the unit of parallel work; a pool of OpenCV's own would only fight with their threads.
    cv2.setNumThreads(1)
    given = {"agent_id": agent_id, "bootstrap": bootstrap, "metrics_port": metrics_port}
    try:
        _check_folders(ready_file, summary_file)
        settings, plan = _configuration(fleet, region, camera or (), given)
        agent = _build(plan, settings, summary_file)
        clean = agent.run(_stop_on_signals(), partial(_tell_ready, ready_file))
    except ConfigurationError as exc:
        typer.echo(f"ommatid-edge: nothing was started\n{exc}", err=True)
        raise typer.Exit(_CONFIGURATION_FAULT) from None
    typer.echo(json.dumps(agent.summary()))
    if not clean:
        _leave_threads_behind()


def _configuration(
    fleet_path: Path, region: str | None, camera_ids: Sequence[str], given: dict[str, Any]
) -> tuple[EdgeSettings, AgentPlan]:
    """Settings and plan; all faults of both in one error."""
    faults: list[str] = []
    settings = plan = None
    try:
        settings = load_settings(given)
    except ConfigurationError as exc:
        faults.append(str(exc))
    try:
        plan = plan_agent(load_fleet(fleet_path), region, camera_ids, os.environ)
    except ConfigurationError as exc:
        faults.append(str(exc))
    if settings is None or plan is None:
        raise ConfigurationError("\n".join(faults))
    return settings, plan


def _check_folders(*paths: Path | None) -> None:
    missing = [str(path) for path in paths if path is not None and not path.absolute().parent.is_dir()]
    if missing:
        raise ConfigurationError(f"expected a file in an existing folder, found {', '.join(missing)}")


def _build(plan: AgentPlan, settings: EdgeSettings, summary_file: Path | None) -> EdgeAgent:
    client = client_config(plan.kafka, settings.bootstrap)
    codec = SingleObjectCodec()
    limits = StreamLimits(
        open_s=settings.open_timeout_s,
        stall_s=settings.stall_timeout_s,
        undecodable_packets=settings.undecodable_packets,
    )
    topics = plan.trigger_topics
    border = Border(
        connect=lambda camera, onlooker, stopping: open_rtsp(camera, onlooker, limits, now_us, stopping),
        sink=KafkaSink(
            client,
            ProducerSettings(queue_bytes=settings.queue_bytes, delivery_timeout_s=settings.delivery_timeout_s),
        ),
        codec=codec,
        listen=(lambda board: TriggerListener(client, topics, codec, board, random.random)) if topics else None,
        brokers=settings.bootstrap or plan.kafka.bootstrap,
    )
    return EdgeAgent(plan, settings, border, summary_file)


def _stop_on_signals() -> threading.Event:
    stop = threading.Event()

    def set_stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        stop.set()

    signal.signal(signal.SIGTERM, set_stop)
    signal.signal(signal.SIGINT, set_stop)
    return stop


def _tell_ready(path: Path | None, metrics_port: int) -> None:
    if path is not None:
        write_atomically(path, {"pid": os.getpid(), "metrics_port": metrics_port})


def _leave_threads_behind() -> NoReturn:
    """End the process although a thread is still connecting.

    FFmpeg cannot be interrupted there, and a thread that comes back from it while the interpreter
    shuts down can crash the process. Everything is flushed by now.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
