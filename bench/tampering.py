"""Tampering with a camera: what is found, when, and what it costs, on scenes that went through H.264.

    uv run bench/tampering.py

Prints one JSON object after about two minutes; progress goes to stderr. Each scene lasts 200 s; after 100 s something
happens to it. Per scene, once with every frame decoded and once with key frames only (2 s apart):

* `found`: what is found, and how many seconds after it began. Of the scenes under `ordinary`, nothing should be.

`cpu` compares looks with the motion gate on the same frames, microseconds per second of video: the gate is the anchor.
"""

import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from time import thread_time_ns

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from gate_clips import Encoding, encode
from gate_scenes import (
    FPS,
    HEIGHT_PX,
    WIDTH_PX,
    DriftingExposure,
    Effect,
    Rain,
    Scene,
    SuddenLight,
    SwingingBranch,
    frames,
    passages,
)
from ommatid_edge.motion_gate import GateSettings, GateState, observe
from ommatid_edge.tampering import TamperState, is_due, looked, view

Planes = NDArray[np.uint8]
"""(H * 3 / 2, W) uint8 I420."""

DURATION_S, BEGINS_S, KEY_FRAME_S = 200.0, 100.0, 2.0
START_US = 1_700_000_000_000_000
ALWAYS = ((0.0, DURATION_S),)


def black(planes: Planes) -> Planes:
    """A cap: what is left of the light, and of the noise."""
    return (planes * np.float32(0.02) + np.float32(16)).astype(np.uint8)


def blurred(planes: Planes) -> Planes:
    """A lens out of focus."""
    luma = cv2.GaussianBlur(planes[:HEIGHT_PX], (0, 0), 5)
    return np.concatenate([luma, planes[HEIGHT_PX:]]).astype(np.uint8)


def moved(planes: Planes) -> Planes:
    """A camera that was turned."""
    return np.roll(planes, -WIDTH_PX // 8, axis=1)


TAMPERED: Mapping[str, Callable[[Planes], Planes]] = {"black": black, "blurred": blurred, "moved": moved}
ORDINARY: Mapping[str, tuple[Effect, ...]] = {
    "walks": (),
    "light": (SuddenLight((110.0, 130.0, 150.0, 170.0), dark=0.3),),
    "rain": (Rain(((BEGINS_S, DURATION_S),)),),
    "branch": (SwingingBranch(((BEGINS_S, DURATION_S),)),),
    "exposure": (DriftingExposure(0.3, 20.0),),
}


def drawn(name: str) -> Iterator[Planes]:
    """Pictures of a scene."""
    walks = passages(30, (1.0, 4.0), seed=3)
    shown = tuple(it for it in walks if it.event.end_s < DURATION_S)
    held: Planes | None = None
    for number, planes in enumerate(frames(Scene(name, DURATION_S, shown, ORDINARY.get(name, ()), seed=9))):
        if number < BEGINS_S * FPS:
            yield planes
        elif name == "frozen":
            held = planes if held is None else held
            yield held
        else:
            yield TAMPERED[name](planes) if name in TAMPERED else planes


def watched(clip: Path, *, key_frames_only: bool) -> tuple[dict[str, float], float, float]:
    """What is found when, seconds after it began; CPU of the gate and of the looks, microseconds."""
    gate, tamper = GateState(), TamperState()
    found: dict[str, float] = {}
    gate_ns = look_ns = 0
    with av.open(str(clip)) as container:
        container.streams.video[0].codec_context.skip_frame = "NONKEY" if key_frames_only else "DEFAULT"
        for frame in container.decode(video=0):
            at_us = START_US + round(float(frame.time or 0) * 1e6)
            luma = np.asarray(frame.to_ndarray(format="gray"), np.uint8)
            began_ns = thread_time_ns()
            gate = observe(GateSettings(), gate, luma, at_us).state
            gated_ns = thread_time_ns()
            if gate.memory is not None and is_due(tamper, at_us):
                tamper = looked(tamper, view(gate.memory.background, luma, None), at_us)
            look_ns += thread_time_ns() - gated_ns
            gate_ns += gated_ns - began_ns
            for label in tamper.found:
                found.setdefault(str(label), round((at_us - START_US) / 1e6 - BEGINS_S, 1))
    return found, gate_ns / 1000, look_ns / 1000


def main() -> None:
    """Draw, encode, watch, print."""
    report: dict[str, dict[str, object]] = {"tampered": {}, "ordinary": {}}
    costs: dict[str, list[tuple[float, float]]] = {"every_frame": [], "key_frames": []}
    with tempfile.TemporaryDirectory() as folder:
        for name in (*TAMPERED, "frozen", *ORDINARY):
            sys.stderr.write(f"{name}\n")
            clip = Path(folder) / f"{name}.mp4"
            encode(drawn(name), Encoding(WIDTH_PX, HEIGHT_PX, Fraction(FPS)), {clip: KEY_FRAME_S})
            found: dict[str, object] = {}
            for mode, spent in costs.items():
                found[mode], gate_us, look_us = watched(clip, key_frames_only=mode == "key_frames")
                spent.append((gate_us, look_us))
            report["ordinary" if name in ORDINARY else "tampered"][name] = {"found": found}
    report["cpu"] = {mode: _cost(spent) for mode, spent in costs.items()}
    json.dump(report, sys.stdout)


def _cost(spent: list[tuple[float, float]]) -> dict[str, float]:
    gate_us, look_us = (sum(column) / len(spent) / DURATION_S for column in zip(*spent, strict=True))
    return {
        "gate_us_per_s": round(gate_us, 1),
        "looks_us_per_s": round(look_us, 1),
        "share_of_gate": round(look_us / gate_us, 4),
    }


if __name__ == "__main__":
    main()
