"""How old is what a webhook says? Eight cameras with moving people, from the capture of a frame to its alert's arrival.

The capture time is the camera's own: it comes from the RTCP reports of the simulated cameras, and the run fails when
the frame of an alert has any other. Everything between is real: RTSP, agent, broker, a Flink cluster with both jobs and
the packaged model on two cores, the delivery process with its pictures, an HTTP receiver that checks signatures.

Prints one JSON object. ``safety``: percentiles of the alerts after the warm-up, milliseconds. ``stages_ms``: these by
stage, each named after how it ends; they add up to the whole for every single alert. ``start``: the alerts of the
warm-up, the baseline.
"""

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any

from latency_site import ALERTS, FRAMES, Site, SiteOptions, running_site
from ommatid_connectors.kafka import Record
from ommatid_connectors.webhook import Received
from ommatid_fleet.demo.accounting import percentile
from ommatid_fleet.local import terminate_on_sigterm
from ommatid_jobs.delivery.payload import message_id
from ommatid_schemas import Alert, Clock, FrameEvent, FrameRef, SingleObjectCodec
from stamped_topics import read_all

STAGES = ("published", "appended", "admitted", "inferred", "raised", "written", "sent", "received")
"""What ends each stage: handed to the producer, in the broker's log, past the sampler, seen by the model, judged by the
rules, in the broker's log again, posted, and read by the receiver."""

_FIRST_ALERT_S = 120.0
_SHARES = (50, 95, 99)
_CODEC = SingleObjectCodec()


@dataclass(frozen=True)
class RunOptions:
    """How long; ``warm_up_s`` counts from the first alert, ``seconds`` from its end."""

    warm_up_s: float = 30.0
    seconds: float = 90.0


@dataclass(frozen=True, slots=True)
class Timed:
    """An alert and when each stage ended, microseconds since the epoch: the capture first, then ``STAGES``."""

    camera_id: str
    stamps_us: tuple[int, ...]
    clock: Clock

    @property
    def took_ms(self) -> Mapping[str, float]:
        """Milliseconds of each stage."""
        return {
            stage: (end - begin) / 1000 for stage, (begin, end) in zip(STAGES, pairwise(self.stamps_us), strict=True)
        }

    @property
    def total_ms(self) -> float:
        """Milliseconds from capture to arrival."""
        return (self.stamps_us[-1] - self.stamps_us[0]) / 1000


def watch(site: Site, options: RunOptions) -> int:
    """Let it run; returns when the warm-up was over, microseconds since the epoch.

    Raises:
        TimeoutError: There is no first alert.
        ChildExitedError: Something has ended.
    """
    if not site.receiver.wait_for(1, _FIRST_ALERT_S):
        raise TimeoutError(f"latency: expected a first alert within {_FIRST_ALERT_S:g} s")
    time.sleep(options.warm_up_s)
    warm_at_us = time.time_ns() // 1000
    until_s = time.monotonic() + options.seconds
    while time.monotonic() < until_s:
        site.check()
        time.sleep(1.0)
    return warm_at_us


def timed(received: Sequence[Received], frames: Mapping[FrameRef, Record], alerts: Sequence[Record]) -> list[Timed]:
    """The alerts with all their stamps, in order of arrival."""
    written_us = {message_id(alert): at_us for alert, at_us in map(_written, alerts)}
    return [_timed(request, written_us[request.message_id], frames) for request in received]


def _written(record: Record) -> tuple[Alert, int]:
    return _CODEC.decode(Alert, record.value), record.timestamp_ms * 1000


def _timed(request: Received, written_us: int, frames: Mapping[FrameRef, Record]) -> Timed:
    payload = request.payload
    shown = payload["evidence"][-1]
    record = frames[FrameRef(shown["topic"], shown["partition"], shown["offset"])]
    frame = _CODEC.decode(FrameEvent, record.value)
    stamps_us = (
        frame.captured_at_us,
        frame.published_at_us,
        record.timestamp_ms * 1000,
        *(payload[f"{name}_us"] for name in ("admitted_at", "inferred_at", "raised_at")),
        written_us,
        payload["sent_at_us"],
        request.received_at_us,
    )
    return Timed(payload["camera"], stamps_us, frame.clock)


def percentiles_ms(values: Sequence[float]) -> dict[str, float]:
    """p50, p95 and p99 of milliseconds; empty without values."""
    return {f"p{share}_ms": round(percentile(values, share / 100), 1) for share in _SHARES} if values else {}


def figures(alerts: Sequence[Timed], warm_at_us: int) -> dict[str, Any]:
    """What is printed."""
    warm = [it for it in alerts if it.stamps_us[-1] >= warm_at_us]
    cold = [it for it in alerts if it.stamps_us[-1] < warm_at_us]
    return {
        "safety": percentiles_ms([it.total_ms for it in warm]),
        "stages_ms": {stage: percentiles_ms([it.took_ms[stage] for it in warm]) for stage in STAGES},
        "alerts": len(warm),
        "cameras_with_alerts": len({it.camera_id for it in warm}),
        "captured_by_camera_clock": sum(it.clock is Clock.RTCP for it in warm),
        "start": {**percentiles_ms([it.total_ms for it in cold]), "alerts": len(cold)},
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in asdict(SiteOptions()).items():
        kind = int if isinstance(default, int) else float
        parser.add_argument(f"--{name.replace('_', '-')}", type=kind, default=default)
    parser.add_argument("--seconds", type=float, default=RunOptions.seconds)
    given = vars(parser.parse_args())
    run = replace(RunOptions(), seconds=given.pop("seconds"))
    options = SiteOptions(**given)
    with terminate_on_sigterm(), running_site(options) as site:
        warm_at_us = watch(site, run)
        received = site.receiver.accepted
        frames = {FrameRef(it.topic, it.partition, it.offset): it for it in read_all(site.client, FRAMES)}
        found = figures(timed(received, frames, read_all(site.client, ALERTS)), warm_at_us)
    warm_frames = sum(it.timestamp_ms * 1000 >= warm_at_us for it in frames.values())
    found["frames_per_s"] = round(warm_frames / run.seconds, 1)
    print(json.dumps({**found, "settings": asdict(options)}))
    return 0 if 0 < found["alerts"] == found["captured_by_camera_clock"] else 1


if __name__ == "__main__":
    sys.exit(main())
