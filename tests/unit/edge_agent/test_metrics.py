from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest

from ommatid_edge.camera_condition import Condition
from ommatid_edge.camera_group.messages import ConditionChanged
from ommatid_edge.camera_plan import CameraPlan
from ommatid_edge.chosen_frame import ChosenFrame
from ommatid_edge.frame_counters import FrameCounters
from ommatid_edge.frame_selection import DropReason
from ommatid_edge.metrics import CameraMetrics
from ommatid_edge.plan_changes import PlanChanges
from ommatid_edge.roster import Roster
from ommatid_schemas.events import CameraState, Reason
from tests.unit.edge_agent.camera_plans import plan_of


def pass_over(plan: CameraPlan, frame: ChosenFrame, counters: FrameCounters) -> None:
    """No frame is taken here."""


def roster(plan: CameraPlan) -> Roster:
    both = Roster(pass_over, lambda: 1, lambda _: None)
    both.apply(PlanChanges(started=(plan_of(plan, "lobby-1"), plan_of(plan, "lobby-2"))))
    for camera_id in ("lobby-1", "lobby-2"):
        counters = both.counters_of(camera_id)
        counters.captured()
        counters.published(Reason.MOTION)
        counters.discarded(DropReason.NOT_DUE)
    streaming = Condition(
        CameraState.STREAMING, 1, connections=3, clock_offset_us=-80_000, gear="idle", key_frame_distance_us=2_000_000
    )
    both.take(ConditionChanged("lobby-1", streaming))
    both.take(ConditionChanged("lobby-2", Condition(CameraState.STALLED, 1, clock_offset_us=3_000_000, gear="full")))
    return both


def scraped(roster: Roster, *, per_camera: bool = False) -> str:
    registry = CollectorRegistry()
    registry.register(CameraMetrics(roster, per_camera=per_camera))
    return generate_latest(registry).decode()


def test_series_are_sums_over_the_agent_by_default(plan: CameraPlan):
    text = scraped(roster(plan))

    assert 'ommatid_edge_frames_total{reason="",result="captured"} 4.0' in text
    assert 'ommatid_edge_frames_total{reason="MOTION",result="published"} 2.0' in text
    assert 'ommatid_edge_frames_total{reason="not_due",result="dropped"} 2.0' in text
    assert 'ommatid_edge_camera_state{state="STREAMING"} 1.0' in text
    assert "ommatid_edge_stream_connections 1.0" in text
    assert "ommatid_edge_reconnects_total 2.0" in text
    assert "ommatid_edge_clock_offset_seconds 3.0" in text
    assert "ommatid_edge_key_frame_distance_seconds 2.0" in text
    assert 'ommatid_edge_gear{gear="idle"} 1.0' in text
    assert "lobby" not in text


def test_each_camera_has_series_of_its_own_on_request(plan: CameraPlan):
    text = scraped(roster(plan), per_camera=True)

    assert 'ommatid_edge_frames_total{camera_id="lobby-2",reason="MOTION",result="published"} 1.0' in text
    assert 'ommatid_edge_camera_state{camera_id="lobby-1",state="STREAMING"} 1.0' in text
    assert 'ommatid_edge_clock_offset_seconds{camera_id="lobby-1"} -0.08' in text


def test_a_camera_that_leaves_the_fleet_file_keeps_its_counts_but_has_no_state(plan: CameraPlan):
    cameras = roster(plan)
    cameras.apply(PlanChanges(removed=("lobby-1",)))
    text = scraped(cameras)

    assert 'ommatid_edge_frames_total{reason="",result="captured"} 4.0' in text
    assert 'ommatid_edge_camera_state{state="STREAMING"} 0.0' in text
    assert 'ommatid_edge_camera_state{state="DISABLED"} 0.0' in text


def test_a_status_carries_the_same_counts(plan: CameraPlan):
    status = roster(plan).known[0].status("agent-1")

    assert (status.state, status.frames_captured, status.frames_published) == (CameraState.STREAMING, 2, 1)
    assert status.frames_dropped == {"not_due": 1}
