"""What the alert job makes of one Kafka record: decode, check, evaluate the rules. Flink only carries the state."""

from dataclasses import dataclass

from ommatid_connectors.flink_kafka.records import SinkRecord, SourceRecord
from ommatid_jobs.flink.outgoing import MisplacedRecord, dead_letter_record, event_record
from ommatid_jobs.operators import rules
from ommatid_schemas import topics
from ommatid_schemas.codec import SingleObjectCodec
from ommatid_schemas.errors import DecodeError
from ommatid_schemas.events import Alert, FrameResult

STAGE = "rules"


@dataclass(frozen=True, slots=True)
class Refused:
    """The record is not a result that can be judged."""

    dead_letter: SinkRecord


@dataclass(frozen=True, slots=True)
class UnknownCamera:
    """The fleet file does not, or no longer, name the camera: nothing can be said about it.

    Its result is small, and can be replayed once the job was submitted with a fleet file that names the camera.
    """

    dead_letter: SinkRecord


@dataclass(frozen=True, slots=True)
class Repeat:
    """The frame is not newer than the last one of its camera."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The rules saw the frame; often they raise nothing.

    Attributes:
        alerts: What they raise.
        held_back: Rules over their limit that would have raised something.
        unreadable: Rules that cannot read the frame's answer.
    """

    alerts: tuple[Alert, ...]
    held_back: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()


Outcome = Refused | UnknownCamera | Repeat | Judged


@dataclass(frozen=True, slots=True)
class Judgement:
    """The camera's next state (None: as it was) and what became of the record.

    Attributes:
        due_at_us: Event time at which :func:`pass_time` will raise something, should no record come before;
            microseconds, None if nothing waits for time alone.
    """

    state: bytes | None
    outcome: Outcome
    due_at_us: int | None = None


def judge(book: rules.RuleBook, packed: bytes | None, camera_id: str, record: SourceRecord, now_us: int) -> Judgement:
    """Evaluate one result of a camera.

    Args:
        book: Rules of the region.
        packed: State of the camera; None for a new one.
        camera_id: The record's key as text.
        record: A record of the detections topic.
        now_us: Current time, microseconds since the epoch.

    Raises:
        IncompatibleStateError: A newer version wrote the state; only another deployment can help.
    """
    dead_letters = topics.dead_letters_topic(book.region)
    state = rules.RulesState() if packed is None else rules.unpack_state(packed)
    try:
        result = _checked_result(camera_id, record)
    except (DecodeError, MisplacedRecord) as exc:
        return Judgement(None, Refused(dead_letter_record(dead_letters, record, STAGE, exc)))
    camera = book.for_camera(camera_id)
    if camera is None:
        return Judgement(None, UnknownCamera(dead_letter_record(dead_letters, record, STAGE, _unknown(camera_id))))
    step = rules.evaluate(state, result, camera, now_us)
    if step.repeat:
        return Judgement(None, Repeat())
    return _judgement(step, camera)


def pass_time(book: rules.RuleBook, packed: bytes | None, camera_id: str, until_us: int, now_us: int) -> Judgement:
    """Raise what time alone raises: absence, and counts that have held for long enough.

    Args:
        book: Rules of the region.
        packed: State of the camera; None for one that has none, or has it no more.
        camera_id: The camera.
        until_us: The watermark, microseconds since the epoch.
        now_us: Current time, microseconds since the epoch.

    Returns:
        As from :func:`judge`; the outcome is always a ``Judged``.

    Raises:
        IncompatibleStateError: As :func:`judge` does.
    """
    camera = book.for_camera(camera_id)
    if packed is None or camera is None:
        return Judgement(None, Judged(()))
    return _judgement(rules.elapsed(rules.unpack_state(packed), camera, until_us, now_us), camera)


def outgoing(book: rules.RuleBook, outcome: Outcome, now_us: int) -> list[SinkRecord]:
    """The records that an outcome writes."""
    if isinstance(outcome, (Refused, UnknownCamera)):
        return [outcome.dead_letter]
    if not isinstance(outcome, Judged):
        return []
    topic = topics.alerts_topic(book.region)
    return [event_record(topic, alert, alert.captured_at_us, now_us) for alert in outcome.alerts]


def _judgement(step: rules.Step, camera: rules.CameraRules) -> Judgement:
    due_at_us = rules.due_at_us(step.state, camera)
    return Judgement(rules.pack_state(step.state), Judged(step.alerts, step.held_back, step.unreadable), due_at_us)


def _unknown(camera_id: str) -> MisplacedRecord:
    return MisplacedRecord(
        f"camera: expected one of the fleet file that this job was submitted with, found {camera_id!r}; "
        "if it is new, upgrade the job with --fleet and replay this; if it is gone, stop its agent"
    )


def _checked_result(camera_id: str, record: SourceRecord) -> FrameResult:
    result = SingleObjectCodec().decode(FrameResult, record.value or b"")
    if result.camera_id != camera_id:
        raise MisplacedRecord(
            f"key: expected {result.camera_id!r}, found {camera_id!r}; who else publishes to {record.topic}?"
        )
    return result
