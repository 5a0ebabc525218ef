"""librdkafka's own log lines: to Python's logging instead of stderr, and repeated ones only now and then."""

import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from ommatid_schemas.redaction import redact

_NUMBERS = re.compile(r"\d+")
_PERIOD_S = 30.0


@dataclass(frozen=True, slots=True)
class Admitted:
    """A line may pass.

    Attributes:
        suppressed: How many lines like it were held back since the last one that passed.
    """

    suppressed: int


class RepeatLimit:
    """Lets one line of each kind pass per period. Lines that differ only in numbers are of one kind.

    Args:
        period_s: Shortest time between two lines of one kind, seconds.
        kinds: Most kinds to remember; the oldest is forgotten first.
    """

    def __init__(self, period_s: float, kinds: int = 256) -> None:
        self._period_s = period_s
        self._kinds = kinds
        self._passed: dict[str, tuple[float, int]] = {}

    def admit(self, line: str, at_s: float) -> Admitted | None:
        """Whether a line passes now; ``at_s`` is monotonic time, seconds."""
        kind = _NUMBERS.sub("0", line)
        passed_at_s, suppressed = self._passed.get(kind, (-self._period_s, 0))
        if at_s - passed_at_s < self._period_s:
            self._passed[kind] = (passed_at_s, suppressed + 1)
            return None
        self._passed.pop(kind, None)
        self._passed[kind] = (at_s, 0)
        if len(self._passed) > self._kinds:
            self._passed.pop(next(iter(self._passed)))
        return Admitted(suppressed)


class RepeatFilter(logging.Filter):
    """Applies a :class:`RepeatLimit` to a logger and hides credentials in its lines."""

    def __init__(self, limit: RepeatLimit, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._limit = limit
        self._now = now

    def filter(self, record: logging.LogRecord) -> bool:
        """Let a line pass or hold it back; a passing line tells how many were held back."""
        line = redact(record.getMessage())
        admitted = self._limit.admit(line, self._now())
        if admitted is None:
            return False
        more = f" ({admitted.suppressed} like it held back)" if admitted.suppressed else ""
        record.msg, record.args = line + more, ()
        return True


@cache
def client_logger() -> logging.Logger:
    """Logger ``ommatid_connectors.kafka.client``, to which all clients of this process write."""
    logger = logging.getLogger("ommatid_connectors.kafka.client")
    logger.addFilter(RepeatFilter(RepeatLimit(_PERIOD_S)))
    return logger
