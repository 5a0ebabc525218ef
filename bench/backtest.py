"""How fast `ommatid backtest` is beside real time, and beside decoding alone.

    uv run bench/backtest.py [--video FILE]

Prints one JSON object after about two minutes on two cores; progress goes to stderr. Footage: `street` (79.5 s, 768 x
576, 10 frames/s, people in every frame, so that nothing can be left out) and `sparse` (60 s with three walks). Each is
played through one camera with two person rules and the default sampling. `--video` plays a file of your own instead;
one in a codec that no camera sends is converted in each run, which counts. Per footage:

* `decode_times_real_time`: the anchor, every frame demuxed and decoded and nothing else, on one thread.
* `null`: the model `null-416`, which sees nothing: what all but the model costs.
* `nanodet`: the packaged model, one thread. `same_alerts`: whether a second run raised the same alerts, ids and times.
* `nanodet_compared`: two configurations that show the same frames to the model, which looks at each of them once.

`times_real_time` is footage by time on the clock; both configurations of a comparison count as footage. Models are
loaded within.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av

from ommatid_edge.simulator import SCENES
from ommatid_fleet.backtest.progress import Progress
from ommatid_fleet.backtest.request import FootageRequest, PlayOptions
from ommatid_fleet.backtest.result import Result
from ommatid_fleet.backtest.running import run_backtest

START_US = 1_767_614_400_000_000
FLEET = """
version: 1
regions: {here: {kafka: {bootstrap: "127.0.0.1:1"}}}
groups: {street: {priority: safety, detector: DETECTOR}}
cameras:
  street-1:
    url: "rtsp://127.0.0.1/street-1"
    region: here
    group: street
    zones: {pavement: {coordinates: [0.0, 0.45, 1.0, 0.45, 1.0, 1.0, 0.0, 1.0]}}
rules:
  person: {groups: [street], labels: [person], confirm: CONFIRM, cooldown: 15s}
  person-on-pavement: {groups: [street], labels: [person], zones: [pavement]}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--video", type=Path)
    video: Path | None = parser.parse_args().video
    footage = {video.name: video} if video else {scene: SCENES[scene] for scene in ("street", "sparse")}
    with tempfile.TemporaryDirectory() as folder:
        figures = {name: measured(Path(folder), path) for name, path in footage.items()}
    print(json.dumps({"footage": figures}))


def measured(folder: Path, video: Path) -> Mapping[str, Any]:
    null = fleet_file(folder, "null-416", "2 of 3")
    nanodet, patient = (fleet_file(folder, "nanodet-416", confirm) for confirm in ("2 of 3", "4 of 6"))
    first = played(video, [nanodet])
    duration_s = first["seconds"]
    return {
        "seconds": duration_s,
        "decode_times_real_time": round(duration_s / decoded_s(video), 1),
        "null": figures_of(played(video, [null])),
        "nanodet": {**figures_of(first), "same_alerts": played(video, [nanodet])["alerts"] == first["alerts"]},
        "nanodet_compared": figures_of(played(video, [nanodet, patient])),
    }


def played(video: Path, fleets: list[Path]) -> dict[str, Any]:
    begin_s, begin_cpu_s = time.monotonic(), time.process_time()
    results = run_backtest(fleets, FootageRequest([video], START_US), PlayOptions(), silent)
    took_s, cpu_s = time.monotonic() - begin_s, time.process_time() - begin_cpu_s
    sys.stderr.write(f"backtest: {video.name} through {len(fleets)} fleet file(s) in {took_s:.1f} s\n")
    seconds = sum(result.duration_s for result in results)
    return {
        "seconds": seconds,
        "times_real_time": round(seconds / took_s, 1),
        "cpu_s": round(cpu_s, 2),
        "model_calls": sum(result.frames.model_calls for result in results),
        "from_memory": sum(result.remembered for result in results),
        "alerts": [alert for result in results for alert in alerts_of(result)],
    }


def figures_of(run: Mapping[str, Any]) -> dict[str, Any]:
    return {**run, "alerts": len(run["alerts"])}


def alerts_of(result: Result) -> list[tuple[str, float]]:
    return [(it.alert.alert_id, it.raised_s) for it in result.alerts]


def decoded_s(video: Path) -> float:
    begin_s = time.monotonic()
    with av.open(str(video)) as container:
        container.streams.video[0].codec_context.thread_count = 1
        for _ in container.decode(video=0):
            pass
    return time.monotonic() - begin_s


def fleet_file(folder: Path, detector: str, confirm: str) -> Path:
    path = folder / f"{detector}-{confirm.replace(' ', '-')}.yaml"
    path.write_text(FLEET.replace("DETECTOR", detector).replace("CONFIRM", confirm), encoding="utf-8")
    return path


@contextmanager
def silent(name: str, total: float) -> Generator[Progress]:
    del name, total
    yield lambda _: None


if __name__ == "__main__":
    main()
