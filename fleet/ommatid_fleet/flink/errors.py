"""What can go wrong between us and a Flink cluster.

FlinkError
├── FlinkUnreachableError   nobody answers at the REST address
├── FlinkRequestError       the cluster answered, but with an error
├── JobFailedError          a job reached another state than the one waited for
├── DeadlineError           the cluster did not get there in time
└── SubmissionError         `flink run` did not end with a job id
"""

from ommatid_schemas.errors import OmmatidError


class FlinkError(OmmatidError):
    """A Flink cluster did not do what was asked."""


class FlinkUnreachableError(FlinkError):
    """Nobody answers at the REST address, or what answers is not Flink."""

    retriable = True


class FlinkRequestError(FlinkError):
    """The cluster refused a request, for example for an unknown job."""


class JobFailedError(FlinkError):
    """A job or savepoint ended otherwise than expected; the message carries the root cause."""


class DeadlineError(FlinkError):
    """The cluster did not reach a state before the deadline."""

    retriable = True


class SubmissionError(FlinkError):
    """``flink run`` ended without a job id; the message carries the end of the Python traceback."""
