"""How urgent a group of cameras is, and the time budgets that follow."""

from enum import StrEnum


class Priority(StrEnum):
    """How soon after an event its alert must be out."""

    SAFETY = "safety"
    STANDARD = "standard"
    INSIGHT = "insight"

    @property
    def alert_within_s(self) -> float:
        """Longest time from capture to alert, in seconds."""
        return _ALERT_WITHIN_S[self]

    @property
    def batch_deadline_ms(self) -> float:
        """Longest time that a frame may wait for its batch to fill, in milliseconds."""
        return _BATCH_DEADLINE_MS[self]


_ALERT_WITHIN_S = {Priority.SAFETY: 5.0, Priority.STANDARD: 15.0, Priority.INSIGHT: 60.0}
_BATCH_DEADLINE_MS = {Priority.SAFETY: 20.0, Priority.STANDARD: 40.0, Priority.INSIGHT: 250.0}
