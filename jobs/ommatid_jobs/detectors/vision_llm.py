"""A vision language model behind the detector contract: answers, no boxes."""

import json
import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b

from ommatid_connectors.vision_llm import Answered, Asker, BudgetExhausted, Outcome, RateLimited
from ommatid_jobs.detectors.detector import Gauges, InferenceFailed, Picture, Seen
from ommatid_schemas.fleet_file import VisionLlm

_LOG = logging.getLogger(__name__)


class VisionLlmDetector:
    """Asks one model about frames. Frames of one camera may share a question, those of several never do.

    When money or rate do not allow a question, its frames are seen without an answer; so they are
    neither lost nor asked about again. Any other failure is that of its own frames alone.

    Args:
        name: Name in the fleet file.
        settings: The detector.
        asker: Asks the questions; closed with the detector.
    """

    enough_px = 1
    """The model gets the JPEG as it was published; decoding only finds out whether it is one."""

    def __init__(self, name: str, settings: VisionLlm, asker: Asker) -> None:
        self.name = name
        self.version = _version(settings)
        self._max_frames = settings.max_frames
        self._asker = asker
        self._last: type[Outcome] = Answered
        self._threads = ThreadPoolExecutor(settings.in_flight, thread_name_prefix="vision-llm")

    @property
    def gauges(self) -> Gauges:
        """What the client counted, since the start of the process."""
        names = ("requests", "failed_requests", "answered", "budget_exhausted", "rate_limited", "refused")
        more = ("unavailable", "unusable", "frames_answered", "input_tokens", "output_tokens", "spent_micros")
        counted: Gauges = {name: lambda name=name: self._counted(name) for name in (*names, *more)}
        return {**counted, "error_rate_milli": lambda: round(1000 * self._asker.statistics().error_rate)}

    def detect(self, pictures: Sequence[Picture]) -> list[Seen | InferenceFailed]:
        """Ask about a batch, as many questions at once as the settings allow; see :class:`Detector`."""
        seen: dict[int, Seen | InferenceFailed] = {}
        questions = list(same_camera(pictures, self._max_frames))
        asked = [[pictures[index].jpeg for index in question] for question in questions]
        for question, outcome in zip(questions, self._threads.map(self._asker.ask, asked), strict=True):
            self._log_change(outcome)
            seen.update(zip(question, self._seen(outcome, len(question)), strict=True))
        return [seen[index] for index in range(len(pictures))]

    def close(self) -> None:
        """Give up questions that wait."""
        self._asker.close()
        self._threads.shutdown(wait=False)

    def _seen(self, outcome: Outcome, frames: int) -> list[Seen | InferenceFailed]:
        if isinstance(outcome, Answered):
            return [Seen(self.version, answer=answer) for answer in outcome.answers]
        if isinstance(outcome, BudgetExhausted | RateLimited):
            return [Seen(self.version)] * frames
        return [InferenceFailed(outcome.reason) for _ in range(frames)]

    def _log_change(self, outcome: Outcome) -> None:
        """Why there are no answers, and that there are again: once, however many frames it concerns."""
        if type(outcome) is self._last:
            return
        self._last = type(outcome)
        if isinstance(outcome, Answered):
            _LOG.info("detectors.%s: answers again", self.name)
        else:
            _LOG.warning("detectors.%s: no answers, %s: %s", self.name, type(outcome).__name__, outcome.reason)

    def _counted(self, name: str) -> int:
        return getattr(self._asker.statistics(), name)


def same_camera(pictures: Sequence[Picture], at_most: int) -> Iterator[list[int]]:
    """Positions of the pictures, by question: each of one camera, in order, and not too many."""
    of_camera: dict[str, list[int]] = {}
    for index, picture in enumerate(pictures):
        of_camera.setdefault(picture.camera_id, []).append(index)
    for positions in of_camera.values():
        for start in range(0, len(positions), at_most):
            yield positions[start : start + at_most]


def _version(settings: VisionLlm) -> str:
    """Model and a digest of what it is asked: with another prompt, the same frame gets another answer."""
    asked = settings.model_dump(mode="json", include={"prompt", "answer", "detail", "temperature", "max_frames"})
    digest = blake2b(json.dumps(asked, sort_keys=True).encode(), digest_size=4).hexdigest()
    return f"{settings.model}/{digest}"
