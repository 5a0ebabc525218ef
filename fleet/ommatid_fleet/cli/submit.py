"""``ommatid submit``: a real ``flink run`` of one of the two jobs."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from ommatid_fleet.cli.arguments import AsJson, Bootstrap, FleetPath, JobManager, RegionName
from ommatid_fleet.flink import JobId
from ommatid_fleet.job_submission import alerts_job, detect_job
from ommatid_schemas import Priority

app = typer.Typer(no_args_is_help=True)

Savepoint = Annotated[str | None, typer.Option("--from-savepoint", help="Savepoint to restore state from.")]
Interpreter = Annotated[
    Path | None,
    typer.Option("--python", help="Interpreter of client and workers, the same path on every node; else this one."),
]


@app.callback()
def group() -> None:
    """Commands that submit jobs."""


@app.command()
def detect(
    fleet: FleetPath,
    region: RegionName,
    jobmanager: JobManager,
    priority: Annotated[Priority, typer.Option(help="Groups of this priority.")] = Priority.SAFETY,
    bootstrap: Bootstrap = None,
    savepoint: Savepoint = None,
    python: Interpreter = None,
    as_json: AsJson = False,
) -> None:
    """Submit the detect job of one region and priority; print its job id."""
    job = detect_job(fleet, region, priority, bootstrap)
    _announce(job.submit(jobmanager, python or Path(sys.executable), savepoint), as_json=as_json)


@app.command()
def alerts(
    fleet: FleetPath,
    region: RegionName,
    jobmanager: JobManager,
    bootstrap: Bootstrap = None,
    savepoint: Savepoint = None,
    python: Interpreter = None,
    as_json: AsJson = False,
) -> None:
    """Submit the alert job of one region; print its job id."""
    job = alerts_job(fleet, region, bootstrap)
    _announce(job.submit(jobmanager, python or Path(sys.executable), savepoint), as_json=as_json)


def _announce(job_id: JobId, *, as_json: bool) -> None:
    typer.echo(json.dumps({"job_id": job_id}) if as_json else job_id)
