"""NanoDet by batch size on every execution provider that loads here: frames per second, and how long a call takes.

    uv run bench/batching.py

Prints one JSON object after about two minutes; progress goes to stderr. On a machine with an NVIDIA GPU (driver, CUDA
and cuDNN; TensorRT for that one) its providers are in the table too; `absent` says why one is not. Frames are those of
the demo's street, 640 px wide, decoded beforehand; a call is everything from images to boxes.

* `by_batch`: one caller, one batch after the other. `p95_ms` is that of a call, `against_single` the frames per second
  against batch size 1, the baseline. Sizes take turns, so that a busy machine is as unfair to one as to another.
* `requests`: twice as many callers as the batch has places, each with one frame at a time, through the detect job's own
  batch runner with two batches in flight. `single`, in turns with it, runs the same requests in batches of
  one: the baseline. `p95_ms` is that of a request, its wait included.
* `bound`: the buffers that a GPU gets (IOBinding), on this provider, against calls without; batch size 8.
* `decode`: JPEG to the model's input, whole against reduced size, one thread, milliseconds per frame. `boxes_agree` is
  the share of boxes of at least 0.45 from whole frames that are found in reduced ones (IoU 0.7). Larger frames are the
  same footage scaled up, which is kinder to a reduced decode than a sharp camera.

`threads` are CPU threads of one call. On a CPU, batching buys next to nothing, and this says so.
"""

import argparse
import asyncio
import json
import math
import os
import sys
import tempfile
import time
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from importlib.resources import as_file
from pathlib import Path
from statistics import median
from typing import TypeVar

import cv2
import numpy as np

from ommatid_edge.simulator import SCENES
from ommatid_jobs.detectors import Image, ModelUnavailable, Picture, Undecodable, decode_jpeg, load_card
from ommatid_jobs.detectors.execution import Device, Execution, attempts
from ommatid_jobs.detectors.letterbox import letterbox
from ommatid_jobs.detectors.model_card import model_folder
from ommatid_jobs.detectors.onnx import OnnxDetector, open_chain
from ommatid_jobs.detectors.onnx_session import OnnxSession, available_providers, gpu_driver_present
from ommatid_jobs.detectors.session_chain import SessionChain
from ommatid_jobs.flink.detect.batch_runner import BatchRunner
from ommatid_jobs.operators.batcher import BatchPolicy
from ommatid_schemas.events import Box

MODEL = "nanodet-416"
CARD = load_card(MODEL)
SIZES = (1, 2, 4, 8, 16, 32)
REQUEST_SIZES = (8, 32)
BOUND_SIZE = 8
DECODED = {"1920x1080": (1920, 1080), "1280x720": (1280, 720), "640x480": (640, 480)}
DEVICES: tuple[Device, ...] = ("cpu", "cuda", "tensorrt")
FRAMES = 32
ROUNDS = 3
_DEADLINE_MS = 20.0

K = TypeVar("K", bound=Hashable)


@dataclass
class Calls:
    """Durations of calls with so many frames each, seconds."""

    frames: int
    seconds: list[float] = field(default_factory=list[float])

    def per_s(self) -> float:
        """Frames per second."""
        return self.frames * len(self.seconds) / sum(self.seconds)

    def p95_ms(self) -> float:
        """Nearest-rank 95th percentile of a call, milliseconds."""
        return round(1000 * sorted(self.seconds)[math.ceil(0.95 * len(self.seconds)) - 1], 1)


@dataclass(frozen=True)
class Bench:
    """What every measurement has in common; engines of TensorRT are built once for all of them."""

    footage: Sequence[Image]
    model: Path
    engines: Path
    threads: int
    seconds: float

    def execution(self, device: Device) -> Execution:
        """That device or a failure."""
        return Execution(device, threads=self.threads, engine_cache=self.engines)


def main() -> int:
    parser = argparse.ArgumentParser(description="Frames per second by batch size.")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads of one call")
    parser.add_argument("--seconds", type=float, default=1.5, help="of each measurement, in each of three rounds")
    options = parser.parse_args()
    load_1m = os.getloadavg()[0]
    footage = list(people(FRAMES))
    with tempfile.TemporaryDirectory() as engines, as_file(model_folder(MODEL) / "model.onnx") as model:
        bench = Bench(footage, model, Path(engines), options.threads, options.seconds)
        print(json.dumps(figures_of(bench, load_1m)))
    return 0


def figures_of(bench: Bench, load_1m: float) -> dict[str, object]:
    detectors, absent = open_detectors(bench)
    return {
        "machine": {"cores": os.cpu_count(), "load_1m_before": round(load_1m, 2)},
        "model": MODEL,
        "onnxruntime": version("onnxruntime-gpu"),
        "threads": bench.threads,
        "providers": {device: measured(bench, device, detector) for device, detector in detectors.items()},
        "absent": absent,
        "decode": decode_figures(detectors["cpu"], bench.footage),
    }


def people(count: int) -> Iterator[Image]:
    """Frames of the demo's street, evenly over its length."""
    video = cv2.VideoCapture(str(SCENES["street"]))
    distance = int(video.get(cv2.CAP_PROP_FRAME_COUNT)) // count
    for number in range(count):
        video.set(cv2.CAP_PROP_POS_FRAMES, number * distance)
        _, frame = video.read()
        yield cv2.resize(np.asarray(frame, dtype=np.uint8), (640, 480)).astype(np.uint8, copy=False)


def open_detectors(bench: Bench) -> tuple[dict[Device, OnnxDetector], dict[Device, str]]:
    """NanoDet on every device that there is, and why it is not on the others."""
    detectors: dict[Device, OnnxDetector] = {}
    absent: dict[Device, str] = {}
    for device in DEVICES:
        if device != "cpu" and not gpu_driver_present():
            absent[device] = "no NVIDIA driver"
            continue
        try:
            detectors[device] = OnnxDetector(CARD, open_chain(CARD, bench.model, bench.execution(device)))
        except ModelUnavailable as exc:
            absent[device] = str(exc)
    return detectors, absent


def measured(bench: Bench, device: Device, detector: OnnxDetector) -> dict[str, object]:
    say(detector.provider)
    return {
        "provider": detector.provider,
        "by_batch": by_batch(bench, detector),
        "requests": {str(size): requests(bench, detector, size) for size in REQUEST_SIZES},
        "bound": bound_figures(bench, device),
    }


def by_batch(bench: Bench, detector: OnnxDetector) -> dict[str, object]:
    calls = {size: Calls(size) for size in SIZES}
    in_turns({size: lambda size=size: detector.boxes(bench.footage[:size]) for size in SIZES}, calls, bench.seconds)
    single = calls[1].per_s()
    return {
        str(size): {
            "frames_per_s": round(each.per_s(), 1),
            "p95_ms": each.p95_ms(),
            "calls": len(each.seconds),
            "against_single": round(each.per_s() / single, 2),
        }
        for size, each in calls.items()
    }


def bound_figures(bench: Bench, device: Device) -> dict[str, float]:
    detectors = {bound: bound_detector(bench, device, bound=bound) for bound in (False, True)}
    calls = {bound: Calls(BOUND_SIZE) for bound in detectors}
    frames = bench.footage[:BOUND_SIZE]
    in_turns({bound: lambda it=it: it.boxes(frames) for bound, it in detectors.items()}, calls, bench.seconds)
    plain, bound = calls[False].per_s(), calls[True].per_s()
    return {
        "plain_frames_per_s": round(plain, 1),
        "bound_frames_per_s": round(bound, 1),
        "ratio": round(bound / plain, 2),
    }


def bound_detector(bench: Bench, device: Device, *, bound: bool) -> OnnxDetector:
    (way,) = attempts(bench.execution(device), CARD.input, available_providers(), gpu_driver=gpu_driver_present())
    opener = partial(OnnxSession, CARD, bench.model, way, threads=bench.threads, bound=bound)
    return OnnxDetector(CARD, SessionChain(MODEL, [opener]))


def in_turns(runs: Mapping[K, Callable[[], object]], calls: Mapping[K, Calls], seconds: float) -> None:
    """Every run for some seconds, and that several times over; at least two calls each time."""
    for _ in range(ROUNDS):
        for key, run in runs.items():
            until = time.perf_counter() + seconds
            done = 0
            while time.perf_counter() < until or done < 2:
                calls[key].seconds.append(timed(run))
                done += 1


def timed(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def requests(bench: Bench, detector: OnnxDetector, size: int) -> dict[str, object]:
    """Single requests against batches of up to ``size``, with as many callers, in turns."""
    callers = 2 * size
    say(f"{callers} callers")
    waits = {"single": Calls(1), "batched": Calls(1)}
    elapsed_s = dict.fromkeys(waits, 0.0)
    for _ in range(ROUNDS):
        for name, most in (("single", 1), ("batched", size)):
            asked = partial(ask_for_a_while, bench, detector, callers, most, waits[name])
            elapsed_s[name] += timed(lambda asked=asked: asyncio.run(asked()))
    per_s = {name: len(each.seconds) / elapsed_s[name] for name, each in waits.items()}
    return {
        "callers": callers,
        **{name: {"frames_per_s": round(per_s[name], 1), "p95_ms": each.p95_ms()} for name, each in waits.items()},
        "against_single": round(per_s["batched"] / per_s["single"], 2),
    }


async def ask_for_a_while(bench: Bench, detector: OnnxDetector, callers: int, most: int, waits: Calls) -> None:
    """Notes how long each request takes, its wait included."""
    runner: BatchRunner[Picture, object] = BatchRunner(
        BatchPolicy(max_size=most, deadline_ms=_DEADLINE_MS), detector.detect, lambda: 1000 * time.perf_counter()
    )
    until = time.perf_counter() + bench.seconds

    async def ask(caller: int) -> None:
        picture = Picture(f"camera-{caller}", b"", bench.footage[caller % FRAMES])
        while time.perf_counter() < until:
            started = time.perf_counter()
            await runner.submit(picture.camera_id, picture)
            waits.seconds.append(time.perf_counter() - started)

    await asyncio.gather(*(ask(caller) for caller in range(callers)))
    runner.close()


def decode_figures(detector: OnnxDetector, footage: Sequence[Image]) -> dict[str, object]:
    say("decode")
    return {name: decode_of(detector, footage, size) for name, size in DECODED.items()}


def decode_of(detector: OnnxDetector, footage: Sequence[Image], size: tuple[int, int]) -> dict[str, object]:
    jpegs = [cv2.imencode(".jpg", cv2.resize(it, size), [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes() for it in footage]
    whole, reduced = ([prepared(jpeg, enough_px) for jpeg in jpegs] for enough_px in (None, detector.enough_px))
    expected, found = (detector.boxes([image for image, _ in each]) for each in (whole, reduced))
    whole_ms, reduced_ms = (round(1000 * median(seconds for _, seconds in each), 2) for each in (whole, reduced))
    return {
        "jpeg_bytes": round(sum(map(len, jpegs)) / len(jpegs)),
        "whole_ms": whole_ms,
        "reduced_ms": reduced_ms,
        "reduced_to": f"{reduced[0][0].shape[1]}x{reduced[0][0].shape[0]}",
        "boxes_agree": agreement(expected, found),
    }


def prepared(jpeg: bytes, enough_px: int | None) -> tuple[Image, float]:
    """The decoded frame, and how long it takes until it is in the model's input; best of three."""
    canvas = np.zeros((CARD.input.height, CARD.input.width, 3), dtype=np.uint8)
    seconds = min(timed(lambda: letterbox(decoded(jpeg, enough_px), canvas, CARD.input.letterbox)) for _ in range(3))
    return decoded(jpeg, enough_px), seconds


def decoded(jpeg: bytes, enough_px: int | None) -> Image:
    image = decode_jpeg(jpeg, enough_px)
    if isinstance(image, Undecodable):
        raise TypeError(image.reason)
    return image


def agreement(expected: Sequence[tuple[Box, ...]], found: Sequence[tuple[Box, ...]]) -> float:
    sure = [(box, others) for boxes, others in zip(expected, found, strict=True) for box in boxes if box.score >= 0.45]
    again = sum(any(box.label == it.label and overlap(box, it) >= 0.7 for it in others) for box, others in sure)
    return round(again / len(sure), 3) if sure else 1.0


def overlap(a: Box, b: Box) -> float:
    wide = min(a.x + a.w, b.x + b.w) - max(a.x, b.x)
    high = min(a.y + a.h, b.y + b.h) - max(a.y, b.y)
    shared = max(wide, 0.0) * max(high, 0.0)
    return shared / (a.w * a.h + b.w * b.h - shared)


def say(progress: str) -> None:
    sys.stderr.write(f"batching: {progress}\n")


if __name__ == "__main__":
    sys.exit(main())
