"""Is an alert ever lost or out of order? Delivery gets SIGKILL while its receiver fails at random.

A real broker, two delivery processes that share the load and one ledger, and a receiver that answers 500, 429 and 503,
is silent past the timeout, and cuts connections, before or after it has taken the alert. One process after the other
gets SIGKILL and is started again. Prints one JSON object: the chaos, and as its baseline the same alerts with nothing
failing. Exit status 1 when an alert is lost, taken twice by `webhook-id`, a dead letter, or out of order.
"""

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from ommatid_connectors.kafka import RecordProducer, client_config, ensure_topics
from ommatid_connectors.webhook import Answer, Received, WebhookReceiver, new_secret
from ommatid_fleet.local import KafkaBroker, terminate_on_sigterm
from ommatid_fleet.local.child_processes import Child, start_child, stop_children
from ommatid_jobs.delivery import Ledger, LedgerState
from ommatid_jobs.delivery.trial_alert import trial_alert
from ommatid_schemas import Alert, SingleObjectCodec, topics
from ommatid_schemas.fleet_file import KafkaConnection, parse_fleet, topic_plan

_COMMAND = Path(sys.executable).with_name("ommatid")
_SPEED = {
    "RETRY_FIRST_S": "0.1",
    "RETRY_MAX_S": "0.5",
    "RETRY_AFTER_MAX_S": "1",
    "CIRCUIT_MAX_S": "0.5",
    "ANSWER_TIMEOUT_S": "0.5",
    "CONNECT_TIMEOUT_S": "2",
}


@dataclass(frozen=True, slots=True)
class ChaosOptions:
    """What happens.

    Attributes:
        alerts: Published in all, spread over the cameras.
        cameras: Each with a sequence of alerts of its own.
        failing: Share of requests that do not simply get 200.
        kills: SIGKILLs, one process after the other.
        deadline_s: Longest time until every alert must have been taken.
        seed: Of the receiver's moods.
    """

    alerts: int = 500
    cameras: int = 12
    failing: float = 0.4
    kills: int = 4
    deadline_s: float = 150.0
    seed: int = 1


@dataclass(frozen=True, slots=True)
class ChaosFigures:
    """What was seen.

    Attributes:
        lost: Alerts that the receiver never took.
        taken_twice: Alerts that it took more than once in spite of dropping repeats by `webhook-id`.
        repeats: Requests that it dropped for that; each is a request whose answer was lost.
        disordered: Alerts of a camera that were first taken after a later one.
        given_up: Alerts that became dead letters.
    """

    alerts: int
    lost: int
    taken_twice: int
    repeats: int
    disordered: int
    given_up: int
    requests: int
    failed_requests: int
    kills: int
    took_s: float

    @property
    def holds(self) -> bool:
        """Whether what delivery promises was kept."""
        return self.lost == self.taken_twice == self.disordered == self.given_up == 0


def moods(failing: float, seed: int) -> Iterator[Answer]:
    """Answers without end: most are 200, the others any failure that an endpoint can have."""
    draw = random.Random(seed)  # noqa: S311 - a receiver's moods are no secret
    failures = [
        Answer(500),
        Answer(503, retry_after_s=1),
        Answer(429, retry_after_s=1),
        Answer(503, silent_s=2.0),
        Answer(200, silent_s=2.0),
        Answer(500, reset=True),
        Answer(200, reset=True),
    ]
    while True:
        yield draw.choice(failures) if draw.random() < failing else Answer()


def run_chaos(bootstrap: str, region: str, folder: Path, options: ChaosOptions) -> ChaosFigures:
    """Publish alerts into a region of its own and see what arrives.

    Args:
        bootstrap: Brokers, host:port.
        region: Name that no other run on these brokers uses.
        folder: Receives ledger, snapshots and logs.
        options: What happens.
    """
    secret, script = new_secret(), moods(options.failing, options.seed)
    started_s = time.monotonic()
    with ExitStack() as stack:
        receiver = stack.enter_context(WebhookReceiver(script, secret))
        fleet_file = folder / f"{region}.yaml"
        fleet_file.write_text(_fleet(bootstrap, region, receiver.url))
        fleet = parse_fleet(fleet_file.read_text())
        ensure_topics(client_config(KafkaConnection(bootstrap=bootstrap)), topic_plan(fleet, region))
        environment = {**os.environ, **_environment(folder, region), "SECRET": secret.get_secret_value()}
        children = [_start(fleet_file, folder, number, environment) for number in range(2)]
        stack.callback(stop_children, children)
        _publish(bootstrap, region, options)
        _kill_and_wait(receiver, children, options, lambda number: _start(fleet_file, folder, number, environment))
        received, took_s = receiver.received, time.monotonic() - started_s
    return _figures(options, received, _given_up(folder, region), took_s)


def _fleet(bootstrap: str, region: str, url: str) -> str:
    fleet = {
        "version": 1,
        "regions": {region: {"kafka": {"bootstrap": bootstrap}}},
        "groups": {"all": {"priority": "safety"}},
        "deliveries": {"soc": {"webhook": url, "secret": "{SECRET}", "allow_private": True}},
    }
    return json.dumps(fleet)


def _environment(folder: Path, region: str) -> dict[str, str]:
    settings = {"LEDGER": _ledger_url(folder, region), "SNAPSHOTS": (folder / "snapshots").as_uri(), "REGION": region}
    return {f"OMMATID_DELIVERY_{name}": value for name, value in {**_SPEED, **settings}.items()}


def _ledger_url(folder: Path, region: str) -> str:
    return f"sqlite:///{folder / region}.sqlite"


def _start(fleet_file: Path, folder: Path, number: int, environment: dict[str, str]) -> Child:
    command = [str(_COMMAND), "deliver", "run", "--fleet", str(fleet_file)]
    log = folder / f"{fleet_file.stem}-{number}.log"
    return start_child(f"delivery-{number}", command, log_path=log, environment=environment)


def _publish(bootstrap: str, region: str, options: ChaosOptions) -> None:
    codec, topic = SingleObjectCodec(), topics.alerts_topic(region)
    with RecordProducer(client_config(KafkaConnection(bootstrap=bootstrap))) as producer:
        for number in range(options.alerts):
            alert = _alert(region, number, options.cameras)
            producer.produce(topic, alert.camera_id.encode(), codec.encode(alert), alert.captured_at_us // 1000)
        producer.flush(30.0)


def _alert(region: str, number: int, cameras: int) -> Alert:
    alert = trial_alert(f"alert-{number:05d}", time.time_ns() // 1000, region)
    return replace(alert, camera_id=f"camera-{number % cameras}", deliver=("soc",))


def _kill_and_wait(
    receiver: WebhookReceiver, children: list[Child], options: ChaosOptions, start: Callable[[int], Child]
) -> None:
    """Kill at even shares of the alerts taken, so that each kill hits work in progress."""
    until_s = time.monotonic() + options.deadline_s
    for kill in range(options.kills):
        receiver.wait_for(options.alerts * (kill + 1) // (options.kills + 2), until_s - time.monotonic())
        number = kill % len(children)
        os.kill(children[number].pid, signal.SIGKILL)
        children[number].process.wait()
        children[number] = start(number)
    receiver.wait_for(options.alerts, until_s - time.monotonic())


def _given_up(folder: Path, region: str) -> int:
    ledger = Ledger.open(_ledger_url(folder, region))
    try:
        return sum(entry.state is LedgerState.GIVEN_UP for entry in ledger.entries())
    finally:
        ledger.close()


def _figures(options: ChaosOptions, received: tuple[Received, ...], given_up: int, took_s: float) -> ChaosFigures:
    taken = [request for request in received if request.accepted]
    ids = [request.message_id for request in taken]
    return ChaosFigures(
        alerts=options.alerts,
        lost=options.alerts - len(set(ids)),
        taken_twice=len(ids) - len(set(ids)),
        repeats=sum(request.repeated for request in received),
        disordered=_disordered(taken),
        given_up=given_up,
        requests=len(received),
        failed_requests=sum(request.status >= 300 for request in received),
        kills=options.kills,
        took_s=round(took_s, 1),
    )


def _disordered(taken: list[Received]) -> int:
    """Ids count up in the order in which the alerts were raised."""
    latest, disordered = dict[str, str](), 0
    for request in taken:
        camera_id = request.payload["camera"]
        disordered += request.message_id < latest.get(camera_id, "")
        latest[camera_id] = max(request.message_id, latest.get(camera_id, ""))
    return disordered


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alerts", type=int, default=ChaosOptions().alerts)
    parser.add_argument("--kills", type=int, default=ChaosOptions().kills)
    arguments = parser.parse_args()
    options = ChaosOptions(alerts=arguments.alerts, kills=arguments.kills)
    with tempfile.TemporaryDirectory() as name, terminate_on_sigterm(), KafkaBroker.start(Path(name)) as broker:
        quiet = replace(options, failing=0.0, kills=0)
        baseline = run_chaos(broker.bootstrap, "quiet", Path(name), quiet)
        chaos = run_chaos(broker.bootstrap, "chaos", Path(name), options)
    print(json.dumps({"chaos": asdict(chaos), "baseline": asdict(baseline)}))
    return 0 if chaos.holds and baseline.holds else 1


if __name__ == "__main__":
    sys.exit(main())
