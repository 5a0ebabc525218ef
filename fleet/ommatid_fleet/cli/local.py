"""``ommatid local``: a broker and a cluster to try things on."""

import json
import signal
from typing import Annotated

import typer
from rich.console import Console

from ommatid_fleet.cli.arguments import AsJson
from ommatid_fleet.demo.screen import Screen
from ommatid_fleet.local import FlinkClusterOptions, LocalStack, terminate_on_sigterm


def local(
    task_managers: Annotated[int, typer.Option(min=1, help="TaskManagers, one slot each.")] = 2,
    keep: Annotated[bool, typer.Option("--keep", help="Leave logs, topics and checkpoints behind.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run a Kafka broker and a Flink cluster on free ports of this machine until Ctrl-C."""
    screen = Screen(Console(stderr=True))
    options = FlinkClusterOptions(task_managers=task_managers)
    with (
        terminate_on_sigterm(),
        screen,
        LocalStack(keep=keep, cluster_options=options, on_step=screen.on_step) as stack,
    ):
        addresses = {
            "bootstrap": stack.broker.bootstrap,
            "jobmanager": stack.cluster.jobmanager,
            "rest_url": stack.cluster.rest_url,
            "state_dir": str(stack.state_dir),
        }
        typer.echo(json.dumps(addresses) if as_json else "\n".join(f"{k:<12}{v}" for k, v in addresses.items()))
        signal.pause()
