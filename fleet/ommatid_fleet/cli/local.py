"""``ommatid local``: a broker and a cluster to try things on."""

import json
import signal
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ommatid_connectors.atomic_file import write_atomically
from ommatid_fleet.cli.arguments import AsJson
from ommatid_fleet.demo.screen import Screen
from ommatid_fleet.local import FlinkClusterOptions, LocalStack, terminate_on_sigterm


def local(
    task_managers: Annotated[int, typer.Option(min=1, help="TaskManagers, one slot each.")] = 2,
    keep: Annotated[bool, typer.Option("--keep", help="Leave logs, topics and checkpoints behind.")] = False,
    env_file: Annotated[
        Path | None, typer.Option(help="Write the addresses to this file, for a shell to source, once both run.")
    ] = None,
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
        if env_file is not None:
            _write_environment(env_file, stack.broker.bootstrap, stack.cluster.jobmanager)
        typer.echo(json.dumps(addresses) if as_json else "\n".join(f"{k:<12}{v}" for k, v in addresses.items()))
        signal.pause()


def _write_environment(path: Path, bootstrap: str, jobmanager: str) -> None:
    """Write the variables from which commands, agent and delivery take their addresses, in one step."""
    variables = {
        "OMMATID_BOOTSTRAP": bootstrap,
        "OMMATID_EDGE_BOOTSTRAP": bootstrap,
        "OMMATID_DELIVERY_BOOTSTRAP": bootstrap,
        "OMMATID_JOBMANAGER": jobmanager,
    }
    write_atomically(path, "".join(f"export {name}={value}\n" for name, value in variables.items()))
