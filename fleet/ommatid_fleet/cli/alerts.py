"""``ommatid alerts``: look at alerts as they are raised."""

import json
import sys
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated

import typer

from ommatid_connectors.kafka import ReadFailed, StartAt, client_config
from ommatid_fleet.cli.arguments import AsJson, Bootstrap, FleetPath, RegionName
from ommatid_fleet.regions import region_of
from ommatid_jobs.delivery import Rejected, alerts_tail
from ommatid_schemas import Alert
from ommatid_schemas.fleet_file import load_fleet
from ommatid_schemas.record_mapping import to_record

app = typer.Typer(no_args_is_help=True)


@app.callback()
def group() -> None:
    """Commands on alerts."""


@app.command()
def tail(
    fleet: FleetPath,
    region: RegionName,
    bootstrap: Bootstrap = None,
    from_beginning: Annotated[bool, typer.Option("--from-beginning", help="Also those already raised.")] = False,
    count: Annotated[int | None, typer.Option(min=1, help="End after so many.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print alerts as they are raised, until Ctrl-C or --count of them."""
    connection = region_of(load_fleet(fleet), region, str(fleet)).kafka
    start = StartAt.EARLIEST if from_beginning else StartAt.LATEST
    for alert in islice(alerts_tail(client_config(connection, bootstrap), region, start=start), count):
        _print(alert, as_json=as_json)


def _print(alert: Alert | Rejected | ReadFailed, *, as_json: bool) -> None:
    if not isinstance(alert, Alert):
        typer.echo(f"ommatid: {alert.reason}", err=True)
        return
    typer.echo(json.dumps(to_record(alert)) if as_json else _line(alert))
    # A reader behind a pipe must see an alert now, not when the buffer is full.
    sys.stdout.flush()


def _line(alert: Alert) -> str:
    captured = datetime.fromtimestamp(alert.captured_at_us / 1e6, tz=UTC).isoformat(timespec="milliseconds")
    zones = f" in {', '.join(alert.zones)}" if alert.zones else ""
    return (
        f"{captured} {alert.severity:<6} {alert.camera_id} {alert.rule}: {alert.label} {alert.score:.2f}{zones} "
        f"({alert.latency_ms.get('total', 0):.0f} ms) {alert.alert_id}"
    )
