"""Cost of the alert job's rules per frame: tracking, zones, ten rules, and the state to and from bytes.

    uv run bench/rules.py

Prints one JSON object after some seconds of CPU. Per scene, milliseconds of CPU per frame:

* `evaluate_ms_*`: p50 and p99 of tracking and all rules on one frame; the limit that the project set is 1 ms.
* `state_ms_p50`: p50 of reading the camera's state from bytes and writing it again; `state_bytes`: its size at the end.
* `round_trip_anchor_ms_p50`: p50 of `json.loads` and `json.dumps` on a document of about the same size.

Scenes: 600 frames of `boxes` objects at irregular intervals of 1/15 s to 1 s, 10 rules over 4 zones with dwell and
inertia, every second one with a schedule and with reports of updates and ends. In `crowd` all objects walk about in a
quarter of the picture, so that every box could be several tracks; in `street` they walk on lanes of their own; `parked`
stand still.
"""

import json
import random
import time
from collections.abc import Iterator
from statistics import median, quantiles

from ommatid_jobs.operators.rules import (
    AlertRule,
    CameraRules,
    RulesState,
    WatchedZone,
    evaluate,
    pack_state,
    unpack_state,
)
from ommatid_schemas.events import AlertType, Box, FrameRef, FrameResult, Reason, Severity, frame_id
from ommatid_schemas.fleet_file import Schedule
from ommatid_schemas.priority import Priority

FRAMES = 600
T0_US = 1_700_000_000_000_000
ALL_MESSAGES = (AlertType.NEW, AlertType.UPDATE, AlertType.END)
ALWAYS = Schedule.model_validate({"timezone": "Europe/Berlin", "windows": ["Mon-Sun 00:00-24:00"]})
SCENES = {"street": 20, "crowd": 20, "parked": 20, "one": 1}


def camera() -> CameraRules:
    corners = {"left": (0.0, 0.5), "middle": (0.3, 0.7), "right": (0.5, 1.0), "all": (0.0, 1.0)}
    zones = {
        name: WatchedZone(coordinates=(a, 0.0, b, 0.0, b, 0.9, (a + b) / 2, 1.0, a, 0.9), inertia=2)
        for name, (a, b) in corners.items()
    }
    rules = tuple(
        AlertRule(
            name=f"rule-{number}",
            labels=("person",),
            zones=(*zones,)[number % 4 :] if number < 8 else None,
            min_score=0.45,
            threshold=0.5,
            loitering_us=number * 1_000_000,
            confirm_matches=2,
            confirm_frames=3,
            cooldown_us=60_000_000,
            schedule=ALWAYS if number % 2 else None,
            report=ALL_MESSAGES if number % 2 else (AlertType.NEW,),
            severity=Severity.HIGH,
            deliver=(),
        )
        for number in range(10)
    )
    return CameraRules(
        camera_id="cam-1", region="eu", group="entrances", priority=Priority.SAFETY, zones=zones, rules=rules
    )


def box_at(scene: str, number: int, at_s: float, chance: random.Random) -> Box:
    """Where one object is; triangular motion between the ends of its way."""
    way = abs((at_s * 0.05 + number * 0.37) % 2 - 1)
    x, y = {
        "crowd": (way * 0.25, (number % 5) * 0.05),
        "parked": ((number % 5) * 0.18, (number // 5) * 0.22),
    }.get(scene, (way * 0.9, number * 0.04))
    noise = chance.gauss(0, 0.002)
    return Box("person", chance.uniform(0.4, 0.9), x + noise + 0.01, y + noise + 0.01, 0.05, 0.15)


def results(scene: str) -> Iterator[FrameResult]:
    chance, at_us = random.Random(7), T0_US  # noqa: S311 - a scene, and the same one each time
    for number in range(FRAMES):
        at_us += chance.choice([66_667, 66_667, 500_000, 1_000_000])
        boxes = tuple(box_at(scene, each, (at_us - T0_US) / 1e6, chance) for each in range(SCENES[scene]))
        yield FrameResult(
            frame_id=frame_id("cam-1", at_us),
            camera_id="cam-1",
            region="eu",
            group="entrances",
            priority=Priority.SAFETY,
            captured_at_us=at_us,
            published_at_us=at_us + 100_000,
            admitted_at_us=at_us + 120_000,
            inferred_at_us=at_us + 200_000,
            reason=Reason.MOTION,
            model="none",
            model_version="1",
            boxes=boxes,
            frame_ref=FrameRef("omm.frames.eu.safety.entrances", 0, number),
            batch_size=1,
        )


def measured(scene: str) -> dict[str, float]:
    rules, packed, alerts = camera(), pack_state(RulesState()), 0
    evaluated_ms: list[float] = []
    stored_ms: list[float] = []
    anchor_ms: list[float] = []
    for result in results(scene):
        begin = time.process_time_ns()
        state = unpack_state(packed)
        read = time.process_time_ns()
        step = evaluate(state, result, rules, result.inferred_at_us)
        judged = time.process_time_ns()
        packed = pack_state(step.state)
        written = time.process_time_ns()
        document = json.dumps([[index * 0.123456789, index] for index in range(len(packed) // 20)])
        made = time.process_time_ns()
        json.dumps(json.loads(document))
        anchor_ms.append((time.process_time_ns() - made) / 1e6)
        evaluated_ms.append((judged - read) / 1e6)
        stored_ms.append((read - begin + written - judged) / 1e6)
        alerts += len(step.alerts)
    return {
        "boxes": SCENES[scene],
        "evaluate_ms_p50": round(median(evaluated_ms), 3),
        "evaluate_ms_p99": round(quantiles(evaluated_ms, n=100)[98], 3),
        "state_ms_p50": round(median(stored_ms), 3),
        "round_trip_anchor_ms_p50": round(median(anchor_ms), 3),
        "state_bytes": len(packed),
        "alerts": alerts,
    }


if __name__ == "__main__":
    print(
        json.dumps(
            {"frames": FRAMES, "rules": 10, "limit_ms": 1.0, "scenes": {scene: measured(scene) for scene in SCENES}}
        )
    )
