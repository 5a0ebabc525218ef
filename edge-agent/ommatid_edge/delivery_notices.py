"""Says in the log how delivery to the brokers goes."""

import structlog

from ommatid_edge.delivery_watch import Notice, Progress, WatchState, watch

_log = structlog.get_logger(__name__)


class DeliveryNotices:
    """Watches the progress of delivery and tells what an operator should hear.

    Args:
        brokers: Addresses of the brokers.
    """

    def __init__(self, brokers: str) -> None:
        self._where = f"Kafka at {brokers}"
        self._state = WatchState()

    @property
    def complaint(self) -> str | None:
        """One sentence while the brokers do not answer."""
        return f"{self._where} does not answer" if self._state.overdue else None

    def look(self, progress: Progress, at_s: float) -> None:
        """Look at the progress; call it about once a second, ``at_s`` is monotonic time in seconds."""
        self._state, notices = watch(self._state, progress, at_s)
        for notice in notices:
            self._tell(notice, progress)

    def _tell(self, notice: Notice, progress: Progress) -> None:
        match notice:
            case Notice.OVERDUE:
                _log.warning(
                    "broker does not answer",
                    reason=f"{self._where}: expected acknowledgements, found none for a while; "
                    f"{progress.backlog_frames} frame(s) wait on disk for "
                    f"{progress.oldest_age_s:.0f} s, cameras go on",
                )
            case Notice.RECOVERED:
                _log.info("broker answers again", backlog_frames=progress.backlog_frames)
            case Notice.LOST:
                _log.warning("records lost", reason=progress.last_failure, failed_so_far=progress.failed)
            case Notice.HELD_BACK:
                _log.warning(
                    "records held back",
                    reason=f"{progress.last_failure}; frames wait on disk and are tried again",
                    returned_so_far=progress.returned,
                )
