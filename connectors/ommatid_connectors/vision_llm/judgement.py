"""From what came back over HTTP to what it means for the question. Pure."""

from dataclasses import dataclass, field

from ommatid_connectors.vision_llm.answer_schema import AnswerSchema, Malformed
from ommatid_connectors.vision_llm.completion import Completion, Tokens, error_code, read_completion
from ommatid_connectors.vision_llm.outcomes import Answered, Refused, Unavailable, Unusable
from ommatid_connectors.vision_llm.retry_decision import is_retriable

_NO_QUOTA = "insufficient_quota"
"""OpenAI's code, with status 429, for an account without money: waiting does not fill it."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP answer.

    Attributes:
        retry_after_s: Shortest wait that the server asked for, seconds.
    """

    status: int
    body: bytes = field(repr=False)
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class NoReply:
    """No HTTP answer, or not all of it.

    Attributes:
        reason: Class of the cause.
        sent: The request may have reached the model, and may be billed.
    """

    reason: str
    sent: bool


@dataclass(frozen=True, slots=True)
class Failed:
    """An attempt without an answer; asking again may help.

    Attributes:
        malformed: There was an answer, of the wrong form.
        retry_after_s: Shortest wait that the server asked for, seconds.
    """

    reason: str
    malformed: bool = False
    retry_after_s: float | None = None

    def final(self) -> Unavailable | Unusable:
        """What becomes of the question when it is not asked again."""
        return Unusable(self.reason) if self.malformed else Unavailable(self.reason)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one attempt means.

    Attributes:
        tokens: What the API counted; None when it did not say.
        billed: Whether the attempt costs, or may cost, money.
    """

    result: Answered | Refused | Failed
    tokens: Tokens | None = None
    billed: bool = False


def judge(schema: AnswerSchema, frames: int, reply: Reply | NoReply, where: str) -> Judgement:
    """Judge one attempt.

    Args:
        schema: Form of the answer.
        frames: Number of frames that were asked about.
        reply: What came back.
        where: Detector and host, the beginning of every reason.
    """
    if isinstance(reply, NoReply):
        return Judgement(Failed(f"{where}: no answer ({reply.reason})"), billed=reply.sent)
    if reply.status != 200:
        return Judgement(_error(reply, where))
    read = read_completion(reply.body)
    return Judgement(_answer(schema, frames, read.completion, where), read.tokens, billed=True)


def _error(reply: Reply, where: str) -> Refused | Failed:
    code = error_code(reply.body)
    reason = f"{where}: answered {reply.status}" + (f" ({code})" if code else "")
    if is_retriable(reply.status) and code != _NO_QUOTA:
        return Failed(reason, retry_after_s=reply.retry_after_s)
    return Refused(reason)


def _answer(
    schema: AnswerSchema, frames: int, completion: Completion | Malformed, where: str
) -> Answered | Refused | Failed:
    if isinstance(completion, Malformed):
        return Failed(f"{where}: {completion.reason}", malformed=True)
    if completion.declined:
        return Refused(f"{where}: the model declined to answer")
    if completion.cut_off:
        return Failed(f"{where}: answer cut off at its length limit; raise max_output_tokens", malformed=True)
    answers = schema.parse(completion.content, frames)
    return Failed(f"{where}: {answers.reason}", malformed=True) if isinstance(answers, Malformed) else Answered(answers)
