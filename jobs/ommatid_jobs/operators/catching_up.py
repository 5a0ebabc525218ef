"""Which partitions still have a backlog that the job's own downtime left: their frames are not shed for having waited.

Frames wait for two reasons. Under overload there is more work than the job can do, and to shed the least valuable is
the only way to be in time again. After downtime (a restart, an upgrade) the job can do the work and only did not run:
what it had no chance to look at is caught up with. A partition is *behind* from the first frame that was published
before the job began to process until a frame that hardly waited: what was published in between waits for the same
reason. It is so for ``CATCH_UP_US`` after the start at most, so that a job that cannot keep up sheds again, and no
frame that is excused is older than ``MAX_BACKLOG_US``.
"""

MAX_BACKLOG_US = 600_000_000
"""Longest wait of a frame that downtime excuses, microseconds."""

CATCH_UP_US = 600_000_000
"""Longest time after the start in which downtime is an excuse, microseconds."""

CAUGHT_UP_US = 1_000_000
"""A frame that waited no longer shows that the backlog before it is done, microseconds."""

Partition = tuple[str, int]
"""Topic and number."""


class CatchUp:
    """Partitions of one subtask that are behind since its start; lives as long as its process does. Not thread-safe.

    Args:
        started_at_us: When the subtask began to process, microseconds since the epoch.
    """

    def __init__(self, started_at_us: int) -> None:
        self._started_at_us = started_at_us
        self._behind: set[Partition] = set()

    def excuses(self, partition: Partition, published_at_us: int, now_us: int) -> bool:
        """Whether downtime, not overload, is why a frame waited. To be asked about every frame, in order.

        Args:
            partition: Where the frame stands.
            published_at_us: When it was published, microseconds since the epoch.
            now_us: Current time on the same clock.
        """
        waited_us = now_us - published_at_us
        if now_us - self._started_at_us > CATCH_UP_US:
            self._behind.clear()
        elif waited_us <= CAUGHT_UP_US:
            self._behind.discard(partition)
        elif published_at_us < self._started_at_us:
            self._behind.add(partition)
        return partition in self._behind and waited_us <= MAX_BACKLOG_US
