"""What is raised follows from the reports: not from when they are judged, nor from a restart in between."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ommatid_jobs.operators import camera_watch
from ommatid_jobs.operators.packed_state import IncompatibleStateError
from ommatid_schemas import Alert, CameraState, CameraStatus
from tests.unit.jobs.operators.camera_watch.site import Site, book, rule, status

CAMERAS = {"a": "gw-1", "b": "gw-1", "c": "gw-1", "d": "gw-2", "e": "gw-2", "f": "gw-2", "g": "gw-3"}
UNTIL_S = 400
LATENESS_S = 2
BOOK = book(CAMERAS, rule(cooldown_us=45_000_000, tampered=("black",)), rule("slow", silent_s=120, offline_s=None))


@st.composite
def lives(draw: st.DrawFn) -> list[CameraStatus]:
    """Reports of cameras that are well at first, then without pictures, black, or not reported, in turn."""
    outage_s = draw(st.integers(50, 250))
    reports: list[CameraStatus] = []
    for phase, (name, agent_id) in enumerate(CAMERAS.items()):
        reports.append(status(name, phase, agent_id=agent_id))
        since_s, ways = 10, draw(st.lists(st.tuples(st.sampled_from("wobs"), st.integers(5, 200)), max_size=6))
        for way, length_s in ways:
            if way != "s":
                reports += _some(name, agent_id, way, range(since_s + phase, since_s + length_s, 10))
            since_s += length_s
    in_outage = draw(st.booleans())
    kept = [it for it in reports if not in_outage or not outage_s < _second(it) < outage_s + 150]
    return sorted(kept, key=lambda it: it.reported_at_us)


def _some(name: str, agent_id: str, way: str, times: range) -> list[CameraStatus]:
    state = CameraState.BACKING_OFF if way == "o" else CameraState.STREAMING
    faults = {"black": times.start - 3.0} if way == "b" else {}
    return [
        status(name, at_s, state, agent_id=agent_id, since_s=times.start, tampering=faults)
        for at_s in times
        if at_s < UNTIL_S
    ]


def _second(report: CameraStatus) -> float:
    return report.reported_at_us / 1e6 - 1_700_000_000


def told(alerts: list[Alert]) -> list[Alert]:
    """Messages without what time makes of them."""
    return [replace(it, raised_at_us=0, latency_ms={}, late=False) for it in alerts]


@settings(max_examples=12)
@given(reports=lives())
def test_reports_that_are_read_at_once_raise_what_they_raise_as_they_come(reports: list[CameraStatus]):
    at_once = Site(BOOK)
    at_once.take(*reports)
    at_once.judge(UNTIL_S)

    assert told(at_once.alerts) == told(Site(BOOK).live(reports, UNTIL_S))


@settings(max_examples=12)
@given(reports=lives(), random=st.randoms(use_true_random=False))
def test_reports_in_any_order_within_the_lateness_raise_the_same(reports: list[CameraStatus], random: Random):
    site, newest_s = Site(BOOK), 0.0
    for report in sorted(reports, key=lambda it: _second(it) + random.uniform(0, LATENESS_S)):
        newest_s = max(newest_s, _second(report))
        site.take(report)
        site.judge(newest_s - LATENESS_S)
    site.judge(UNTIL_S)

    assert told(site.alerts) == told(Site(BOOK).live(reports, UNTIL_S))


@settings(max_examples=12)
@given(reports=lives(), cut=st.integers(0, 300))
def test_a_restart_in_between_changes_nothing(reports: list[CameraStatus], cut: int):
    first, second = Site(BOOK), Site(BOOK)
    first.live(reports[:cut], max(0, round(_second(reports[min(cut, len(reports)) - 1])) - 2) if reports else 0)
    packed = {name: camera_watch.pack_camera(camera) for name, camera in first.cameras.items()}
    second.cameras = {name: camera_watch.unpack_camera(camera) for name, camera in packed.items()}
    second.region = camera_watch.unpack_region(camera_watch.pack_region(first.region))
    second.live(reports[cut:], UNTIL_S)

    assert told([*first.alerts, *second.alerts]) == told(Site(BOOK).live(reports, UNTIL_S))


@settings(max_examples=12)
@given(reports=lives())
def test_every_alert_begins_once_and_ends_at_most_once(reports: list[CameraStatus]):
    alerts = Site(BOOK).live(reports, UNTIL_S)
    new = [it.alert_id for it in alerts if it.type == "new"]
    end = [it.alert_id for it in alerts if it.type == "end"]

    assert len(set(new)) == len(new)
    assert len(set(end)) == len(end)
    assert set(end) <= set(new)


@pytest.mark.parametrize("unpack", [camera_watch.unpack_camera, camera_watch.unpack_region])
@pytest.mark.parametrize("packed", [b"", b"\x02[]", b"\x01{", b"\x01[1]"])
def test_bytes_of_another_version_and_damaged_ones_are_refused(unpack: object, packed: bytes):
    with pytest.raises(IncompatibleStateError, match="watch state"):
        unpack(packed)  # type: ignore[operator]
