"""All commands under one name, and one sentence for every error that is raised on purpose."""

import sys

import typer

from ommatid_edge.simulator.cli import app as simulate_app
from ommatid_fleet.cli.alerts import app as alerts_app
from ommatid_fleet.cli.arming import app as arming_app
from ommatid_fleet.cli.arming import arm, disarm
from ommatid_fleet.cli.backtest import backtest
from ommatid_fleet.cli.cluster import app as cluster_app
from ommatid_fleet.cli.deliveries import app as deliveries_app
from ommatid_fleet.cli.demo import demo
from ommatid_fleet.cli.dlq import app as dlq_app
from ommatid_fleet.cli.fleet_file import app as fleet_app
from ommatid_fleet.cli.jobs import app as jobs_app
from ommatid_fleet.cli.local import local
from ommatid_fleet.cli.models import app as models_app
from ommatid_fleet.cli.rules import app as rules_app
from ommatid_fleet.cli.submit import app as submit_app
from ommatid_fleet.cli.topics import app as topics_app
from ommatid_jobs.delivery.cli import app as deliver_app
from ommatid_schemas import ConfigurationError, OmmatidError

app = typer.Typer(
    name="ommatid",
    help="A compound eye for 10 to 10,000 cameras.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command()(demo)
app.command()(local)
app.command()(backtest)
app.command()(arm)
app.command()(disarm)
app.add_typer(simulate_app, name="simulate", help="Simulated cameras.")
app.add_typer(fleet_app, name="fleet", help="The fleet file.")
app.add_typer(topics_app, name="topics", help="Kafka topics that a fleet needs.")
app.add_typer(cluster_app, name="cluster", help="A Flink cluster of your own.")
app.add_typer(submit_app, name="submit", help="Submit a job to a Flink cluster.")
app.add_typer(jobs_app, name="jobs", help="Jobs on a Flink cluster.")
app.add_typer(models_app, name="models", help="Versions of own models.")
app.add_typer(rules_app, name="rules", help="Rules that are in effect.")
app.add_typer(arming_app, name="arming", help="Rules that were armed or disarmed by command.")
app.add_typer(deliver_app, name="deliver", help="Deliver alerts.")
app.add_typer(deliveries_app, name="deliveries", help="Where alerts go.")
app.add_typer(alerts_app, name="alerts", help="Alerts.")
app.add_typer(dlq_app, name="dlq", help="Dead letters.")


def main() -> None:
    """Run the command; exit 2 when the operator must change something, 1 when it could not be done."""
    try:
        app()
    except ConfigurationError as exc:
        _fail(exc, status=2)
    except OmmatidError as exc:
        _fail(exc, status=1)


def _fail(error: OmmatidError, status: int) -> None:
    sys.stderr.write(f"ommatid: {error}\n")
    sys.exit(status)
