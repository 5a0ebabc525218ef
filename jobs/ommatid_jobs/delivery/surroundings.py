"""What all workers of a delivery process share."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from ommatid_connectors.kafka import Record
from ommatid_connectors.retry_schedule import RetrySchedule
from ommatid_jobs.delivery.circuit import CircuitPolicy
from ommatid_jobs.delivery.dead_letters import DeadLetterSink
from ommatid_jobs.delivery.errand import Done
from ommatid_jobs.delivery.lateness_watch import LatenessWatch
from ommatid_jobs.delivery.ledger import Ledger
from ommatid_jobs.delivery.metrics import DeliveryMetrics
from ommatid_jobs.delivery.recorder import DeliveryRecorder, NoRecorder


class Stop(Protocol):
    """What the process needs of :class:`threading.Event`."""

    def is_set(self) -> bool:
        """Whether to stop."""
        ...

    def wait(self, timeout: float | None = None) -> bool:
        """Wait, in seconds at most; True when it is time to stop."""
        ...

    def set(self) -> None:
        """Make everybody stop."""
        ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all workers of a process share.

    Attributes:
        ledger: Remembers what was delivered.
        dead_letters: Takes what is given up.
        metrics: Counts.
        schedule: Back-off of one message.
        done: Receives every finished errand.
        stop: Ends waits and attempts.
        now_us: Clock, microseconds since the epoch.
        monotonic_s: Clock of waits, seconds.
        draw: Random numbers, 0..1, for the jitter.
        circuit: When an endpoint is left alone for a while.
        snapshot_wait_s: Longest time that an alert waits for its picture, seconds.
        dead_letter_retry_s: Wait before a dead letter that was not taken is written again, seconds.
        recorder: Learns of alerts and of what became of them.
        lateness: Learns of each attempt, and tells when too many deliveries are late.
    """

    ledger: Ledger
    dead_letters: DeadLetterSink
    metrics: DeliveryMetrics
    schedule: RetrySchedule
    done: Callable[[Done], None]
    stop: Stop
    now_us: Callable[[], int]
    monotonic_s: Callable[[], float] = time.monotonic
    draw: Callable[[], float] = random.random
    circuit: CircuitPolicy = field(default_factory=CircuitPolicy)
    snapshot_wait_s: float = 2.0
    dead_letter_retry_s: float = 2.0
    recorder: DeliveryRecorder = field(default_factory=NoRecorder)
    lateness: LatenessWatch = field(default_factory=LatenessWatch.off)

    def bury(self, record: Record, stage: str, error_class: str, reason: str) -> bool:
        """Write a dead letter, as often as it takes; False when a stop came first."""
        while not self.dead_letters.write(record, stage, error_class, reason):
            if self.stop.wait(self.dead_letter_retry_s):
                return False
        self.metrics.dead_letter(error_class)
        return True
