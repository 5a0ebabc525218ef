"""Motion gates compared: frames kept, event recall, onset delay and CPU, at key frame distances of 1, 2 and 4 s.

    uv run bench/gate.py [--video FILE --events FILE]

Prints one JSON object after about four minutes on two free cores; progress goes to stderr. Per key frame distance and
method:

* `frames`: frames published on the sparse day; `frames_share` is their share of those of `fixed_1fps`.
* `recall`: share of all events that were caught. An event is caught when a frame that shows it is published within 2 s
  of its onset; published is when it leaves the gate in virtual time, not when it was captured.
* `recall_2s_plus`: the same over events of 2 s and longer.
* `onset_delay_p50_s`: median time from onset to publication over the events that were caught.
* `cpu_ms_per_s`: CPU per second of the sparse day, decoding included.
* `scenes`: the same scene by scene.

The sparse day is 40 minutes long (`--minutes`) and stands for 24 hours: 8 persons pass, one in each 5 minutes at a
random time (two each of 1, 2, 4 and 8 s), so that somebody is in the picture 1.25 % of the time: 288 passages and 18
minutes of presence in 24 hours. Wind swings a branch for a tenth of it, it rains for a twentieth, lamps are switched
four times (144 times in 24 hours), exposure drifts by 15 % all the time, and there is sensor noise. Spells of wind and
rain are much shorter than on a real day, which is against gates that learn: they pay at the start of each.

Events are pooled over the day, 40 more passages in good weather, 12 each under switched light, rain, wind and strong
exposure drift, and the street of the committed footage (people all the time: one event).

With `--video` and `--events` (CSV with the columns start_s and end_s) the clip is encoded anew at the three key frame
distances and takes the place of all scenes.
"""

import argparse
import csv
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from gate_clips import Encoding, encode
from gate_methods import Outcome, Published, run_all
from gate_scenes import FPS, HEIGHT_PX, WIDTH_PX, Event, Scene, crowded_scenes, frames, sparse_day
from ommatid_edge.simulator.scenes import FOOTAGE

KEY_FRAME_DISTANCES_S = (1.0, 2.0, 4.0)
IN_TIME_S = 2.0
METHODS = ("ours", "fixed_1fps", "packet_size", "running_average", "mog2")


@dataclass(frozen=True, slots=True)
class Footage:
    """A scene to be drawn or a file to be read, and the times of its events."""

    name: str
    events: tuple[Event, ...]
    source: Scene | Path


@dataclass(frozen=True, slots=True)
class Measured:
    """One method on one clip.

    Attributes:
        frames: Published frames.
        duration_s: Length of the clip.
        cpu_s: CPU time.
        delays: Per event, whether it is at least 2 s long, and the delay of its onset; None when it was missed.
    """

    frames: int
    duration_s: float
    cpu_s: float
    delays: tuple[tuple[bool, float | None], ...]


def main() -> None:
    options = _options()
    clips = _own_footage(options) if options.video else _scenes(options.minutes)
    measured: dict[str, dict[float, dict[str, Measured]]] = {}
    with ProcessPoolExecutor(max_workers=min(2, os.cpu_count() or 1)) as pool:
        for footage, result in zip(clips, pool.map(measure, clips), strict=True):
            measured[footage.name] = result
            sys.stderr.write(f"gate: {footage.name}: {len(footage.events)} events done\n")
    print(json.dumps({f"gop_{distance:g}s": _report(measured, distance) for distance in KEY_FRAME_DISTANCES_S}))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Motion gates compared; see the head of this file.")
    parser.add_argument("--video", type=Path, help="footage to use instead of the scenes")
    parser.add_argument("--events", type=Path, help="CSV of its events: start_s,end_s")
    parser.add_argument("--minutes", type=float, default=40.0, help="length of the sparse day")
    options = parser.parse_args()
    if (options.video is None) != (options.events is None):
        parser.error("--video and --events: expected both or none of them")
    return options


def _scenes(minutes: float) -> list[Footage]:
    made = [sparse_day(minutes), *crowded_scenes()]
    street = FOOTAGE / "people.mp4"
    return [
        *(Footage(scene.name, scene.events, scene) for scene in made),
        Footage("street", (Event(0.0, _duration_s(street)),), street),
    ]


def _own_footage(options: argparse.Namespace) -> list[Footage]:
    with Path(options.events).open(newline="") as file:
        rows = csv.DictReader(file)
        if not {"start_s", "end_s"} <= set(rows.fieldnames or ()):
            found = ", ".join(rows.fieldnames or ()) or "none"
            sys.exit(f"{options.events}: expected the columns start_s and end_s in its first line, found {found}")
        events = tuple(Event(float(row["start_s"]), float(row["end_s"])) for row in rows)
    return [Footage("video", events, Path(options.video))]


def measure(footage: Footage) -> dict[float, dict[str, Measured]]:
    """Encode a clip at each key frame distance, and run each method on each."""
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as folder:
        clips = {Path(folder) / f"{distance:g}.mp4": distance for distance in KEY_FRAME_DISTANCES_S}
        pictures, encoding = _pictures(footage)
        encode(pictures, encoding, clips)
        sys.stderr.write(f"gate: {footage.name}: encoded\n")
        return {distance: _measured(clip, footage.events) for clip, distance in clips.items()}


def _measured(clip: Path, events: Sequence[Event]) -> dict[str, Measured]:
    duration_s = _duration_s(clip)
    return {name: _score(outcome, events, duration_s) for name, outcome in run_all(clip).items()}


def _score(outcome: Outcome, events: Sequence[Event], duration_s: float) -> Measured:
    delays = tuple((event.end_s - event.start_s >= 2.0, _delay_s(outcome.published, event)) for event in events)
    return Measured(len(outcome.published), duration_s, outcome.cpu_s, delays)


def _delay_s(published: Sequence[Published], event: Event) -> float | None:
    """Time from onset to the first publication of a frame that shows the event; None beyond 2 s."""
    shown = (it.published_s for it in published if event.start_s <= it.captured_s < event.end_s)
    delay_s = min(shown, default=float("inf")) - event.start_s
    # Times are multiples of a frame period, stored in microseconds.
    return delay_s if delay_s <= IN_TIME_S + 1e-4 else None


def _pictures(footage: Footage) -> tuple[Iterator[NDArray[np.uint8]], Encoding]:
    source = footage.source
    if isinstance(source, Scene):
        return frames(source), Encoding(WIDTH_PX, HEIGHT_PX, Fraction(FPS))
    with av.open(str(source)) as container:
        stream = container.streams.video[0]
        fps = stream.average_rate or Fraction(FPS)
        # 4:2:0 needs even sizes.
        size = (stream.width // 2 * 2, stream.height // 2 * 2)
    return _decoded(source, *size), Encoding(*size, fps)


def _decoded(path: Path, width_px: int, height_px: int) -> Iterator[NDArray[np.uint8]]:
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            yield np.asarray(frame.reformat(width=width_px, height=height_px, format="yuv420p").to_ndarray(), np.uint8)


def _duration_s(path: Path) -> float:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        return float((stream.duration or 0) * (stream.time_base or 0))


def _report(
    measured: Mapping[str, Mapping[float, Mapping[str, Measured]]], distance: float
) -> dict[str, dict[str, object]]:
    scenes = {name: by_distance[distance] for name, by_distance in measured.items()}
    return {method: _method_report({name: it[method] for name, it in scenes.items()}, scenes) for method in METHODS}


def _method_report(by_scene: Mapping[str, Measured], scenes: Mapping[str, Mapping[str, Measured]]) -> dict[str, object]:
    first = next(iter(by_scene))
    fixed = scenes[first]["fixed_1fps"].frames
    return {
        **_figures(by_scene[first], [delay for it in by_scene.values() for delay in it.delays]),
        "frames_share": round(by_scene[first].frames / fixed, 3) if fixed else None,
        "scenes": {name: _figures(it, it.delays) for name, it in by_scene.items()},
    }


def _figures(measured: Measured, delays: Sequence[tuple[bool, float | None]]) -> dict[str, object]:
    caught = [delay for _, delay in delays if delay is not None]
    return {
        "frames": measured.frames,
        "recall": _share([delay for _, delay in delays]),
        "recall_2s_plus": _share([delay for is_long, delay in delays if is_long]),
        "onset_delay_p50_s": round(statistics.median(caught), 2) if caught else None,
        "cpu_ms_per_s": round(measured.cpu_s / measured.duration_s * 1000, 2) if measured.duration_s else None,
    }


def _share(delays: Sequence[float | None]) -> float | None:
    return round(sum(delay is not None for delay in delays) / len(delays), 4) if delays else None


if __name__ == "__main__":
    main()
