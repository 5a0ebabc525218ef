"""Generators of hypothesis for the whole test suite."""

import json
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from hypothesis import strategies as st

from ommatid_connectors.vision_llm.rate_limit import RateLimit
from ommatid_edge.gears.settings import GearSettings
from ommatid_edge.spool.entry import Entry
from ommatid_fleet.backtest.raised_alert import RaisedAlert
from ommatid_fleet.backtest.scoring import TrueEvent
from ommatid_jobs.operators.rule_versions import ArmingOrder
from ommatid_jobs.operators.rules import AlertRule, CameraRules, RuleBook, WatchedCount, rule_book
from ommatid_schemas import (
    Alert,
    AlertType,
    Box,
    CameraState,
    CameraStatus,
    Clock,
    Event,
    Evidence,
    FrameEvent,
    FrameRef,
    FrameResult,
    Priority,
    Reason,
    Severity,
    SingleObjectCodec,
    Trigger,
    frame_id,
)
from ommatid_schemas.fleet_file import parse_fleet
from ommatid_schemas.sampling import Candidate, SamplingPolicy
from tests.sample_events import sample_alert, sample_frame, sample_result
from tests.unit.edge_agent.gears.rides import Passing
from tests.wall_clocks import DAY_MIN, DAYS, YEAR, ZONES, Calendar, Hours

times_us = st.integers(min_value=0, max_value=2**53)
camera_ids = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,20}", fullmatch=True)
names = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)
float32 = st.floats(min_value=0, max_value=1, width=32)
counts = st.integers(min_value=0, max_value=2**40)

boxes = st.builds(Box, st.sampled_from(["person", "car"]), float32, float32, float32, float32, float32)
box_tuples = st.lists(boxes, max_size=3).map(tuple)
frame_refs = st.builds(FrameRef, names, st.integers(0, 2**31 - 1), counts)
evidence = st.builds(Evidence, st.text(), times_us, frame_refs, box_tuples)

frame_events = st.builds(
    FrameEvent,
    frame_id=st.text(),
    camera_id=camera_ids,
    region=names,
    group=names,
    priority=st.sampled_from(Priority),
    captured_at_us=times_us,
    clock=st.sampled_from(Clock),
    published_at_us=times_us,
    agent_id=names,
    sequence=counts,
    reason=st.sampled_from(Reason),
    motion_score=float32,
    width=st.integers(1, 8192),
    height=st.integers(1, 8192),
    encoding=st.just("jpeg"),
    image=st.none() | st.binary(max_size=64),
    image_ref=st.none() | st.text(),
)
frame_results = st.builds(
    FrameResult,
    frame_id=st.text(),
    camera_id=camera_ids,
    region=names,
    group=names,
    priority=st.sampled_from(Priority),
    captured_at_us=times_us,
    published_at_us=times_us,
    admitted_at_us=times_us,
    inferred_at_us=times_us,
    reason=st.sampled_from(Reason),
    model=names,
    model_version=st.text(),
    boxes=box_tuples,
    frame_ref=frame_refs,
    batch_size=st.integers(1, 64),
    answer=st.none() | st.text(),
)
triggers = st.builds(Trigger, camera_ids, times_us, st.text(), float32)
alerts = st.builds(
    Alert,
    alert_id=st.text(),
    type=st.sampled_from(AlertType),
    camera_id=camera_ids,
    region=names,
    group=names,
    priority=st.sampled_from(Priority),
    rule=names,
    kind=names,
    severity=st.sampled_from(Severity),
    label=names,
    score=float32,
    zones=st.lists(names, max_size=3).map(tuple),
    track_id=st.none() | st.text(),
    started_at_us=times_us,
    ended_at_us=st.none() | times_us,
    captured_at_us=times_us,
    raised_at_us=times_us,
    latency_ms=st.dictionaries(names, st.floats(allow_nan=False), max_size=3),
    late=st.booleans(),
    deliver=st.lists(names, max_size=3).map(tuple),
    evidence=st.lists(evidence, max_size=2).map(tuple),
)
camera_statuses = st.builds(
    CameraStatus,
    camera_ids,
    names,
    st.sampled_from(CameraState),
    times_us,
    times_us,
    counts,
    counts,
    counts,
    st.dictionaries(names, counts, max_size=3),
    st.dictionaries(names, times_us, max_size=3),
)
events: st.SearchStrategy[Event] = st.one_of(frame_events, frame_results, triggers, alerts, camera_statuses)

policies = st.builds(
    SamplingPolicy,
    baseline_interval_us=st.integers(1_000_000, 60_000_000),
    motion_interval_us=st.integers(66_000, 1_000_000),
    event_window_us=st.integers(1_000_000, 30_000_000),
    event_interval_us=st.just(0) | st.integers(66_000, 500_000),
    event_min_score=float32,
    shadow_share=st.floats(0, 1),
)


@st.composite
def candidates(draw: st.DrawFn, count: int = 60) -> list[Candidate]:
    """Frames of one camera in order of capture, 20 ms to 2 s apart, moving or not."""
    at_us = draw(times_us)
    frames: list[Candidate] = []
    for _ in range(draw(st.integers(0, count))):
        at_us += draw(st.integers(20_000, 2_000_000))
        frames.append(
            Candidate(at_us, draw(st.booleans()), draw(st.booleans()), draw(st.floats(0, 1, exclude_max=True)))
        )
    return frames


def _nal_unit(header: int, body: bytes) -> bytes:
    # Never zero here: real encoders escape anything that looks like a start code.
    return bytes((header,)) + bytes(byte or 1 for byte in body)


nal_units = st.builds(_nal_unit, st.sampled_from([0x41, 0x65, 0x67, 0x68, 0x06]), st.binary(min_size=1, max_size=5_000))


_START_US = 1_700_000_000_000_000
_steps_us = st.one_of(
    st.integers(30_000, 3_000_000),  # the usual distance of published frames
    st.integers(30_000_000, 120_000_000),  # an outage
    st.integers(-600_000_000, 0),  # a repeat, or a clock that was set back
)


@st.composite
def sampler_inputs(draw: st.DrawFn, camera_id: str = "cam-1") -> list[tuple[FrameEvent | Trigger, int]]:
    """What one camera's sampler sees, with the time of arrival: frames, repeats, clock jumps, queueing, triggers."""
    at_us, inputs = _START_US, list[tuple[FrameEvent | Trigger, int]]()
    for step_us, reason, waited_us, kind in draw(
        st.lists(
            st.tuples(_steps_us, st.sampled_from(Reason), st.integers(-1_000_000, 70_000_000), st.integers(0, 9)),
            max_size=30,
        )
    ):
        at_us += step_us
        if kind == 0:
            inputs.append((Trigger(camera_id, at_us + 10_000_000, frame_id(camera_id, at_us), 0.9), at_us))
        elif kind == 1 and inputs:
            inputs.append(inputs[draw(st.integers(0, len(inputs) - 1))])
        else:
            inputs.append((sample_frame(at_us, camera_id, reason=reason, image=None), at_us + 100_000 + waited_us))
    return inputs


arrivals = st.lists(st.tuples(st.sampled_from(["cam-1", "cam-2", "cam-3", "cam-4"]), st.integers(0, 30)), max_size=40)
"""Frames in a batcher's order of arrival: camera, and milliseconds since the arrival before."""

_grid = st.sampled_from([0.0, 0.25, 0.5, 0.75])
_grid_boxes = st.builds(
    Box,
    label=st.sampled_from(["person", "car", "dog"]),
    score=st.sampled_from([0.3, 0.5, 0.9]),
    x=_grid,
    y=_grid,
    w=st.just(0.25),
    h=st.just(0.25),
)


@st.composite
def camera_results(draw: st.DrawFn, camera_id: str = "cam-1") -> list[FrameResult]:
    """Results of one camera as they arrive: mostly newer, some repeated, some after the clock was set back."""
    at_us, published_us, results = _START_US, _START_US, list[FrameResult]()
    for step_us, boxes_here, repeats in draw(
        st.lists(st.tuples(_steps_us, st.lists(_grid_boxes, max_size=3), st.integers(0, 9)), max_size=25)
    ):
        at_us, published_us = at_us + step_us, published_us + max(step_us, 30_000)
        if repeats == 0 and results:
            results.append(results[draw(st.integers(0, len(results) - 1))])
        else:
            frame_ref = FrameRef("omm.frames.eu.safety.entrances", 0, len(results))
            results.append(
                sample_result(
                    at_us, *boxes_here, camera_id=camera_id, published_at_us=published_us, frame_ref=frame_ref
                )
            )
    return results


@st.composite
def spool_entries(draw: st.DrawFn, count: int = 25) -> list[Entry]:
    """Frames in a spool, oldest first: three cameras, one of each priority, small and large frames."""
    cameras = {priority: f"cam-{priority}" for priority in Priority}
    kinds = st.tuples(st.sampled_from(Priority), st.sampled_from(Reason), st.integers(1, 30))
    return [
        Entry(row_id, cameras[priority], priority, reason, pages * 4096, _START_US + row_id)
        for row_id, (priority, reason, pages) in enumerate(draw(st.lists(kinds, max_size=count)), 1)
    ]


@st.composite
def spendings(draw: st.DrawFn, count: int = 60) -> list[tuple[int, Reason, float, float]]:
    """What is asked of a group's budget, in order of time: time in microseconds, reason, price of the frame, draw."""
    now_us, asked = _START_US, list[tuple[int, Reason, float, float]]()
    steps_us = st.integers(0, 50_000) | st.integers(0, 20_000_000)
    kinds = st.tuples(
        steps_us, st.sampled_from(Reason), st.sampled_from([0.0, 0.001, 0.005]), st.floats(0, 1, exclude_max=True)
    )
    for step_us, reason, money, drawn in draw(st.lists(kinds, max_size=count)):
        now_us += step_us
        asked.append((now_us, reason, money, drawn))
    return asked


_passings = st.builds(
    Passing,
    key=st.booleans() | st.just(False),
    gap_us=st.sampled_from([0, 20_000, 66_667, 100_000, 1_000_000]) | st.integers(-5_000_000, 5_000_000),
    size_bytes=st.integers(0, 80_000),
    moves=st.booleans() | st.just(False),
    wanted=st.booleans() | st.just(False),
    readable=st.booleans() | st.just(True),
)
gear_scripts = st.lists(_passings, max_size=80)
"""Packets of one connection, also at odd times: key frames or not, moving or not, asked for or not."""

gear_settings = st.builds(
    GearSettings,
    always_full=st.booleans() | st.just(False),
    max_blind_us=st.integers(100_000, 10_000_000),
    quiet_us=st.integers(100_000, 10_000_000),
    buffer_bytes=st.integers(65_536, 400_000),
)

rate_limits = st.builds(RateLimit, st.floats(0.01, 100), st.integers(1, 8))
gaps_s = st.lists(st.floats(0, 30), min_size=1, max_size=40)
"""Distances of requests, seconds."""

priced_requests = st.lists(
    st.tuples(st.floats(0, 1200), st.floats(0, 300), st.integers(0, 1200), st.floats(0, 1)), max_size=40
)
"""Requests against a budget: seconds after the one before, seconds that it runs, estimate, share of that as cost."""

_scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
small_json = _scalars | st.lists(_scalars, max_size=2) | st.dictionaries(st.sampled_from(["error", "frames"]), _scalars)
"""Values that JSON can hold, and NaN, which Python writes too."""


def _damaged(value: bytes, cuts: tuple[int, int], instead: bytes) -> bytes:
    start, end = sorted(at % (len(value) + 1) for at in cuts)
    return value[:start] + instead + value[end:]


any_int64 = st.integers(-(2**63), 2**63 - 1)
any_double = st.floats(width=32)
hostile_frames = st.builds(
    sample_frame,
    any_int64 | st.integers(1_799_999_990_000_000, 1_800_003_700_000_000),
    st.sampled_from(["lobby-1", "lobby-2", "", "x" * 5000]) | st.text(max_size=5),
    published_at_us=any_int64,
    motion_score=any_double,
    width=st.integers(0, 2**31 - 1),
    image=st.none() | st.binary(max_size=8),
)
hostile_events = hostile_frames | st.builds(Trigger, camera_ids, any_int64, st.text(max_size=5), any_double)
hostile_values = (
    st.none()
    | st.binary(max_size=64)
    | hostile_events.map(SingleObjectCodec().encode)
    | st.builds(_damaged, hostile_events.map(SingleObjectCodec().encode), st.tuples(counts, counts), st.binary())
)
"""Values of records that anybody could write to a topic: nothing, bytes, damaged events, events that cannot be."""


_hours = st.builds(
    Hours,
    days=st.sets(st.sampled_from(DAYS), min_size=1).map(tuple),
    start_min=st.integers(0, DAY_MIN - 1),
    length_min=st.integers(1, DAY_MIN - 1),
)
_dates = st.dates(date(YEAR, 1, 2), date(YEAR, 12, 28))


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """Schedules of 2026 in any zone, with windows over midnight, dates without windows and dates all day long."""
    marked = draw(st.lists(_dates, max_size=4, unique=True))
    some = draw(st.integers(0, len(marked)))
    windows = tuple(draw(st.lists(_hours, min_size=1, max_size=3)))
    return Calendar(draw(st.sampled_from(ZONES)), windows, tuple(marked[:some]), tuple(marked[some:]))


def _raised(about: tuple[str, str, str], told: AlertType, begun_s: int, lasts_s: int) -> RaisedAlert:
    camera_id, rule, label = about
    alert_id = f"{camera_id}/{rule}/{label}/{begun_s}"
    alert = sample_alert(10**15, alert_id=alert_id, type=told, camera_id=camera_id, rule=rule, label=label)
    return RaisedAlert(alert, float(begun_s), float(begun_s + lasts_s))


raised_alerts = st.lists(
    st.builds(
        _raised,
        st.tuples(st.sampled_from(["a", "b"]), st.sampled_from(["r", "s"]), st.sampled_from(["person", "car"])),
        st.sampled_from(AlertType),
        st.integers(0, 100),
        st.integers(0, 5),
    ),
    max_size=12,
    # A rule raises one alert from one frame.
    unique_by=lambda it: (it.alert.camera_id, it.alert.rule, it.alert.label, it.raised_s),
)


def _true_event(start_s: int, lasts_s: int, label: str | None) -> TrueEvent:
    return TrueEvent(float(start_s), float(start_s + lasts_s), label)


true_events = st.lists(
    st.builds(_true_event, st.integers(0, 100), st.integers(1, 20), st.sampled_from([None, "person", "car"])),
    max_size=8,
)


_rules = st.builds(
    AlertRule,
    name=st.sampled_from(["at-door", "anywhere"]),
    labels=st.sampled_from([("person",), ("person", "car")]),
    zones=st.none(),
    min_score=st.sampled_from([0.4, 0.5]),
    count=st.sampled_from([None, WatchedCount(more_than=2)]),
    confirm_matches=st.just(2),
    confirm_frames=st.just(3),
    cooldown_us=st.just(60_000_000),
    severity=st.just(Severity.HIGH),
    deliver=st.just(()),
)


@st.composite
def rule_books(draw: st.DrawFn) -> RuleBook:
    """Books of up to two cameras with up to two rules, few enough values that two books are often alike."""
    cameras = {
        name: CameraRules(
            camera_id=name,
            region="eu",
            group=draw(st.sampled_from(["yards", "doors"])),
            priority=Priority.SAFETY,
            zones={},
            rules=tuple(draw(st.lists(_rules, max_size=2, unique_by=lambda rule: rule.name))),
        )
        for name in draw(st.sets(st.sampled_from(["cam-1", "cam-2"])))
    }
    return RuleBook(region="eu", cameras=cameras)


@st.composite
def arming_orders(draw: st.DrawFn) -> ArmingOrder:
    """Orders of the first ten seconds, for one rule or one camera or all of them, some without an end."""
    from_us = draw(st.integers(0, 10)) * 1_000_000
    lasts_s = draw(st.none() | st.integers(1, 10))
    return ArmingOrder(
        armed=draw(st.sampled_from([True, False, None])),
        from_us=from_us,
        until_us=None if lasts_s is None else from_us + lasts_s * 1_000_000,
        rules=draw(st.sampled_from([(), ("person-at-door",)])),
        cameras=draw(st.sampled_from([(), ("cam-1",)])),
        by="anna",
    )


@dataclass(frozen=True, slots=True)
class _Passer:
    """An object that goes from one place to another, or stays, between two frames of a walk."""

    label: str
    first: int
    frames: int
    begin: tuple[float, float]
    end: tuple[float, float]
    score: float

    def box_at(self, frame: int) -> Box | None:
        """Its box in a frame; None where it is not in the picture."""
        share = (frame - self.first) / self.frames
        if not 0 <= share <= 1:
            return None
        x, y = (begin + share * (end - begin) for begin, end in zip(self.begin, self.end, strict=True))
        return Box(self.label, self.score, x, y, 0.1, 0.2)


def _across(first: int, frames: int, y: float, to_right: bool) -> _Passer:
    left, right = (0.1, y), (0.8, y)
    return _Passer("person", first, frames, left if to_right else right, right if to_right else left, 0.9)


_heights = st.floats(0, 0.8)
_places = st.tuples(st.floats(0, 0.9), _heights)
_walkers = st.builds(_across, st.integers(0, 5), st.integers(10, 20), _heights, st.booleans())
_passers = _walkers | st.builds(
    _Passer,
    label=st.sampled_from(["person", "person", "suitcase"]),
    first=st.integers(-5, 25),
    frames=st.integers(1, 30),
    begin=_places,
    end=_places,
    score=st.sampled_from([0.5, 0.7, 0.9]),
)


_walk_steps_us = st.one_of(
    *[st.integers(66_000, 1_500_000)] * 30,
    st.integers(30_000_000, 200_000_000),  # an outage
    st.integers(-600_000_000, -61_000_000),  # a clock that was set back
)


_answers = st.sampled_from([None, '{"parcel":true}', '{"parcel":false}', "a parcel, I think"])


@st.composite
def walks(draw: st.DrawFn, camera_id: str = "cam-1") -> list[FrameResult]:
    """Results of one camera before which objects come, go and stay; with outages, repeats and a clock set back."""
    passers = [draw(_walkers), *draw(st.lists(_passers, max_size=4))]
    steps_us = draw(st.lists(_walk_steps_us, min_size=15, max_size=30))
    at_us, published_us, results = _START_US, _START_US, list[FrameResult]()
    for number, step_us in enumerate(steps_us):
        at_us, published_us = at_us + step_us, published_us + max(step_us, 30_000)
        boxes_here = [box for passer in passers if (box := passer.box_at(number))]
        frame_ref = FrameRef("omm.frames.eu.safety.entrances", 0, number)
        result = sample_result(
            at_us, *boxes_here, camera_id=camera_id, published_at_us=published_us, frame_ref=frame_ref
        )
        results.append(replace(result, answer=draw(_answers)))
        if draw(st.integers(0, 19)) == 0:
            results.append(results[draw(st.integers(0, len(results) - 1))])
    return results


_directions = st.sampled_from(["both", "both", "to_left", "to_right"])
_zones = st.sampled_from([["door"], ["door", "floor"], []])
_reports = st.sampled_from([["new"], ["new", "end"], ["new", "update", "end"]])
RULE_KINDS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "presence": {"zones": _zones, "confirm": st.sampled_from(["1 of 1", "2 of 3"]), "report": _reports},
    "trusted": {"threshold": st.just(0.6), "min_area": st.just(0.01), "max_area": st.just(0.5), "report": _reports},
    "loitering": {"zones": _zones, "loitering_time": st.sampled_from(["1s", "5s"]), "report": _reports},
    "limited": {"max_per_hour": st.just(1), "cooldown": st.just("0s")},
    "by-night": {"schedule": st.just({"timezone": "Europe/Berlin", "windows": ["Mon-Sun 23:14-05:00"]})},
    "many": {"count": st.sampled_from([{"more_than": 1}, {"more_than": 1, "for": "3s"}]), "report": _reports},
    "nobody": {"count": st.sampled_from([{"fewer_than": 1, "for": "4s"}, {"fewer_than": 2}]), "report": _reports},
    "answered": {"answers": st.just({"parcel": True}), "confirm": st.just("1 of 2"), "report": _reports},
    "crossing": {"crossing": st.fixed_dictionaries({"lines": st.just(["threshold"]), "direction": _directions})},
}
"""What distinguishes a rule of each kind that there is; a new kind is one more line."""

_ONE_CAMERA = {
    "version": 1,
    "regions": {"eu": {"kafka": {"bootstrap": "127.0.0.1:1"}}},
    "groups": {"entrances": {"priority": "safety", "detector": "both"}},
    "detectors": {
        "asked": {
            "kind": "vision_llm",
            "url": "https://api.example/v1",
            "model": "m",
            "prompt": "Is there a parcel?",
            "answer": {"parcel": {"type": "boolean"}},
        },
        "both": {"kind": "cascade", "first": "nanodet-416", "then": "asked", "when": {"labels": ["person"]}},
    },
    "deliveries": {"soc": {"webhook": "https://soc.example/hook", "secret": "{SECRET}"}},
    "cameras": {
        "cam-1": {
            "url": "rtsp://camera/1",
            "region": "eu",
            "group": "entrances",
            "zones": {
                "door": {"coordinates": [0.5, 0.0, 1.0, 0.0, 1.0, 1.0, 0.5, 1.0], "inertia": 2},
                "floor": {"coordinates": [0.0, 0.5, 1.0, 0.5, 1.0, 1.0, 0.0, 1.0], "loitering_time": "1s"},
            },
            "lines": {"threshold": {"coordinates": [0.5, 0.0, 0.5, 1.0]}},
        }
    },
}

_SHARED: dict[str, st.SearchStrategy[Any]] = {
    "groups": st.just(["entrances"]),
    "labels": st.sampled_from([["person"], ["person", "suitcase"]]),
    "min_score": st.just(0.45),
    "cooldown": st.sampled_from(["0s", "2s", "60s"]),
    "severity": st.sampled_from(Severity),
    "deliver": st.just(["soc"]),
}
RULE_KEYS = {*_SHARED}.union(*RULE_KINDS.values())
"""Keys of a rule that are drawn."""


@st.composite
def rules_of_every_kind(draw: st.DrawFn) -> CameraRules:
    """Rules of a camera, one of each kind, in any order."""
    rules = {
        kind: {key: draw(value) for key, value in (_SHARED | keys).items()}
        for kind, keys in draw(st.permutations(list(RULE_KINDS.items())))
    }
    fleet = {**_ONE_CAMERA, "rules": rules}
    return rule_book(parse_fleet(json.dumps(fleet)), "eu").cameras["cam-1"]
