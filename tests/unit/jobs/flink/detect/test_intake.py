"""One record at the door of the detect job: admitted, dropped with a reason, taken as a trigger, or a dead letter."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ommatid_connectors.flink_kafka.records import SinkRecord, SourceRecord
from ommatid_connectors.flink_kafka.tables import MAX_VALUE_BYTES
from ommatid_jobs.flink.detect.intake import AdmittedFrame, Intake, TriggerTaken, take_in
from ommatid_jobs.flink.detect.model_queue import ModelQueue
from ommatid_jobs.flink.detect.settings import DetectSettings, GroupSettings
from ommatid_jobs.operators.budgeted_admission import SubtaskBudgets
from ommatid_jobs.operators.catching_up import CatchUp
from ommatid_jobs.operators.fair_share import LEAST_FRAMES
from ommatid_jobs.operators.group_budget import share_of
from ommatid_jobs.operators.packed_state import IncompatibleStateError
from ommatid_jobs.operators.sampler import Dropped, DropReason
from ommatid_schemas import FrameEvent, Priority, Reason, SingleObjectCodec, Trigger
from ommatid_schemas.fleet_file import Budget, Sampling
from tests.sample_events import sample_frame
from tests.strategies import hostile_values

NOW_US = 1_800_000_000_000_000
UNLIMITED = SubtaskBudgets({}, NOW_US)
CODEC = SingleObjectCodec()
SETTINGS = DetectSettings(
    region="eu",
    priority=Priority.SAFETY,
    groups={"entrances": GroupSettings(detector="nanodet-416", policy=Sampling(shadow=0).policy)},
)
ALL_DUE = SETTINGS.model_copy(
    update={"groups": {"entrances": GroupSettings(detector="nanodet-416", policy=Sampling(event_rate=None).policy)}}
)
TRIGGER = Trigger("lobby-1", NOW_US + 20_000_000, f"lobby-1/{NOW_US}", 0.9)
FRAMES = "omm.frames.eu.safety.entrances"


def frame(captured_at_us: int = NOW_US, reason: Reason = Reason.MOTION) -> FrameEvent:
    return sample_frame(captured_at_us, published_at_us=captured_at_us, reason=reason)


def record(value: bytes | None, topic: str = FRAMES) -> SourceRecord:
    return SourceRecord(b"lobby-1", value, topic, partition=2, offset=7)


def taken(event: FrameEvent | Trigger, state: bytes | None = None, now_us: int = NOW_US) -> Intake:
    topic = SETTINGS.triggers_topic if isinstance(event, Trigger) else FRAMES
    return take_in(
        SETTINGS,
        state,
        "lobby-1",
        record(CODEC.encode(event), topic),
        now_us,
        budgets=UNLIMITED,
        queue=ModelQueue(),
        catch_up=CatchUp(NOW_US),
    )


def test_a_moving_frame_is_admitted_with_its_place_in_kafka():
    outcome = taken(frame()).outcome

    assert outcome == AdmittedFrame(frame(), record(CODEC.encode(frame())), Reason.MOTION, NOW_US)


def test_the_same_frame_again_is_a_duplicate():
    first = taken(frame())

    assert taken(frame(), first.state).outcome == Dropped(DropReason.DUPLICATE)


def test_a_frame_over_its_groups_budget_is_dropped_for_that():
    spent = SubtaskBudgets({"entrances": share_of(Budget(frames=1.0), subtasks=1, cameras=1)}, NOW_US)
    intake = take_in(
        SETTINGS,
        None,
        "lobby-1",
        record(CODEC.encode(frame())),
        NOW_US,
        budgets=spent,
        queue=ModelQueue(),
        catch_up=CatchUp(NOW_US),
    )

    assert intake.outcome == Dropped(DropReason.OVER_BUDGET)


def test_a_frame_of_a_camera_that_crowds_the_others_out_is_dropped_until_some_are_answered():
    queue, state = ModelQueue(), taken(TRIGGER).state
    queue.record_batch("nanodet-416", 1, duration_ms=1000)
    frames = [frame(NOW_US + n * 10_000) for n in range(LEAST_FRAMES + 2)]
    ends: list[Reason | DropReason] = []
    for seen in frames:
        value = record(CODEC.encode(seen))
        intake = take_in(
            ALL_DUE, state, "lobby-1", value, NOW_US, budgets=UNLIMITED, queue=queue, catch_up=CatchUp(NOW_US)
        )
        state = intake.state
        if isinstance(intake.outcome, AdmittedFrame | Dropped):
            ends.append(intake.outcome.reason)
        if len(ends) == LEAST_FRAMES + 1:
            queue.remove(frames[0])

    assert ends == [Reason.EVENT] * LEAST_FRAMES + [DropReason.OVER_SHARE, Reason.EVENT]


def test_a_frame_that_waited_while_the_job_was_down_is_admitted_and_one_that_waited_for_others_is_stale():
    waited, restarted = record(CODEC.encode(frame())), NOW_US + 60_000_000

    caught_up_with = take_in(
        SETTINGS, None, "lobby-1", waited, restarted, budgets=UNLIMITED, queue=ModelQueue(), catch_up=CatchUp(restarted)
    )
    stale = take_in(
        SETTINGS, None, "lobby-1", waited, restarted, budgets=UNLIMITED, queue=ModelQueue(), catch_up=CatchUp(NOW_US)
    )

    assert isinstance(caught_up_with.outcome, AdmittedFrame)
    assert stale.outcome == Dropped(DropReason.STALE)


def test_a_replayed_frame_is_admitted_once_for_each_replay():
    first = taken(frame())
    again = replace(record(CODEC.encode(frame())), replay="0:17@1#1")

    replayed = take_in(
        SETTINGS,
        first.state,
        "lobby-1",
        again,
        NOW_US + 3_600_000_000,
        budgets=UNLIMITED,
        queue=ModelQueue(),
        catch_up=CatchUp(NOW_US),
    )
    repeated = take_in(
        SETTINGS,
        replayed.state,
        "lobby-1",
        again,
        NOW_US + 3_600_000_000,
        budgets=UNLIMITED,
        queue=ModelQueue(),
        catch_up=CatchUp(NOW_US),
    )

    assert replayed.outcome == AdmittedFrame(frame(), again, Reason.MOTION, NOW_US + 3_600_000_000)
    assert repeated.outcome == Dropped(DropReason.DUPLICATE)


def test_a_trigger_opens_the_event_layer_and_goes_no_further():
    first = taken(frame())
    triggered = taken(Trigger("lobby-1", NOW_US + 30_000_000, "lobby-1/1", 0.9), first.state)

    assert triggered.outcome == TriggerTaken()
    wanted = taken(frame(NOW_US + 10_000, Reason.BASELINE), triggered.state)
    assert isinstance(wanted.outcome, AdmittedFrame)
    assert wanted.outcome.reason is Reason.EVENT


@pytest.mark.parametrize(
    ("broken", "text"),
    [
        (replace(frame(), camera_id="lobby-2"), "key: expected 'lobby-2', found 'lobby-1'"),
        (replace(frame(), region="us"), "region: expected 'eu', found 'us'"),
        (replace(frame(), priority=Priority.INSIGHT), "priority: expected"),
        (replace(frame(), frame_id="lobby-1/5"), "frame_id: expected"),
        (replace(frame(), group="attic"), "group's topic: expected 'omm.frames.eu.safety.attic', found"),
        (replace(frame(), image=None, image_ref="s3://images/1"), "found 1800000000000000 us and no image"),
        (frame(captured_at_us=-5), "found -5 us and an image"),
        (frame(captured_at_us=NOW_US + 3_601_000_000), "at most 3600 s ahead, found one that is 3601 s ahead"),
        (frame(captured_at_us=2**63 - 1), "do the publisher and this worker keep their clocks by NTP?"),
    ],
)
def test_a_frame_that_does_not_belong_here_is_a_dead_letter(broken: FrameEvent, text: str):
    intake = taken(broken)

    assert isinstance(intake.outcome, SinkRecord)
    assert intake.state is None
    assert intake.outcome.headers["error_class"] == b"MisplacedRecord"
    assert text in intake.outcome.headers["error_text"].decode()


@given(st.none() | st.binary(max_size=64))
def test_bytes_that_are_no_frame_become_a_dead_letter_that_can_be_replayed(value: bytes | None):
    intake = take_in(
        SETTINGS,
        None,
        "lobby-1",
        record(value),
        NOW_US,
        budgets=UNLIMITED,
        queue=ModelQueue(),
        catch_up=CatchUp(NOW_US),
    )

    assert isinstance(intake.outcome, SinkRecord)
    assert (intake.outcome.topic, intake.outcome.key, intake.outcome.value) == ("omm.dlq.eu", b"lobby-1", value or b"")
    assert intake.outcome.headers["topic"] == FRAMES.encode()
    assert (intake.outcome.headers["partition"], intake.outcome.headers["offset"]) == (b"2", b"7")
    assert intake.outcome.headers["stage"] == b"sampler"


def test_of_a_huge_record_only_the_beginning_becomes_a_dead_letter():
    intake = take_in(
        SETTINGS,
        None,
        "lobby-1",
        record(bytes(MAX_VALUE_BYTES + 1)),
        NOW_US,
        budgets=UNLIMITED,
        queue=ModelQueue(),
        catch_up=CatchUp(NOW_US),
    )

    assert isinstance(intake.outcome, SinkRecord)
    assert intake.outcome.headers["error_class"] == b"OversizedRecord"
    assert intake.outcome.headers["original_bytes"] == f"7:{MAX_VALUE_BYTES + 1}".encode()
    assert len(intake.outcome.value) < 5_000


def test_a_trigger_that_no_clock_can_have_caused_is_a_dead_letter():
    intake = taken(Trigger("lobby-1", NOW_US + 3_631_000_000, "lobby-1/1", 0.9))

    assert isinstance(intake.outcome, SinkRecord)
    assert b"trigger: expected a time at most 3600 s ahead" in intake.outcome.headers["error_text"]


def test_a_camera_id_that_no_fleet_file_can_hold_is_a_dead_letter():
    event = sample_frame(NOW_US, "x" * 129, published_at_us=NOW_US)
    intake = take_in(
        SETTINGS,
        None,
        "x" * 129,
        record(CODEC.encode(event)),
        NOW_US,
        budgets=UNLIMITED,
        queue=ModelQueue(),
        catch_up=CatchUp(NOW_US),
    )

    assert isinstance(intake.outcome, SinkRecord)
    assert b"at most 128 characters, found 129" in intake.outcome.headers["error_text"]


@given(st.lists(st.tuples(st.none() | st.binary(max_size=8) | st.just(b"lobby-1"), hostile_values, st.booleans())))
def test_whatever_is_published_has_exactly_one_outcome_and_leaves_a_state_that_can_be_read(
    published: list[tuple[bytes | None, bytes | None, bool]],
):
    states: dict[str, bytes] = {}
    outcomes: list[object] = []
    for key, value, is_trigger in published:
        camera_id = (key or b"").decode(errors="replace")
        topic = SETTINGS.triggers_topic if is_trigger else FRAMES
        read = SourceRecord(key, value, topic, partition=2, offset=7)
        intake = take_in(
            SETTINGS,
            states.get(camera_id),
            camera_id,
            read,
            NOW_US,
            budgets=UNLIMITED,
            queue=ModelQueue(),
            catch_up=CatchUp(NOW_US),
        )
        if intake.state is not None:
            states[camera_id] = intake.state
        outcomes.append(intake.outcome)
    kinds = [(AdmittedFrame, Dropped, SinkRecord, TriggerTaken)] * len(outcomes)

    assert len(outcomes) == len(published)
    assert all(isinstance(outcome, kind) for outcome, kind in zip(outcomes, kinds, strict=True))
    assert all(
        outcome.headers["error_class"] in {b"DecodeError", b"MisplacedRecord"}
        for outcome in outcomes
        if isinstance(outcome, SinkRecord)
    )


def test_one_frame_of_a_clock_that_is_ahead_does_not_stop_the_layers_of_its_camera():
    ahead = taken(frame(NOW_US + 3_599_000_000))
    wanted = [taken(frame(NOW_US + n * 500_000), ahead.state) for n in range(3)]

    assert [AdmittedFrame] * 3 == [type(intake.outcome) for intake in wanted]


def test_state_of_a_newer_version_stops_the_job_instead_of_being_forgotten():
    with pytest.raises(IncompatibleStateError):
        taken(frame(), state=b"\xff")


def test_a_long_error_is_cut_so_that_headers_stay_small():
    intake = taken(replace(frame(), group="attic" * 1000))

    assert isinstance(intake.outcome, SinkRecord)
    assert len(intake.outcome.headers["error_text"]) <= 500


NEW_GROUP = record(CODEC.encode(replace(frame(), group="attic")), "omm.frames.eu.safety.attic")


def test_a_frame_of_a_group_that_came_later_is_judged_by_the_defaults():
    intake = take_in(
        SETTINGS, None, "lobby-1", NEW_GROUP, NOW_US, budgets=UNLIMITED, queue=ModelQueue(), catch_up=CatchUp(NOW_US)
    )

    assert isinstance(intake.outcome, AdmittedFrame)
    assert SETTINGS.settings_of("attic") == GroupSettings(detector="nanodet-416", policy=Sampling().policy)


def test_with_several_detectors_a_later_group_waits_as_a_dead_letter_for_the_upgrade():
    other = {"yards": GroupSettings(detector="null-416", policy=Sampling().policy)}
    two = SETTINGS.model_copy(update={"groups": SETTINGS.groups | other})
    intake = take_in(
        two, None, "lobby-1", NEW_GROUP, NOW_US, budgets=UNLIMITED, queue=ModelQueue(), catch_up=CatchUp(NOW_US)
    )

    assert isinstance(intake.outcome, SinkRecord)
    assert b"found 'attic' and several detectors; upgrade the job" in intake.outcome.headers["error_text"]
