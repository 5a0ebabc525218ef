"""Asks a vision language model about frames: rate limit, budget, retries, and the check of the answer."""

import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol, Self

from pydantic import SecretStr

from ommatid_connectors.retry_schedule import RetrySchedule
from ommatid_connectors.vision_llm.accounts import Accounts
from ommatid_connectors.vision_llm.answer_schema import AnswerSchema
from ommatid_connectors.vision_llm.endpoint import ChatEndpoint
from ommatid_connectors.vision_llm.judgement import Failed, judge
from ommatid_connectors.vision_llm.outcomes import Answered, BudgetExhausted, Outcome, RateLimited, Unavailable
from ommatid_connectors.vision_llm.question import request_body
from ommatid_connectors.vision_llm.retry_decision import Failures, RetryPolicy, next_wait_s
from ommatid_connectors.vision_llm.statistics import VisionLlmStatistics
from ommatid_schemas.fleet_file import VisionLlm


class Asker(Protocol):
    """Something that answers questions about frames; calls from several threads at once are allowed."""

    def ask(self, jpegs: Sequence[bytes]) -> Outcome:
        """Ask about frames of one camera, oldest first, as JPEG. Never raises for what the other side does."""
        ...

    def statistics(self) -> VisionLlmStatistics:
        """Counts so far."""
        ...

    def close(self) -> None:
        """Give up what is waiting, and close the connections."""
        ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Time and chance, as the client needs them.

    Attributes:
        now_s: Monotonic clock, seconds.
        draw: Random number, 0..1.
        pause: Waits so many seconds, or until the event is set; whether it is set.
    """

    now_s: Callable[[], float] = time.monotonic
    draw: Callable[[], float] = random.random
    pause: Callable[[threading.Event, float], bool] = threading.Event.wait


@dataclass(frozen=True, slots=True)
class _Question:
    frames: int
    body: bytes = field(repr=False)
    asked_at_s: float


class VisionLlmClient:
    """One model behind one API; ``ask`` may be called from several threads.

    Args:
        name: Name of the detector in the fleet file, for reasons and errors.
        settings: The detector.
        key: API key; None sends none.
        share: Part of rate and budget for this client, where several serve one deployment; above 0, at most 1.
        retries: Bounds of asking again; by default with the detector's ``give_up_after``.
        surroundings: Time and chance.

    Raises:
        ConfigurationError: The key cannot be sent in a header.
    """

    def __init__(
        self,
        name: str,
        settings: VisionLlm,
        key: SecretStr | None,
        *,
        share: float = 1.0,
        retries: RetryPolicy | None = None,
        surroundings: Surroundings | None = None,
    ) -> None:
        path = f"detectors.{name}"
        self._settings = settings
        self._schema = AnswerSchema(settings.answer)
        self._endpoint = ChatEndpoint(settings.url, key, settings.timeout, settings.in_flight, path)
        self._where = f"{path} at {self._endpoint.shown}"
        self._accounts = Accounts(settings, share)
        self._retries = retries or RetryPolicy(RetrySchedule(give_up_after_s=settings.give_up_after))
        self._surroundings = surroundings or Surroundings()
        self._closing = threading.Event()

    def __repr__(self) -> str:
        """Detector and host only."""
        return f"VisionLlmClient({self._where!r})"

    def ask(self, jpegs: Sequence[bytes]) -> Outcome:
        """Ask about frames; see :class:`Asker`."""
        outcome = self._ask(jpegs) if jpegs else Answered(())
        self._accounts.count(outcome)
        return outcome

    def statistics(self) -> VisionLlmStatistics:
        """Counts so far."""
        return self._accounts.snapshot()

    def close(self) -> None:
        """Give up questions that wait, and close the connections."""
        self._closing.set()
        self._endpoint.close()

    def __enter__(self) -> Self:
        """The client itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def _ask(self, jpegs: Sequence[bytes]) -> Outcome:
        body = request_body(self._settings, self._schema, jpegs)
        question = _Question(len(jpegs), body, self._surroundings.now_s())
        failures = Failures()
        while True:
            result = self._attempt(question)
            if not isinstance(result, Failed):
                return result
            failures = failures.after_malformed() if result.malformed else failures.after_error()
            draw = self._surroundings.draw()
            wait_s = next_wait_s(self._retries, failures, self._waited_s(question), draw, result.retry_after_s)
            if wait_s is None or self._pause(wait_s):
                return result.final()

    def _attempt(self, question: _Question) -> Outcome | Failed:
        """Send a question once, if the budget has room, and as soon as the rate limit allows it."""
        reservation = self._accounts.reserve(question.frames, self._surroundings.now_s())
        if isinstance(reservation, BudgetExhausted):
            return reservation
        stopped = self._wait_for_turn(question)
        if stopped is not None:
            self._accounts.cancel(reservation, self._surroundings.now_s())
            return stopped
        judgement = judge(self._schema, question.frames, self._endpoint.post(question.body), self._where)
        self._accounts.settle(reservation, judgement, self._surroundings.now_s())
        return judgement.result

    def _wait_for_turn(self, question: _Question) -> RateLimited | Unavailable | None:
        longest_s = max(0.0, self._retries.schedule.give_up_after_s - self._waited_s(question))
        wait_s = self._accounts.take_turn(self._surroundings.now_s(), longest_s)
        if wait_s is None:
            return RateLimited(f"{self._where}: no turn within {longest_s:.1f} s at {self._settings.rate:g} per second")
        return Unavailable(f"{self._where}: closed while waiting") if self._pause(wait_s) else None

    def _pause(self, wait_s: float) -> bool:
        return self._surroundings.pause(self._closing, wait_s)

    def _waited_s(self, question: _Question) -> float:
        return self._surroundings.now_s() - question.asked_at_s
