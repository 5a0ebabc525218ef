"""What the sampler makes of one Kafka record: decode, check, judge. Flink's function only carries the state."""

from dataclasses import dataclass

from ommatid_connectors.flink_kafka.records import SinkRecord, SourceRecord
from ommatid_connectors.flink_kafka.tables import MAX_VALUE_BYTES
from ommatid_jobs.flink.detect.model_queue import ModelQueue
from ommatid_jobs.flink.detect.settings import DetectSettings, GroupSettings, UnknownGroup
from ommatid_jobs.flink.outgoing import MisplacedRecord, OversizedRecord, dead_letter_record
from ommatid_jobs.operators import sampler
from ommatid_jobs.operators.budgeted_admission import SubtaskBudgets
from ommatid_jobs.operators.catching_up import CatchUp
from ommatid_jobs.operators.fair_share import admitted_within_share, share_frames
from ommatid_schemas.codec import SingleObjectCodec
from ommatid_schemas.errors import DecodeError
from ommatid_schemas.events import FrameEvent, Reason, Trigger, frame_id
from ommatid_schemas.topics import frames_topic

STAGE = "sampler"

MAX_AHEAD_US = 3_600_000_000
"""How far a camera's clock may be ahead: as far as brokers by default let a record's timestamp be."""

_MAX_CAMERA_ID_CHARACTERS = 128  # as in the fleet file; a longer key would be kept in the state and in every result


@dataclass(frozen=True, slots=True)
class AdmittedFrame:
    """A frame on its way to the model, with the sampler's reason and where it stands in Kafka."""

    frame: FrameEvent
    record: SourceRecord
    reason: Reason
    admitted_at_us: int


@dataclass(frozen=True, slots=True)
class TriggerTaken:
    """The record was a trigger; it changed the state and goes no further."""


Outcome = AdmittedFrame | sampler.Dropped | TriggerTaken | SinkRecord
"""What became of a record; a ``SinkRecord`` is its dead letter."""


@dataclass(frozen=True, slots=True)
class Intake:
    """The camera's next state (None: as it was) and what became of the record.

    Attributes:
        age_us: Time since the frame was published, microseconds; None for what is no frame, and for a replayed one,
            whose waiting tells nothing about the queue.
    """

    state: bytes | None
    outcome: Outcome
    age_us: int | None = None


def take_in(
    settings: DetectSettings,
    packed: bytes | None,
    camera_id: str,
    record: SourceRecord,
    now_us: int,
    *,
    budgets: SubtaskBudgets,
    queue: ModelQueue,
    catch_up: CatchUp,
) -> Intake:
    """Judge one record of a camera.

    Args:
        settings: This deployment.
        packed: State of the camera; None for a new one.
        camera_id: The record's key as text.
        record: A record of a frames topic or of the triggers topic.
        now_us: Current time, microseconds since the epoch.
        budgets: What the groups have spent on this subtask.
        queue: What waits for the models; an admitted frame is added.
        catch_up: What downtime has left for this subtask to do.

    Raises:
        IncompatibleStateError: A newer version wrote the state; only another deployment can help.
    """
    state = sampler.SamplerState() if packed is None else sampler.unpack_state(packed)
    try:
        _require_read_whole(record)
        if record.topic == settings.triggers_topic:
            return _take_trigger(settings, state, camera_id, record, now_us)
        frame, group = _checked_frame(settings, camera_id, record, now_us)
    except (DecodeError, MisplacedRecord, OversizedRecord, UnknownGroup) as exc:
        return Intake(None, dead_letter_record(settings.dead_letters_topic, record, STAGE, exc))
    age_us = now_us - frame.published_at_us if record.replay is None else None
    if record.replay is None:
        excused = catch_up.excuses((record.topic, record.partition), frame.published_at_us, now_us)
        judged = sampler.on_frame(state, frame, group.policy, settings.priority, now_us, excused=excused)
        share = share_frames(queue.frame_ms(group.detector))
        judged = admitted_within_share(share, queue.waiting_us(camera_id), state, judged, frame)
        state, verdict = budgets.admit(state, judged, frame, now_us)
    else:
        state, verdict = sampler.on_replay(state, frame, record.replay)
    if isinstance(verdict, sampler.Dropped):
        return Intake(sampler.pack_state(state), verdict, age_us)
    queue.add(frame)
    return Intake(sampler.pack_state(state), AdmittedFrame(frame, record, verdict.reason, now_us), age_us)


def _require_read_whole(record: SourceRecord) -> None:
    if len(record.value or b"") > MAX_VALUE_BYTES:
        raise OversizedRecord(
            f"record: expected a value of at most {MAX_VALUE_BYTES} bytes, found more; frames should be encoded "
            "smaller (groups.NAME.publish), and max.message.bytes of the topic is larger than 'ommatid topics' sets it"
        )


def _take_trigger(
    settings: DetectSettings, state: sampler.SamplerState, camera_id: str, record: SourceRecord, now_us: int
) -> Intake:
    trigger = SingleObjectCodec().decode(Trigger, record.value or b"")
    _require("key", trigger.camera_id, camera_id)
    longest_us = max(group.policy.event_window_us for group in settings.groups.values())
    _require_not_ahead("trigger", trigger.until_us - longest_us, now_us)
    return Intake(sampler.pack_state(sampler.on_trigger(state, trigger)), TriggerTaken())


def _checked_frame(
    settings: DetectSettings, camera_id: str, record: SourceRecord, now_us: int
) -> tuple[FrameEvent, GroupSettings]:
    frame = SingleObjectCodec().decode(FrameEvent, record.value or b"")
    _require("key", frame.camera_id, camera_id)
    _require("region", settings.region, frame.region)
    _require("priority", settings.priority, frame.priority)
    _require("frame_id", frame_id(frame.camera_id, frame.captured_at_us), frame.frame_id)
    if len(camera_id) > _MAX_CAMERA_ID_CHARACTERS:
        raise MisplacedRecord(
            f"key: expected a camera id of at most {_MAX_CAMERA_ID_CHARACTERS} characters, found {len(camera_id)}; "
            "who publishes to this topic?"
        )
    if frame.group not in settings.groups:
        # A group that came later has a topic; any other name is somebody's mistake.
        _require("group's topic", frames_topic(settings.region, settings.priority, frame.group), record.topic)
    if frame.captured_at_us <= 0 or frame.image is None:
        raise MisplacedRecord(
            f"frame: expected a capture time after 1970 and an image, found {frame.captured_at_us} us and "
            f"{'no image' if frame.image is None else 'an image'}; which version of the agent wrote it?"
        )
    _require_not_ahead("frame", frame.captured_at_us, now_us)
    return frame, settings.settings_of(frame.group)


def _require(field: str, expected: str, found: str) -> None:
    if expected != found:
        raise MisplacedRecord(f"{field}: expected {expected!r}, found {found!r}; who publishes to this topic?")


def _require_not_ahead(what: str, at_us: int, now_us: int) -> None:
    """Refuse a time that no clock near this one can have shown: the camera's layers would wait until it has come."""
    if at_us - now_us > MAX_AHEAD_US:
        raise MisplacedRecord(
            f"{what}: expected a time at most {MAX_AHEAD_US // 1_000_000} s ahead, found one that is "
            f"{(at_us - now_us) // 1_000_000} s ahead; do the publisher and this worker keep their clocks by NTP?"
        )
