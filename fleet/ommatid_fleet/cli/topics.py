"""``ommatid topics``: create the topics that a fleet needs."""

import json
from dataclasses import asdict

import typer

from ommatid_connectors.kafka import TopicReport, TopicState, client_config, ensure_topics
from ommatid_fleet.cli.arguments import AsJson, Bootstrap, FleetPath, RegionName
from ommatid_fleet.cli.waiting import waiting_for
from ommatid_fleet.regions import region_of
from ommatid_schemas.fleet_file import load_fleet, topic_plan

app = typer.Typer(no_args_is_help=True)


@app.callback()
def group() -> None:
    """Commands on topics."""


@app.command()
def apply(fleet: FleetPath, region: RegionName, bootstrap: Bootstrap = None, as_json: AsJson = False) -> None:
    """Create the missing topics of a region; report, but do not touch, those that differ (exit 1)."""
    loaded = load_fleet(fleet)
    connection = region_of(loaded, region, str(fleet)).kafka
    with waiting_for(f"Kafka at {bootstrap or connection.bootstrap}"):
        reports = ensure_topics(client_config(connection, bootstrap), topic_plan(loaded, region))
    typer.echo(json.dumps([asdict(report) for report in reports]) if as_json else _lines(reports))
    if any(report.state is TopicState.DIFFERENT for report in reports):
        raise typer.Exit(1)


def _lines(reports: tuple[TopicReport, ...]) -> str:
    return "\n".join(" ".join([f"{report.state:<10}", report.name, *report.differences]) for report in reports)
