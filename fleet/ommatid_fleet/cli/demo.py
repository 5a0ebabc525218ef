"""``ommatid demo``: from a camera to an alert with one command."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ommatid_fleet.demo import DemoOptions, DemoReport, Screen, run_demo
from ommatid_fleet.local import terminate_on_sigterm


def demo(
    cameras: Annotated[int, typer.Option(min=1, max=32, help="Simulated cameras.")] = 4,
    until_alerts: Annotated[int | None, typer.Option(min=1, help="End after so many alerts; else run on.")] = None,
    timeout: Annotated[float | None, typer.Option(min=1, help="Seconds after which --until-alerts has failed.")] = None,
    report: Annotated[Path | None, typer.Option(help="Write the figures of the run to this JSON file.")] = None,
    output: Annotated[Path, typer.Option(help="Folder for snapshots.")] = Path("demo-output"),
    cooldown: Annotated[float, typer.Option(min=0, help="Seconds between alerts of a rule on a camera.")] = 15.0,
    keep: Annotated[bool, typer.Option("--keep", help="Leave logs, topics and checkpoints behind.")] = False,
) -> None:
    """Show alerts of real people in real footage: simulated cameras, edge agent, Kafka, Flink, delivery.

    Needs no camera, GPU, Docker or key. Ends with Ctrl-C, or by itself with --until-alerts. Exit status 0 when it
    did what was asked, 1 when it could not.
    """
    options = DemoOptions(cameras, until_alerts, timeout, output, cooldown, keep_state=keep)
    with terminate_on_sigterm(), Screen(Console()) as screen:
        outcome = run_demo(options, screen)
        if report is not None:
            _write(outcome.report, report)
        screen.report(outcome.report, output)
    if outcome.failure is not None:
        sys.stderr.write(f"ommatid demo: {outcome.failure}\n")
        raise typer.Exit(1)


def _write(report: DemoReport, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report.as_json(), indent=2) + "\n", encoding="utf-8")
