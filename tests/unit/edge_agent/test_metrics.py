from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest

from ommatid_edge.camera_monitor import CameraMonitor
from ommatid_edge.frame_selection import DropReason
from ommatid_edge.metrics import CameraMetrics
from ommatid_schemas.events import CameraState, Reason


def monitors() -> list[CameraMonitor]:
    both = [CameraMonitor("lobby-1", lambda: 1), CameraMonitor("lobby-2", lambda: 1)]
    for monitor in both:
        monitor.counters.captured()
        monitor.counters.published(Reason.MOTION)
        monitor.counters.captured()
        monitor.counters.dropped(DropReason.NOT_DUE)
    both[0].opened()
    both[0].clock_offset(-80_000)
    both[1].clock_offset(3_000_000)
    return both


def scraped(*, per_camera: bool) -> str:
    registry = CollectorRegistry()
    registry.register(CameraMetrics(monitors(), per_camera=per_camera))
    return generate_latest(registry).decode()


def test_series_are_sums_over_the_agent_by_default():
    text = scraped(per_camera=False)

    assert 'ommatid_edge_frames_total{reason="",result="captured"} 4.0' in text
    assert 'ommatid_edge_frames_total{reason="MOTION",result="published"} 2.0' in text
    assert 'ommatid_edge_frames_total{reason="not_due",result="dropped"} 2.0' in text
    assert 'ommatid_edge_camera_state{state="STREAMING"} 1.0' in text
    assert "ommatid_edge_clock_offset_seconds 3.0" in text
    assert "lobby" not in text


def test_each_camera_has_series_of_its_own_on_request():
    text = scraped(per_camera=True)

    assert 'ommatid_edge_frames_total{camera_id="lobby-2",reason="MOTION",result="published"} 1.0' in text
    assert 'ommatid_edge_camera_state{camera_id="lobby-1",state="STREAMING"} 1.0' in text
    assert 'ommatid_edge_clock_offset_seconds{camera_id="lobby-1"} -0.08' in text


def test_a_status_carries_the_same_counts():
    status = monitors()[0].status("agent-1")

    assert (status.state, status.frames_captured, status.frames_published) == (CameraState.STREAMING, 2, 1)
    assert status.frames_dropped == {"not_due": 1}
