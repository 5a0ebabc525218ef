"""``ommatid fleet``: look at a fleet file without starting anything."""

import json

import typer

from ommatid_fleet.cli.arguments import AsJson, FleetPath
from ommatid_jobs.delivery import check_templates
from ommatid_jobs.detectors import check_models
from ommatid_schemas.fleet_file import Fleet, load_fleet

app = typer.Typer(no_args_is_help=True)


@app.callback()
def group() -> None:
    """Commands on the fleet file."""


@app.command()
def check(fleet: FleetPath, as_json: AsJson = False) -> None:
    """Check a fleet file and count what it describes; exit 2 with all its faults if it has any."""
    loaded = load_fleet(fleet)
    for note in check_models(loaded):
        typer.echo(note, err=True)
    check_templates(loaded)
    counts = _counts(loaded)
    text = json.dumps(counts) if as_json else ", ".join(f"{count} {name}" for name, count in counts.items())
    typer.echo(text)


def _counts(fleet: Fleet) -> dict[str, int]:
    return {
        "regions": len(fleet.regions),
        "groups": len(fleet.groups),
        "cameras": len(fleet.cameras),
        "rules": len(fleet.rules),
        "deliveries": len(fleet.deliveries),
    }
