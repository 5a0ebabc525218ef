"""The whole way of a frame on this machine, for bench/latency.py: cameras, agent, broker, jobs, delivery, receiver.

Each part is the command that a user would run. The broker stamps frames and alerts at the append, so that waiting in a
producer is told from waiting in a topic.
"""

import json
import os
import secrets
import sys
import tempfile
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ommatid_connectors.kafka import ClientConfig, client_config, ensure_topics
from ommatid_connectors.webhook import WebhookReceiver, new_secret
from ommatid_fleet.demo.services import CAMERA_USER_NAME, Service, agent_service, delivery_service
from ommatid_fleet.flink import FlinkRest
from ommatid_fleet.job_submission import Job, alerts_job, detect_job
from ommatid_fleet.local import ChildExitedError, LocalStack
from ommatid_fleet.local.child_processes import Child, exit_status, log_tail
from ommatid_schemas import Priority, topics
from ommatid_schemas.fleet_file import load_fleet, topic_plan

REGION, GROUP, PRIORITY = "latency", "doors", Priority.SAFETY
FRAMES, ALERTS = topics.frames_topic(REGION, PRIORITY, GROUP), topics.alerts_topic(REGION)
_SCENES = ("street", "street-mirrored", "street-crop")  # people walk through all of them
_PASSWORD, _SECRET = "LATENCY_CAMERA_PASSWORD", "LATENCY_WEBHOOK_SECRET"
_LOWER_HALF = [0.0, 0.45, 1.0, 0.45, 1.0, 1.0, 0.0, 1.0]


@dataclass(frozen=True, slots=True)
class SiteOptions:
    """What is measured.

    Attributes:
        cameras: Simulated cameras, all with moving people.
        motion_rate: Frames a second of a camera in which something moves.
        event_rate: Frames a second of a camera while somebody is seen, beside those of the motion; an alert needs two.
        max_width: Of published frames, pixels.
        model_threads: Threads of one call of the model.
        batch_size: Frames of one call, at most.
        cooldown_s: Distance of two alerts of a rule on one camera, so that there are enough to tell a percentile.
    """

    cameras: int = 8
    motion_rate: float = 1.0
    event_rate: float = 1.0
    max_width: int = 480
    model_threads: int = 2
    batch_size: int = 2
    cooldown_s: float = 2.0


@dataclass(frozen=True, slots=True)
class Site:
    """A running one.

    Attributes:
        receiver: Gets the webhooks.
        client: Settings for Kafka clients.
        children: What has to run as long as it is measured.
    """

    receiver: WebhookReceiver
    client: ClientConfig
    children: Sequence[Child]

    def check(self) -> None:
        """Make sure that nothing has ended.

        Raises:
            ChildExitedError: Something has; with the end of its log.
        """
        for child in self.children:
            if (status := exit_status(child)) is not None:
                raise ChildExitedError(f"{child.name}: ended with {status}\n{log_tail(child.log_path)}")


@contextmanager
def running_site(options: SiteOptions) -> Generator[Site]:
    """Start everything; frames flow once the jobs that look at them run.

    Raises:
        OmmatidError: Something did not start.
    """
    secret = new_secret()
    environment = {**os.environ, _PASSWORD: secrets.token_urlsafe(12), _SECRET: secret.get_secret_value()}
    with ExitStack() as parts:
        folder = Path(parts.enter_context(tempfile.TemporaryDirectory(prefix="ommatid-latency-")))
        cameras = _cameras(options, folder, environment)
        cameras_child = parts.enter_context(cameras.running())
        stack = parts.enter_context(LocalStack())
        receiver = parts.enter_context(WebhookReceiver(secret=secret))
        port = int(str(cameras.wait(cameras_child)["port"]))
        fleet_file = folder / "fleet.yaml"
        fleet_file.write_text(fleet_text(options, stack.broker.bootstrap, port, receiver.url))
        client = create_topics(fleet_file)
        start_jobs(stack, (_detect_job(options, fleet_file), alerts_job(fleet_file, REGION)))
        services = (
            delivery_service(fleet_file, REGION, folder, folder / "snapshots", environment),
            agent_service(fleet_file, REGION, folder, environment),
        )
        children = [parts.enter_context(service.running()) for service in services]
        for service, child in zip(services, children, strict=True):
            service.wait(child)
        yield Site(receiver, client, [cameras_child, stack.broker.child, *stack.cluster.children, *children])


def _cameras(options: SiteOptions, folder: Path, environment: Mapping[str, str]) -> Service:
    scenes = [f"--scene={scene}" for scene in _SCENES]
    argv = ["ommatid", "simulate", "cameras", f"--count={options.cameras}", "--port=0", f"--password-env={_PASSWORD}"]
    return Service("cameras", [*argv, *scenes], folder, environment)


def _detect_job(options: SiteOptions, fleet_file: Path) -> Job:
    job = detect_job(fleet_file, REGION, PRIORITY)
    model = (f"--detector-threads={options.model_threads}", f"--batch-size={options.batch_size}")
    return replace(job, arguments=(*job.arguments, *model))


def fleet_text(options: SiteOptions, bootstrap: str, cameras_port: int, webhook_url: str) -> str:
    """A fleet file; JSON is YAML."""
    rule = {"groups": [GROUP], "labels": ["person"], "min_score": 0.45, "cooldown": f"{options.cooldown_s:g}s"}
    rule |= {"confirm": "2 of 3", "deliver": ["receiver"]}
    sampling = {
        "baseline": "10s",
        "motion": f"{options.motion_rate:g}/s",
        "event": "10s",
        "event_rate": f"{options.event_rate:g}/s",
    }
    return json.dumps(
        {
            "version": 1,
            "regions": {REGION: {"kafka": {"bootstrap": bootstrap}}},
            "groups": {
                GROUP: {"priority": PRIORITY, "sampling": sampling, "publish": {"max_width": options.max_width}}
            },
            "cameras": {f"camera-{n + 1}": _camera(n + 1, cameras_port) for n in range(options.cameras)},
            "rules": {"person-seen": rule, "person-in-front": {**rule, "zones": ["front"]}},
            "deliveries": {"receiver": {"webhook": webhook_url, "secret": f"{{{_SECRET}}}", "allow_private": True}},
        }
    )


def _camera(number: int, port: int) -> dict[str, object]:
    return {
        "url": f"rtsp://{CAMERA_USER_NAME}:{{{_PASSWORD}}}@127.0.0.1:{port}/camera-{number}",
        "region": REGION,
        "group": GROUP,
        "zones": {"front": {"coordinates": _LOWER_HALF}},
    }


def create_topics(fleet_file: Path) -> ClientConfig:
    """The topics of the region as planned, but for the stamp on frames and alerts; returns how to connect."""
    fleet = load_fleet(fleet_file)
    client = client_config(fleet.regions[REGION].kafka)
    stamped = {"message.timestamp.type": "LogAppendTime"}
    ensure_topics(
        client,
        [
            replace(it, config={**it.config, **stamped}) if it.name in {FRAMES, ALERTS} else it
            for it in topic_plan(fleet, REGION)
        ],
    )
    return client


def start_jobs(stack: LocalStack, jobs: Sequence[Job]) -> None:
    """Submit them beside each other and wait until their workers are up."""

    def start(job: Job) -> None:
        job_id = job.submit(stack.cluster.jobmanager, Path(sys.executable))
        FlinkRest(stack.cluster.rest_url).wait_until_running(job_id)

    with ThreadPoolExecutor(len(jobs)) as threads:
        list(threads.map(start, jobs))
