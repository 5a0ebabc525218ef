"""What became of one attempt to hand a message to an endpoint. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Accepted:
    """The endpoint has the message.

    Attributes:
        status: HTTP status (2xx); None where the protocol has none.
    """

    status: int | None = None


@dataclass(frozen=True, slots=True)
class Retriable:
    """The endpoint does not have the message, but may take it later.

    Attributes:
        reason: One sentence without path, query or credentials of the URL.
        retry_after_s: Shortest wait that the endpoint asked for, seconds; None if it did not.
    """

    reason: str
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The endpoint will not take this message however often it is sent.

    Attributes:
        reason: One sentence without path, query or credentials of the URL.
    """

    reason: str


Outcome = Accepted | Retriable | Refused
