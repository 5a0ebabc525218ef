"""How a job is started: what the running one was started with, and what its successor will be. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ommatid_jobs.flink.submission_record import SubmissionRecord
from ommatid_schemas import ConfigurationError


@dataclass(frozen=True, slots=True)
class Launch:
    """Everything but the savepoint that a submission needs.

    Attributes:
        module: Module that builds the graph.
        arguments: Its arguments.
        python: Interpreter of client and workers, hence the release that runs.
    """

    module: str
    arguments: tuple[str, ...]
    python: Path

    def with_fleet(self, fleet: Path | None) -> "Launch":
        """The same launch with another fleet file; with None, itself."""
        if fleet is None:
            return self
        return replace(self, arguments=with_argument(self.arguments, "--fleet", str(fleet.absolute())))

    def argument(self, name: str) -> str | None:
        """Value of an argument; None when it was not given."""
        return dict(zip(self.arguments, self.arguments[1:], strict=False)).get(name)


def with_argument(arguments: Sequence[str], name: str, value: str) -> tuple[str, ...]:
    """Arguments in which ``name`` has ``value``, in place of another value or behind the rest."""
    if name not in arguments:
        return (*arguments, name, value)
    at = list(arguments).index(name)
    return (*arguments[: at + 1], value, *arguments[at + 2 :])


def launch_of(parameters: Mapping[str, str], job: str) -> Launch:
    """How a running job was started, by its global parameters.

    Args:
        parameters: What `FlinkRest.job_parameters` returned.
        job: Names the job in the error.

    Raises:
        ConfigurationError: The job does not say.
    """
    record = SubmissionRecord.from_parameters(parameters)
    if record is None:
        raise ConfigurationError(
            f"job {job}: expected it to say how it was submitted, found nothing; only jobs of 'ommatid submit' can be "
            "upgraded: stop this one with 'ommatid jobs stop' and submit it with --from-savepoint"
        )
    return Launch(record.module, record.arguments, Path(record.python))
