"""A light model for every frame, and a vision language model for those that are worth it."""

import threading
from collections.abc import Sequence

from ommatid_jobs.detectors.detector import Detector, Gauges, InferenceFailed, Picture, Seen
from ommatid_schemas.events import Box
from ommatid_schemas.fleet_file import CascadeFilter


class CascadeDetector:
    """Boxes from the first model; an answer from the second where a box of the first passes the filter.

    Whatever happens to the second one, the boxes stay: a frame without an answer is counted, not lost.

    Args:
        name: Name in the fleet file.
        first: Looks at every frame; belongs to somebody else, who closes it.
        when: Which boxes are worth a question.
        then: Looks at chosen frames; belongs to somebody else, who closes it.
    """

    def __init__(self, name: str, first: Detector, when: CascadeFilter, then: Detector) -> None:
        self.name = name
        self._first = first
        self._when = when
        self._then = then
        self._lock = threading.Lock()
        self._chosen = 0
        self._unanswered = 0

    @property
    def version(self) -> str:
        """Those of both models."""
        return self._version(self._first.version)

    @property
    def enough_px(self) -> int:
        """What the first model needs."""
        return self._first.enough_px

    @property
    def gauges(self) -> Gauges:
        """Frames that passed the filter, and those of them that got no answer, since the start of the process."""
        return {"chosen_frames": lambda: self._chosen, "unanswered_frames": lambda: self._unanswered}

    def detect(self, pictures: Sequence[Picture]) -> list[Seen | InferenceFailed]:
        """Look at a batch with the first model, and at what it found worth it with the second; see :class:`Detector`.

        Only the first model's failure is one of the cascade.
        """
        results = [self._named(each) for each in self._first.detect(pictures)]
        worth = {index: seen for index, seen in enumerate(results) if isinstance(seen, Seen) and self._passes(seen)}
        answers = self._answers([pictures[index] for index in worth])
        for (index, seen), answer in zip(worth.items(), answers, strict=True):
            results[index] = Seen(seen.version, seen.boxes, answer)
        return results

    def close(self) -> None:
        """Nothing waits here; both models are closed by their owner."""

    def _version(self, first: str) -> str:
        return f"{first}+{self._then.version}"

    def _named(self, seen: Seen | InferenceFailed) -> Seen | InferenceFailed:
        return Seen(self._version(seen.version), seen.boxes) if isinstance(seen, Seen) else seen

    def _passes(self, seen: Seen) -> bool:
        return any(is_worth_it(self._when, box) for box in seen.boxes)

    def _answers(self, pictures: Sequence[Picture]) -> list[str | None]:
        """An answer for each picture, or None; counted."""
        answers = [each.answer if isinstance(each, Seen) else None for each in self._ask(pictures)]
        with self._lock:
            self._chosen += len(answers)
            self._unanswered += answers.count(None)
        return answers

    def _ask(self, pictures: Sequence[Picture]) -> Sequence[Seen | InferenceFailed]:
        try:
            return self._then.detect(pictures) if pictures else ()
        except InferenceFailed as exc:
            return [exc] * len(pictures)


def is_worth_it(when: CascadeFilter, box: Box) -> bool:
    """Whether a box passes every part of the filter."""
    return box.label in when.labels and box.score >= when.min_score and box.w * box.h >= when.min_area
