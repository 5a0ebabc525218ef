"""What the two entry modules share: arguments, connection, and faults as one sentence."""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from pyflink.datastream import StreamExecutionEnvironment

from ommatid_connectors.flink_kafka import Startup
from ommatid_connectors.kafka import ClientConfig, client_config
from ommatid_jobs.flink.environment import Execution
from ommatid_jobs.flink.submission_checks import check_region
from ommatid_jobs.flink.submission_record import SubmissionRecord
from ommatid_schemas.errors import OmmatidError
from ommatid_schemas.fleet_file import Fleet, load_fleet

_EXIT_REFUSED = 2


@dataclass(frozen=True, slots=True)
class Deployment:
    """Where and how a job runs, from its arguments and the fleet file.

    Attributes:
        client: Settings for Kafka clients of the region.
    """

    fleet: Fleet
    region: str
    client: ClientConfig
    startup: Startup
    execution: Execution

    @property
    def bootstrap(self) -> str:
        """``host:port`` of the region's brokers."""
        return str(self.client["bootstrap.servers"])


def argument_parser(module: str, description: str) -> argparse.ArgumentParser:
    """Parser with the arguments of both jobs."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=description)
    parser.add_argument("--fleet", type=Path, required=True, help="fleet file")
    parser.add_argument("--region", required=True, help="region of the fleet file")
    parser.add_argument("--bootstrap", help="host:port of brokers, instead of the fleet file's")
    parser.add_argument("--parallelism", type=_count, default=1, help="subtasks of each operator")
    parser.add_argument(
        "--startup",
        type=Startup,
        choices=list(Startup),
        default=Startup.GROUP,
        help="where to begin without a savepoint; group: committed offsets, else the earliest record",
    )
    parser.add_argument("--checkpoint-interval", type=_duration_ms, default=10_000, help="for example 10s or 500ms")
    return parser


def deployment(arguments: argparse.Namespace) -> Deployment:
    """Read the fleet file and find the region's brokers.

    Raises:
        ConfigurationError: The fleet file is wrong or has no such region.
    """
    fleet = load_fleet(arguments.fleet)
    check_region(fleet, arguments.region)
    return Deployment(
        fleet=fleet,
        region=arguments.region,
        client=client_config(fleet.regions[arguments.region].kafka, arguments.bootstrap),
        startup=arguments.startup,
        execution=Execution(arguments.parallelism, arguments.checkpoint_interval),
    )


def record_submission(environment: StreamExecutionEnvironment, module: str, arguments: Sequence[str]) -> None:
    """Let the job that is built in ``environment`` say how to submit it again."""
    record = SubmissionRecord(module, tuple(arguments), sys.executable, version("ommatid-jobs"))
    environment.get_config().set_global_job_parameters(record.parameters())


def run(job: Callable[[], None]) -> int:
    """Exit code of a submission: 2 and one sentence on stderr for a fault that its owner can mend."""
    try:
        job()
    except OmmatidError as exc:
        sys.stderr.write(f"{exc}\n")
        return _EXIT_REFUSED
    return 0


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1, found {text}")
    return count


def _duration_ms(text: str) -> int:
    for unit, factor_ms in (("ms", 1), ("s", 1000), ("m", 60_000)):
        number = text.removesuffix(unit)
        if number != text and number.isdecimal() and int(number) > 0:
            return int(number) * factor_ms
    raise argparse.ArgumentTypeError(f"expected a duration such as 500ms, 10s or 5m, found {text!r}")
