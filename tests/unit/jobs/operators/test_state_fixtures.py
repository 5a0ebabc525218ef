"""Every version of every packed state, as bytes that a release wrote: ``state_fixtures/STATE.vN.hex``.

A new version adds a file and an entry and leaves the old ones as they are: savepoints hold them.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ommatid_jobs.operators import camera_watch, group_budget, rule_versions, rules, sampler, tracking, triggers
from ommatid_jobs.operators.rules.line_passages import Passage
from ommatid_jobs.operators.rules.lines import Direction
from ommatid_jobs.operators.rules.state import Condition, Match, OpenAlert, RuleState, Sighting
from ommatid_jobs.operators.rules.zone_stays import Stay
from ommatid_jobs.operators.tracking.motion_model import Motion
from ommatid_jobs.operators.tracking.overlap import Extent
from ommatid_jobs.operators.tracking.rest import Rest
from ommatid_schemas import sampling
from ommatid_schemas.events import Box, FrameRef, Severity
from ommatid_schemas.priority import Priority
from tests.unit.jobs.operators.rule_versions.examples import FIRST

FOLDER = Path(__file__).parent / "state_fixtures"
PACKERS: Mapping[str, tuple[Callable[[Any], bytes], Callable[[bytes], object]]] = {
    "layers": (sampling.pack_state, sampling.unpack_state),
    "sampler": (sampler.pack_state, sampler.unpack_state),
    "trigger": (triggers.pack_state, triggers.unpack_state),
    "rules": (rules.pack_state, rules.unpack_state),
    "in_effect": (rule_versions.pack_state, rule_versions.unpack_state),
    "tracker": (tracking.pack_state, tracking.unpack_state),
    "budget": (group_budget.pack_state, group_budget.unpack_state),
    "camera-watch": (camera_watch.pack_camera, camera_watch.unpack_camera),
    "region-watch": (camera_watch.pack_region, camera_watch.unpack_region),
}
NEWEST = {
    "layers": 1,
    "sampler": 2,
    "trigger": 1,
    "rules": 4,
    "tracker": 1,
    "budget": 1,
    "camera-watch": 1,
    "region-watch": 1,
    "in_effect": 1,
}

_LAYERS = sampling.SamplingState(
    event_until_us=1_700_000_030_000_000,
    next_baseline_us=1_700_000_060_000_000,
    next_motion_us=1_700_000_000_500_000,
    next_scene_us=0,
    next_event_us=1_700_000_000_100_000,
)
_SIGHTING = Sighting(
    number=3,
    frame_id="cam-1/1700000000000000",
    captured_at_us=1_700_000_000_000_000,
    frame_ref=FrameRef("omm.frames.eu.safety.entrances", 2, 41),
    matches=(Match(Box("person", 0.5, 0.1, 0.2, 0.25, 0.75), ("door",)),),
)
_TRACK = tracking.Track(
    track_id="cam-1/1700000000000000/0",
    label="person",
    started_at_us=1_700_000_000_000_000,
    seen_at_us=1_700_000_000_500_000,
    motion=Motion(0.5, 0.75, 0.125, 0.25, 0.0625, -0.03125, 0.01, 0.015625, 2.5),
    rest=Rest(Extent(0.5, 0.75, 0.125, 0.25), 1_700_000_000_000_000, 1_700_000_000_500_000, 2),
    scores=(0.5, 0.75),
    missed=1,
)
_TRACKED = replace(_SIGHTING, matches=(replace(_SIGHTING.matches[0], track_id=_TRACK.track_id),))
_RULES_2 = rules.RulesState(
    captured_at_us=1_700_000_000_000_000,
    published_at_us=1_700_000_000_100_000,
    frames=3,
    rules={
        "person-at-door": RuleState(
            sightings=(_TRACKED,),
            quiet_until_us={"door": 1_700_000_060_000_000},
            reported=(_TRACK.track_id,),
            open=(
                OpenAlert(
                    alert_id="2d205f1656b3449b68f900faea95e4d9",
                    kind="presence",
                    label="person",
                    score=0.75,
                    zones=("door",),
                    tracks=(_TRACK.track_id,),
                    started_at_us=1_700_000_000_000_000,
                    last=_TRACKED,
                ),
            ),
            armed_at_us=1_699_999_000_000_000,
            raised_us=(1_700_000_000_000_000,),
            limited_us=1_699_990_000_000_000,
        )
    },
    tracker=tracking.TrackerState(1_700_000_001_000_000, (_TRACK,)),
    stays={_TRACK.track_id: {"door": Stay(1_700_000_000_000_000, 2, 1)}},
)
_RULE_2 = _RULES_2.rules["person-at-door"]
_RULES_3 = replace(
    _RULES_2,
    rules={
        "person-at-door": replace(
            _RULE_2, open=(replace(_RULE_2.open[0], severity=Severity.HIGH, deliver=("soc",), ends=False),)
        ),
        "post-empty": RuleState(
            quiet_until_us={"": 1_700_000_060_000_000},
            armed_at_us=0,
            condition=Condition((True, False, True), _SIGHTING, _TRACKED, raised=True, counted=(_TRACK.track_id,)),
        ),
        "new": RuleState(),
    },
)
_RULES_4 = replace(
    _RULES_3,
    passages={_TRACK.track_id: {"entry": Passage(0.5, 0.875), "exit": Passage(0.25, 0.75, Direction.TO_LEFT)}},
)
_SWITCH_GONE = camera_watch.Subject("health", camera_watch.Kind.OFFLINE, camera_watch.Scope.AGENT, "gateway-1")
_IN_EFFECT = rule_versions.RulesInEffect(
    FIRST, rule_versions.ordered(rule_versions.NO_ORDERS, rule_versions.ArmingOrder(armed=False, from_us=7, by="anna"))
)
FIXTURES: Mapping[str, object] = {
    "in_effect.v1": _IN_EFFECT,
    "layers.v1": _LAYERS,
    "sampler.v1": sampler.SamplerState(_LAYERS, (1_699_999_999_900_000, 1_700_000_000_000_000)),
    "sampler.v2": sampler.SamplerState(_LAYERS, (1_699_999_999_900_000, 1_700_000_000_000_000), (7, -(2**63))),
    "trigger.v1": triggers.TriggerState(1_700_000_000_000_000),
    "rules.v1": rules.RulesState(
        captured_at_us=1_700_000_000_000_000,
        published_at_us=1_700_000_000_100_000,
        frames=3,
        rules={"person-at-door": RuleState((_SIGHTING,), {"door": 1_700_000_060_000_000})},
    ),
    "rules.v2": _RULES_2,
    "rules.v3": _RULES_3,
    "rules.v4": _RULES_4,
    "tracker.v1": tracking.TrackerState(1_700_000_001_000_000, (_TRACK,)),
    "budget.v1": group_budget.BudgetState(1_700_000_002_500_000, 1_700_000_123_456_789),
    "camera-watch.v1": camera_watch.CameraWatch(
        "gateway-1",
        1_700_000_030_000_000,
        episodes=(
            camera_watch.Episode(
                camera_watch.Kind.SILENT, "", 1_700_000_000_000_000, 1_700_000_000_000_000, 1_700_000_030_000_000
            ),
            camera_watch.Episode(camera_watch.Kind.OFFLINE, "stalled", 1_700_000_029_000_000, 1_700_000_030_000_000),
        ),
    ),
    "region-watch.v1": camera_watch.RegionWatch(
        1_700_000_060_000_000,
        (
            camera_watch.OpenAlert(
                _SWITCH_GONE,
                "2d205f1656b3449b68f900faea95e4d9",
                "yard-1",
                "yards",
                Priority.STANDARD,
                "gateway-1",
                0.75,
                1_700_000_029_000_000,
                Severity.HIGH,
                ("ops",),
                ends=True,
            ),
        ),
        {_SWITCH_GONE: 1_700_000_120_000_000},
        {("health", camera_watch.Kind.SILENT): 1_700_000_070_000_000},
    ),
}


def recorded(name: str) -> bytes:
    return bytes.fromhex((FOLDER / f"{name}.hex").read_text())


@pytest.mark.parametrize("name", FIXTURES)
def test_recorded_state_is_read(name: str):
    _, unpack = PACKERS[name.split(".", maxsplit=1)[0]]

    assert unpack(recorded(name)) == FIXTURES[name]


@pytest.mark.parametrize("state", PACKERS)
def test_what_this_release_writes_is_recorded(state: str):
    pack, _ = PACKERS[state]
    name = f"{state}.v{NEWEST[state]}"

    assert pack(FIXTURES[name]) == recorded(name)


@pytest.mark.parametrize("state", PACKERS)
def test_the_first_byte_is_the_version(state: str):
    assert recorded(f"{state}.v{NEWEST[state]}")[0] == NEWEST[state]


def test_every_recorded_state_has_a_meaning_here():
    assert {path.stem for path in FOLDER.glob("*.hex")} == set(FIXTURES)
