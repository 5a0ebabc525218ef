import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from ommatid_connectors.webhook import WebhookReceiver
from tests.services.delivery.site_under_test import Site

COMMAND = [sys.executable, "-c", "from ommatid_jobs.delivery.cli import app; app()", "run"]
FLEET = """
version: 1
regions: {{{region}: {{kafka: {{bootstrap: "{bootstrap}"}}}}}}
groups: {{entrances: {{priority: safety}}}}
deliveries: {{soc: {{webhook: "{webhook}", secret: "{{SECRET}}", allow_private: true}}}}
"""


def options(site: Site, webhook: str, bootstrap: str) -> list[str]:
    fleet = site.folder / "fleet.yaml"
    fleet.write_text(FLEET.format(region=site.region, bootstrap="127.0.0.1:1", webhook=webhook))
    given = {
        "fleet": fleet,
        "region": site.region,
        "snapshots": (site.folder / "snapshots").as_uri(),
        "ledger": site.ledger_url,
        "bootstrap": bootstrap,
        "ready-file": site.folder / "ready.json",
    }
    return [part for name, value in given.items() for part in (f"--{name}", str(value))]


def start(site: Site, *arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "SECRET": site.secret.get_secret_value()}
    return subprocess.Popen([*COMMAND, *arguments], env=environment, stderr=subprocess.PIPE, text=True)


def wait_for(path: Path, deadline_s: float = 20.0) -> None:
    give_up_at = time.monotonic() + deadline_s
    while not path.exists():
        assert time.monotonic() < give_up_at
        time.sleep(0.02)


def test_the_command_delivers_until_sigterm_and_shows_no_secret(site: Site, receiver: WebhookReceiver) -> None:
    site.publish_alert("alert-1")
    process = start(site, *options(site, receiver.url, str(site.client["bootstrap.servers"])))
    wait_for(site.folder / "ready.json")
    (request,) = receiver.wait_for(1, 20.0)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=20.0)

    assert (process.returncode, request.message_id) == (0, "alert-1")
    assert json.loads((site.folder / "ready.json").read_text()) == {"pid": process.pid, "region": site.region}
    assert site.secret.get_secret_value() not in said


def test_a_missing_topic_ends_the_command_with_one_sentence(site: Site, receiver: WebhookReceiver) -> None:
    arguments = options(site, receiver.url, str(site.client["bootstrap.servers"]))
    (site.folder / "fleet.yaml").write_text(
        FLEET.format(region="nowhere", bootstrap="127.0.0.1:1", webhook=receiver.url)
    )
    arguments[arguments.index("--region") + 1] = "nowhere"

    process = start(site, *arguments)
    _, said = process.communicate(timeout=20.0)

    assert process.returncode == 1
    assert "ommatid deliver: Kafka at" in said
    assert "expected the topic omm.alerts.nowhere, found none" in said
