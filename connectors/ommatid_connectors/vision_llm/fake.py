"""An asker for tests that never leaves the process."""

import threading
from collections.abc import Callable, Sequence

from ommatid_connectors.vision_llm.outcomes import Answered, Outcome
from ommatid_connectors.vision_llm.statistics import VisionLlmStatistics, after_question


class FakeAsker:
    """Answers every question at once.

    Args:
        answer: What becomes of a question about these frames; by default ``{"seen": true}`` for each.

    Attributes:
        questions: Frames of every question so far, in the order in which they arrived.
    """

    def __init__(self, answer: Callable[[Sequence[bytes]], Outcome] | None = None) -> None:
        self.questions: list[tuple[bytes, ...]] = []
        self.closed = False
        self._answer = answer or _seen
        self._lock = threading.Lock()
        self._statistics = VisionLlmStatistics()

    def ask(self, jpegs: Sequence[bytes]) -> Outcome:
        """Answer; see :class:`ommatid_connectors.vision_llm.Asker`."""
        outcome = self._answer(jpegs)
        with self._lock:
            self.questions.append(tuple(jpegs))
            self._statistics = after_question(self._statistics, outcome)
        return outcome

    def statistics(self) -> VisionLlmStatistics:
        """Counts so far."""
        return self._statistics

    def close(self) -> None:
        """Remember it."""
        self.closed = True


def _seen(jpegs: Sequence[bytes]) -> Outcome:
    return Answered(('{"seen":true}',) * len(jpegs))
