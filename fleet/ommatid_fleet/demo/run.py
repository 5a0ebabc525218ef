"""Run everything on this machine, show the alerts, and account for every frame at the end."""

import os
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ommatid_connectors.kafka import ClientConfig, client_config, ensure_topics
from ommatid_connectors.webhook import WebhookReceiver, new_secret
from ommatid_fleet.demo.accounting import DemoReport, ReceivedAlert
from ommatid_fleet.demo.alert_watch import AlertWatch
from ommatid_fleet.demo.frame_meter import FrameMeter, FrameTally
from ommatid_fleet.demo.options import DemoOptions
from ommatid_fleet.demo.scenario import CAMERA_PASSWORD, CAMERA_USER, REGION, WEBHOOK_SECRET, Addresses, demo_fleet
from ommatid_fleet.demo.screen import Screen
from ommatid_fleet.demo.services import (
    CAMERA_USER_NAME,
    agent_service,
    agent_summary,
    cameras_service,
    delivery_service,
)
from ommatid_fleet.flink import FlinkRest
from ommatid_fleet.job_submission import Job, alerts_job, detect_job
from ommatid_fleet.local import LocalStack
from ommatid_fleet.local.child_processes import Child, stop_children
from ommatid_schemas import Priority, SingleObjectCodec
from ommatid_schemas.fleet_file import load_fleet, topic_plan

_SETTLE_S = 30.0


@dataclass(frozen=True, slots=True)
class DemoOutcome:
    """What a run gave.

    Attributes:
        report: Its figures.
        alerts: Every alert, in order of arrival.
        failure: In one sentence why it did not do what was asked; None if it did.
    """

    report: DemoReport
    alerts: tuple[ReceivedAlert, ...]
    failure: str | None


@dataclass(frozen=True, slots=True)
class _Place:
    """What the parts of a run share."""

    folder: Path
    environment: Mapping[str, str]
    stack: LocalStack
    fleet_path: Path
    client: ClientConfig


def run_demo(options: DemoOptions, screen: Screen) -> DemoOutcome:
    """Run the demo to its end.

    Raises:
        OmmatidError: Something did not start, or ended while it was needed.
    """
    watch = AlertWatch(screen, started_at_s=time.monotonic())
    environment = _environment()
    with _working_folder(options) as folder, ExitStack() as running:
        cameras = cameras_service(options.cameras, folder, environment, CAMERA_PASSWORD)
        camera_child = running.enter_context(cameras.running())
        stack = running.enter_context(LocalStack(options.keep_state, folder, on_step=screen.on_step))
        receiver = running.enter_context(WebhookReceiver(on_accepted=watch.on_accepted))
        fleet_path = _write_fleet(options, folder, stack, receiver, cameras.wait(camera_child))
        client = client_config(load_fleet(fleet_path).regions[REGION].kafka)
        place = _Place(folder, environment, stack, fleet_path, client)
        return _alerts_and_account(options, place, watch, screen, camera_child)


@contextmanager
def _working_folder(options: DemoOptions) -> Generator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="ommatid-demo-"))
    try:
        yield folder
    finally:
        if not options.keep_state:
            shutil.rmtree(folder, ignore_errors=True)


def _environment() -> dict[str, str]:
    """Secrets of this run, beside what a command needs to start."""
    return {
        **os.environ,
        CAMERA_USER: CAMERA_USER_NAME,
        CAMERA_PASSWORD: secrets.token_urlsafe(12),
        WEBHOOK_SECRET: new_secret().get_secret_value(),
    }


def _write_fleet(
    options: DemoOptions, folder: Path, stack: LocalStack, receiver: WebhookReceiver, cameras: Mapping[str, Any]
) -> Path:
    addresses = Addresses(stack.broker.bootstrap, cameras["host"], cameras["port"], receiver.url)
    names = [camera["name"] for camera in cameras["cameras"]]
    path = folder / "fleet.yaml"
    path.write_text(demo_fleet(names, addresses, options.cooldown_s), encoding="utf-8")
    return path


def _alerts_and_account(
    options: DemoOptions, place: _Place, watch: AlertWatch, screen: Screen, camera_child: Child
) -> DemoOutcome:
    agent = agent_service(place.fleet_path, REGION, place.folder, place.environment)
    delivery = delivery_service(place.fleet_path, REGION, place.folder, options.output, place.environment)
    with screen.step("create topics"):
        ensure_topics(place.client, topic_plan(load_fleet(place.fleet_path), REGION))
    jobs = _submit_jobs(place, screen)
    # Frames that are published before somebody looks at them would only grow stale.
    with delivery.running() as delivery_child, agent.running() as agent_child:
        with screen.step("start agent and delivery"):
            agent.wait(agent_child)
            delivery.wait(delivery_child)
        watch.needs([camera_child, delivery_child, agent_child], FlinkRest(place.stack.cluster.rest_url), jobs)
        failure = watch.until(options.until_alerts, options.timeout_s)
        with screen.step("account for every frame"):
            stop_children([agent_child])
            tally = _settled_tally(place)
    return DemoOutcome(watch.report(tally), watch.alerts, failure)


def _submit_jobs(place: _Place, screen: Screen) -> tuple[str, ...]:
    jobs = {
        "start detect job": detect_job(place.fleet_path, REGION, Priority.SAFETY),
        "start alert job": alerts_job(place.fleet_path, REGION),
    }
    with ThreadPoolExecutor(max_workers=len(jobs), thread_name_prefix="submit") as threads:
        started = [threads.submit(_start_job, place, screen, name, job) for name, job in jobs.items()]
        return tuple(job.result() for job in started)


def _start_job(place: _Place, screen: Screen, name: str, job: Job) -> str:
    cluster = place.stack.cluster
    with screen.step(name):
        job_id = job.submit(cluster.jobmanager, Path(sys.executable))
        FlinkRest(cluster.rest_url).wait_until_running(job_id)
    return job_id


def _settled_tally(place: _Place) -> FrameTally:
    urls = place.stack.cluster.prometheus_urls
    with FrameMeter(place.client, SingleObjectCodec(), REGION, urls, agent_summary(place.folder)) as meter:
        return meter.settle(_SETTLE_S)
