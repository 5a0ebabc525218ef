"""``ommatid jobs``: look at the jobs of a cluster, stop one, replace one."""

import json
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from ommatid_fleet.cli.arguments import AsJson, JobManager
from ommatid_fleet.cli.jobs_text import job_lines
from ommatid_fleet.cli.waiting import waiting_for
from ommatid_fleet.flink import FlinkRest, JobSummary, find_job
from ommatid_fleet.regions import region_of
from ommatid_fleet.upgrade import FlinkUpgrade, Launch, RolledBack, launch_of, upgrade
from ommatid_schemas import ConfigurationError
from ommatid_schemas.fleet_file import load_fleet

app = typer.Typer(no_args_is_help=True)

JobName = Annotated[str, typer.Argument(metavar="NAME|ID", help="As 'list' shows it.")]
SavepointFolder = Annotated[
    str | None,
    typer.Option(
        "--savepoint-folder", help="URI or absolute path that every node reaches; else the folder that the cluster has."
    ),
]
SavepointTimeout = Annotated[float, typer.Option("--timeout", min=1, help="Longest wait for the savepoint, seconds.")]


@app.callback()
def group() -> None:
    """Commands on jobs."""


@app.command(name="list")
def list_jobs(
    jobmanager: JobManager,
    all_jobs: Annotated[bool, typer.Option("--all", help="Also those that have ended.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the jobs of a cluster: state and since when, restarts, age of the last checkpoint, id."""
    rest = _rest(jobmanager)
    shown = [rest.job_report(job.job_id) for job in rest.jobs() if all_jobs or not job.ended]
    shown.sort(key=lambda report: (report.name, report.since_ms))
    for line in [json.dumps([asdict(report) for report in shown])] if as_json else job_lines(shown):
        typer.echo(line)


@app.command()
def stop(
    job: JobName,
    jobmanager: JobManager,
    savepoint_folder: SavepointFolder = None,
    timeout: SavepointTimeout = 300.0,
    as_json: AsJson = False,
) -> None:
    """Stop a job with a savepoint and print where the savepoint is; if that fails, the job keeps running."""
    rest = _rest(jobmanager)
    found = _find(rest, job, jobmanager)
    with waiting_for(f"the savepoint of {found.name}"):
        savepoint = rest.stop_with_savepoint(found.job_id, _checked(savepoint_folder), deadline_s=timeout)
    typer.echo(json.dumps({"job_id": found.job_id, "savepoint": savepoint}) if as_json else savepoint)


@app.command(name="upgrade")
def upgrade_job(
    job: JobName,
    jobmanager: JobManager,
    fleet: Annotated[
        Path | None, typer.Option("--fleet", help="Fleet file of the new job; else the job's own.")
    ] = None,
    python: Annotated[
        Path | None, typer.Option("--python", help="Interpreter with the new release, the same path on every node.")
    ] = None,
    previous_fleet: Annotated[
        Path | None,
        typer.Option("--previous-fleet", help="Fleet file to roll back to; else the job's own as it is now."),
    ] = None,
    savepoint_folder: SavepointFolder = None,
    timeout: SavepointTimeout = 300.0,
    as_json: AsJson = False,
) -> None:
    """Replace a running job: stop it with a savepoint, start the new one from it, roll back if that fails.

    The new job keeps the arguments of the old one; without --python it runs this release. Done once the new job has
    completed a checkpoint. When it does not start, the old job is started from the same savepoint, with the interpreter
    and the arguments that it had, and the exit status is 1.
    """
    rest = _rest(jobmanager)
    found = _find(rest, job, jobmanager)
    running = launch_of(rest.job_parameters(found.job_id), found.name)
    new = replace(running, python=python or Path(sys.executable)).with_fleet(fleet)
    previous = running.with_fleet(previous_fleet)
    for launch in (new, previous):
        _check(launch)
    cluster = FlinkUpgrade(jobmanager, found, _checked(savepoint_folder), timeout)
    outcome = upgrade(cluster, new, previous, on_step=lambda step: typer.echo(f"{found.name}: {step}", err=True))
    rolled_back = isinstance(outcome, RolledBack)
    if as_json:
        typer.echo(json.dumps({**asdict(outcome), "rolled_back": rolled_back}))
    else:
        typer.echo(f"{'rolled back: the old job runs as' if rolled_back else 'upgraded:'} {outcome.job_id}")
    if rolled_back:
        raise typer.Exit(1)


def _rest(jobmanager: str) -> FlinkRest:
    return FlinkRest(f"http://{jobmanager}")


def _find(rest: FlinkRest, wanted: str, jobmanager: str) -> JobSummary:
    return find_job(rest.jobs(), wanted, f"Flink at {jobmanager}")


def _checked(savepoint_folder: str | None) -> str | None:
    if savepoint_folder is None or savepoint_folder.startswith("/") or "://" in savepoint_folder:
        return savepoint_folder
    raise ConfigurationError(
        f"--savepoint-folder: expected a URI such as s3://bucket/savepoints or an absolute path, "
        f"found {savepoint_folder!r}"
    )


def _check(launch: Launch) -> None:
    """Find what is wrong with a launch before anything is stopped."""
    if not launch.python.is_file():
        raise ConfigurationError(
            f"interpreter: expected {launch.python} on this machine, found none; the new release and the one that runs "
            "must both be installed where an upgrade is started"
        )
    fleet, region = launch.argument("--fleet"), launch.argument("--region")
    if fleet is not None and region is not None:
        region_of(load_fleet(Path(fleet)), region, fleet)
