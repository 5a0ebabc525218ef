"""``ommatid deliver``: the delivery process from the command line."""

import json
import os
import signal
import threading
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from ommatid_connectors.atomic_file import write_atomically
from ommatid_connectors.process_logs import configure_logs
from ommatid_jobs.delivery.running import run_delivery
from ommatid_jobs.delivery.settings import DeliverySettings
from ommatid_schemas import ConfigurationError, OmmatidError
from ommatid_schemas.fleet_file import load_fleet

app = typer.Typer(help="Deliver alerts.", no_args_is_help=True)


@app.callback()
def deliver() -> None:
    """Deliver alerts to webhooks."""


@app.command()
def run(
    fleet: Annotated[Path, typer.Option(help="Fleet file.")],
    region: Annotated[str | None, typer.Option(help="Region whose alerts are delivered.")] = None,
    snapshots: Annotated[str | None, typer.Option(help="file:///folder or s3://bucket/prefix.")] = None,
    ledger: Annotated[str | None, typer.Option(help="SQLAlchemy URL of the database of deliveries.")] = None,
    bootstrap: Annotated[str | None, typer.Option(help="Brokers instead of the fleet file's, host:port.")] = None,
    metrics_port: Annotated[int | None, typer.Option(help="Prometheus metrics on this port of 127.0.0.1.")] = None,
    ready_file: Annotated[Path | None, typer.Option(help="Written once alerts are being read.")] = None,
) -> None:
    """Deliver a region's alerts until SIGTERM or Ctrl-C.

    What is not given comes from OMMATID_DELIVERY_* variables.
    """
    configure_logs(os.environ)
    given: dict[str, Any] = {
        "region": region,
        "snapshots": snapshots,
        "ledger": ledger,
        "bootstrap": bootstrap,
        "metrics_port": metrics_port,
    }
    try:
        settings = _settings({name: value for name, value in given.items() if value is not None})
        run_delivery(
            load_fleet(fleet),
            settings,
            os.environ,
            _stop_on_signals(),
            on_ready=lambda: _write_ready(ready_file, settings.region),
        )
    except OmmatidError as exc:
        typer.echo(f"ommatid deliver: {exc}", err=True)
        raise typer.Exit(2 if isinstance(exc, ConfigurationError) else 1) from exc


def _settings(given: dict[str, Any]) -> DeliverySettings:
    try:
        return DeliverySettings(**given)
    except ValidationError as exc:
        faults = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}" for fault in exc.errors(include_url=False)
        )
        raise ConfigurationError(f"settings: {faults}; give the option or its OMMATID_DELIVERY_ variable") from None


def _stop_on_signals() -> threading.Event:
    stop = threading.Event()

    def stop_now(number: int, frame: FrameType | None) -> None:
        del number, frame
        stop.set()

    signal.signal(signal.SIGTERM, stop_now)
    signal.signal(signal.SIGINT, stop_now)
    return stop


def _write_ready(path: Path | None, region: str) -> None:
    if path is not None:
        write_atomically(path, json.dumps({"pid": os.getpid(), "region": region}))
