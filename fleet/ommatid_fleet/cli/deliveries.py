"""``ommatid deliveries``: where alerts go, and whether they would arrive."""

import json
import os
from typing import Annotated, Any

import typer

from ommatid_connectors.webhook import Accepted
from ommatid_fleet.cli.arguments import AsJson, FleetPath
from ommatid_fleet.cli.picture_lifecycle import lifecycle
from ommatid_jobs.delivery import Trial, check_templates, try_delivery
from ommatid_schemas.fleet_file import Fleet, load_fleet

app = typer.Typer(no_args_is_help=True)


@app.callback()
def group() -> None:
    """Commands on deliveries."""


app.command(name="lifecycle")(lifecycle)


@app.command(name="list")
def list_deliveries(fleet: FleetPath, as_json: AsJson = False) -> None:
    """List the deliveries of a fleet file: form, whether signed, and the rules that use each."""
    records = _records(load_fleet(fleet))
    if as_json:
        typer.echo(json.dumps(records))
        return
    for record in records:
        typer.echo(_line(record))


@app.command(name="test")
def try_out(
    fleet: FleetPath,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the delivery in the fleet file.")],
    as_json: AsJson = False,
) -> None:
    """Send one test alert, signed and in its final form, and say what came back.

    Secrets come from the environment, as for 'ommatid deliver run'. Exit status 1 when the endpoint did not take it.
    """
    loaded = load_fleet(fleet)
    check_templates(loaded)
    trial = try_delivery(loaded, name, os.environ)
    typer.echo(json.dumps(_result(trial)) if as_json else _sentence(trial))
    if not trial.accepted:
        raise typer.Exit(1)


def _records(fleet: Fleet) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "target": "webhook" if delivery.mqtt is None else "mqtt",
            "template": _form(delivery.template),
            "signed": delivery.secret is not None,
            "allow_private": delivery.allow_private,
            "rules": [rule for rule, it in fleet.rules.items() if name in it.deliver],
        }
        for name, delivery in fleet.deliveries.items()
    ]


def _form(template: str | None) -> str:
    if template is None:
        return "payload"
    return "own template" if any(mark in template for mark in "{}\n") else template


def _line(record: dict[str, Any]) -> str:
    signed = "signed" if record["signed"] else "not signed"
    form = "mqtt" if record["target"] == "mqtt" else f"{record['template']}, {signed}"
    return f"{record['name']}: {form}, rules: {', '.join(record['rules']) or 'none'}"


def _result(trial: Trial) -> dict[str, Any]:
    outcome = trial.outcome
    detail = {"status": outcome.status} if isinstance(outcome, Accepted) else {"reason": outcome.reason}
    kind = type(outcome).__name__.lower()
    return {
        "delivery": trial.delivery,
        "webhook_id": trial.message_id,
        "outcome": kind,
        "took_ms": round(trial.took_ms, 1),
        **detail,
    }


def _sentence(trial: Trial) -> str:
    outcome = trial.outcome
    if isinstance(outcome, Accepted):
        status = "" if outcome.status is None else f" with {outcome.status}"
        return f"{trial.delivery}: accepted{status} after {trial.took_ms:.0f} ms, {trial.message_id}"
    return f"{trial.delivery}: not accepted: {outcome.reason}"
