import pytest

from ommatid_edge.camera_condition import Condition
from ommatid_edge.camera_group.messages import ConditionChanged, FrameChosen, FramesDropped
from ommatid_edge.camera_group.wire import MalformedReportError
from ommatid_edge.camera_plan import CameraPlan
from ommatid_edge.chosen_frame import ChosenFrame
from ommatid_edge.frame_counters import FrameCounters
from ommatid_edge.frame_selection import DropReason
from ommatid_edge.plan_changes import PlanChanges
from ommatid_edge.roster import Roster
from ommatid_schemas.events import CameraState, Clock, Reason
from tests.unit.edge_agent.camera_plans import plan_of

FRAME = FrameChosen(ChosenFrame("lobby-1", 5, Clock.RTCP, Reason.MOTION, 0.5, 64, 48, b"jpeg"))


class Publisher:
    """Keeps what it is given; fails when broken."""

    def __init__(self) -> None:
        self.taken = list[tuple[CameraPlan, int]]()
        self.broken = False

    def accept(self, plan: CameraPlan, frame: ChosenFrame, counters: FrameCounters) -> None:
        del counters
        if self.broken:
            raise RuntimeError("unforeseen")
        self.taken.append((plan, frame.captured_at_us))


@pytest.fixture
def publisher() -> Publisher:
    return Publisher()


@pytest.fixture
def roster(publisher: Publisher, plan: CameraPlan) -> Roster:
    made = Roster(publisher.accept, lambda: 7, lambda _: None)
    made.apply(PlanChanges(started=(plan,), disabled=("off",)))
    return made


def test_a_chosen_frame_is_counted_and_published_with_the_latest_plan(
    roster: Roster, publisher: Publisher, plan: CameraPlan
):
    edited = plan_of(plan, "lobby-1", "rtsp://10.0.0.9/main")
    roster.apply(PlanChanges(updated=(edited,)))
    roster.take(FRAME)

    totals = roster.counters_of("lobby-1").totals()
    assert (totals.captured, totals.pending) == (1, 1)
    assert publisher.taken == [(edited, 5)]


def test_frames_under_way_when_their_camera_goes_are_still_published(roster: Roster, publisher: Publisher):
    roster.apply(PlanChanges(removed=("lobby-1",)))
    roster.take(FRAME)
    roster.take(FramesDropped({"lobby-1": {DropReason.NOT_DUE: 3}}))

    assert len(publisher.taken) == 1
    assert roster.counters_of("lobby-1").totals().captured == 4
    assert [monitor.camera_id for monitor in roster.listed] == ["off"]
    assert [monitor.camera_id for monitor in roster.known] == ["lobby-1", "off"]


def test_a_frame_at_which_the_agent_fails_is_still_accounted_for(roster: Roster, publisher: Publisher):
    publisher.broken = True

    with pytest.raises(RuntimeError, match="unforeseen"):
        roster.take(FRAME)

    totals = roster.counters_of("lobby-1").totals()
    assert (totals.captured, totals.pending, totals.dropped) == (1, 0, {DropReason.AGENT_FAULT: 1})


def test_a_report_of_a_camera_that_was_never_watched_is_refused(roster: Roster):
    for report in (
        FramesDropped({"off": {DropReason.NOT_DUE: 3}}),
        ConditionChanged("elsewhere", Condition(CameraState.STREAMING, 1)),
    ):
        with pytest.raises(MalformedReportError, match=r"found one of '(off|elsewhere)'"):
            roster.take(report)


def test_a_camera_that_is_switched_on_again_goes_on_counting(roster: Roster, plan: CameraPlan):
    roster.take(FRAME)
    roster.apply(PlanChanges(disabled=("lobby-1",)))
    assert roster.known[0].condition.state is CameraState.DISABLED

    roster.apply(PlanChanges(started=(plan,)))
    roster.take(FRAME)

    assert roster.known[0].condition.state is CameraState.CONNECTING
    assert roster.counters_of("lobby-1").totals().captured == 2
