"""What a camera costs on the edge: CPU per camera-second of six ways to watch it, and memory per camera.

    uv run bench/edge.py [--rounds 3] [--seconds 6]

Prints one JSON object; progress goes to stderr. Per format (1080p15 at 4 Mbit/s, 720p15 at 2, 640x360p15 at 0.6; H.264,
a key frame each 2 s) and way: CPU milliseconds of this process per second of one camera, the median over rounds in
which all ways take turns. The cameras are simulated ones, in another process, watched over RTSP in real time with the
classes that the agent runs, several at a time in one thread each. A camera-second is counted in frames that arrived, so
that a busy machine does not make anything look cheap. All ways watch the same still scene with sensor noise, except
`moving`, which is ours on a street full of people. `demux_only` opens its connection as the agent does. `rss_mb` is
what one more idle camera adds to the resident memory of a process, in MB.
"""

import argparse
import json
import logging
import multiprocessing
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnContext
from pathlib import Path

import cv2
import psutil
import structlog
from pydantic import SecretStr

from edge_clips import FORMATS, FPS, GROUP_S, STILL, STREET, encode, serve
from edge_methods import METHODS, Watch
from gate_methods import camera_plan
from ommatid_edge.camera_address import CameraAddress
from ommatid_edge.camera_plan import CameraPlan
from ommatid_schemas.errors import OmmatidError

_CPU_LIMIT = 0.6
"""About how much of a core the cameras of one measurement may take together: two cores are enough for the bench."""

_EXPECTED_MS = {"demux_only": 4, "idle": 12, "moving": 110, "full_decode": 90, "full_decode_mog2": 140}
_MOST_CAMERAS, _MEMORY_CAMERAS = 16, 12


def main() -> int:
    options = _options()
    _quiet()
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        clips = dict(_encoded(Path(folder)))
        with _served(context, clips) as port:
            plans = {path.stem: _plan(port, path.stem) for path in clips.values()}
            rounds = [_round(plans, options.seconds, number, options.rounds) for number in range(options.rounds)]
            memory_mb = {name: _memory_mb(context, plans[f"{STILL}-{name}"]) for name in FORMATS}
    print(json.dumps({name: _figures(name, rounds, memory_mb[name]) for name in FORMATS}))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="CPU and memory per camera on the edge.")
    parser.add_argument("--rounds", type=int, default=3, help="rounds in which all ways take turns")
    parser.add_argument("--seconds", type=float, default=6.0, help="time of one measurement; whole groups of pictures")
    return parser.parse_args()


def _quiet() -> None:
    """One thread per camera, as in the agent, and no log: stdout is for the figures."""
    cv2.setNumThreads(1)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def _say(text: str) -> None:
    sys.stderr.write(f"edge: {text}\n")


def _encoded(folder: Path) -> Iterator[tuple[str, Path]]:
    for name in FORMATS:
        for footage in (STILL, STREET):
            _say(f"encoding {footage} as {name}")
            yield f"{footage}-{name}", encode(folder, name, footage)


def _plan(port: int, stream: str) -> CameraPlan:
    return replace(camera_plan(), address=CameraAddress("camera-1", SecretStr(f"rtsp://127.0.0.1:{port}/{stream}")))


@contextmanager
def _served(context: SpawnContext, clips: Mapping[str, Path]) -> Generator[int]:
    """Port of the simulated cameras."""
    receiver, sender = context.Pipe(duplex=False)
    server = context.Process(target=serve, args=(clips, sender), daemon=True)
    server.start()
    try:
        if not receiver.poll(60):
            raise RuntimeError("the simulated cameras did not start within 60 s")
        yield receiver.recv()
    finally:
        server.terminate()
        server.join()


def _round(
    plans: Mapping[str, CameraPlan], seconds: float, number: int, rounds: int
) -> Mapping[tuple[str, str], float]:
    """CPU milliseconds per camera-second by format and way."""
    found: dict[tuple[str, str], float] = {}
    for name in FORMATS:
        for way, watch in METHODS.items():
            plan = plans[f"{STREET if way == 'moving' else STILL}-{name}"]
            found[name, way] = _cpu_ms(watch, plan, _cameras(name, way), seconds)
            _say(f"round {number + 1} of {rounds}, {name} {way}: {found[name, way]:.2f} ms per camera-second")
    return found


def _cameras(name: str, way: str) -> int:
    """How many cameras are watched at once, so that together they stay within a share of a core."""
    pixels = FORMATS[name].width_px * FORMATS[name].height_px
    expected_ms = _EXPECTED_MS.get(way, _EXPECTED_MS["full_decode"]) * pixels / (1280 * 720) / 1.5
    return max(2, min(_MOST_CAMERAS, int(1000 * _CPU_LIMIT / expected_ms)))


class _Crowd:
    """Cameras that are watched at once, one thread each."""

    def __init__(self, watch: Watch, plan: CameraPlan, cameras: int) -> None:
        self._stop = threading.Event()
        self._frames = [0] * cameras
        self._faults: list[Exception] = []
        self._threads = [
            threading.Thread(target=self._run, args=(watch, plan, camera), daemon=True) for camera in range(cameras)
        ]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    @property
    def frames(self) -> int:
        return sum(self._frames)

    def check(self) -> None:
        """Raise what a camera's thread met, if any met something."""
        for fault in self._faults:
            raise fault

    def wait_until_all_stream(self) -> None:
        deadline_s = time.monotonic() + 30
        while not all(self._frames):
            self.check()
            if time.monotonic() > deadline_s:
                raise RuntimeError("not all simulated cameras gave a frame within 30 s")
            time.sleep(0.05)

    def _run(self, watch: Watch, plan: CameraPlan, camera: int) -> None:
        try:
            with closing(_generator(watch, plan, self._stop)) as counts:
                for count in counts:
                    self._frames[camera] += count
        except (OmmatidError, RuntimeError) as fault:
            self._faults.append(fault)


def _generator(watch: Watch, plan: CameraPlan, stop: threading.Event) -> Generator[int]:
    yield from watch(plan, stop.is_set)


def _cpu_ms(watch: Watch, plan: CameraPlan, cameras: int, seconds: float) -> float:
    crowd = _Crowd(watch, plan, cameras)
    try:
        crowd.wait_until_all_stream()
        time.sleep(2 * GROUP_S)  # until every camera is past its first frame, which is published
        frames, cpu_s = crowd.frames, time.process_time()
        time.sleep(seconds)
        frames, cpu_s = crowd.frames - frames, time.process_time() - cpu_s
        crowd.check()
    finally:
        crowd.close()
    return 1000 * cpu_s * FPS / frames


def _memory_mb(context: SpawnContext, plan: CameraPlan) -> float:
    """Resident memory that one more idle camera takes, measured in a process of its own."""
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_measure_memory, args=(plan, sender), daemon=True)
    child.start()
    child.join()
    return receiver.recv()


def _measure_memory(plan: CameraPlan, answer: Connection) -> None:
    _quiet()
    with closing(_Crowd(METHODS["idle"], plan, 1)) as first:
        first.wait_until_all_stream()
        time.sleep(GROUP_S)
        before_bytes = _resident_bytes()
        with closing(_Crowd(METHODS["idle"], plan, _MEMORY_CAMERAS)) as more:
            more.wait_until_all_stream()
            time.sleep(2 * GROUP_S)
            answer.send((_resident_bytes() - before_bytes) / _MEMORY_CAMERAS / 1e6)


def _resident_bytes() -> int:
    return psutil.Process().memory_info().rss


def _figures(name: str, rounds: Sequence[Mapping[tuple[str, str], float]], memory_mb: float) -> dict[str, float]:
    medians = {way: round(statistics.median(found[name, way] for found in rounds), 2) for way in METHODS}
    return {**medians, "rss_mb": round(memory_mb, 1)}


if __name__ == "__main__":
    sys.exit(main())
