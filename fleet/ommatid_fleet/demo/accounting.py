"""What became of every frame and alert of a demo run, as numbers that must add up."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class FrameCounts:
    """Frames by how far they came.

    Attributes:
        captured: Seen by the edge agent.
        published: Acknowledged by the broker.
        admitted: Let through by the sampler of the detect job.
        inferred: With a result on the detections topic, each frame counted once.
    """

    captured: int
    published: int
    admitted: int
    inferred: int


@dataclass(frozen=True, slots=True)
class ReceivedAlert:
    """An alert as the webhook's receiver saw it. Times are microseconds since the epoch."""

    alert_id: str
    captured_at_us: int
    received_at_us: int

    @property
    def latency_ms(self) -> float:
        """From capture of the frame that raised the alert to arrival at the webhook."""
        return (self.received_at_us - self.captured_at_us) / 1000


@dataclass(frozen=True, slots=True)
class DemoReport:
    """The report of ``ommatid demo --report FILE``; keys are published, do not rename them.

    Attributes:
        first_alert_s: Seconds from the start of the command to the first alert; None without one.
        alerts: Distinct alerts received.
        repeated_alerts: Alerts received more often than once; must be 0.
        latency_ms: From capture to webhook: p50, p95 and p99 over all alerts; empty without one.
        frames: Frames by how far they came.
        not_published: Captured frames that the agent did not publish, by reason.
        dropped: Published frames that the detect job dropped, by reason.
        dead_letters: Published frames that could not be processed.
        unaccounted: Published frames that are neither inferred, dropped nor dead letters; must be 0.
    """

    first_alert_s: float | None
    alerts: int
    repeated_alerts: int
    latency_ms: Mapping[str, float]
    frames: FrameCounts
    not_published: Mapping[str, int]
    dropped: Mapping[str, int]
    dead_letters: int
    unaccounted: int

    def as_json(self) -> dict[str, Any]:
        """Plain object for ``json.dumps``."""
        return asdict(self)


def unaccounted(frames: FrameCounts, dropped: Mapping[str, int], dead_letters: int) -> int:
    """Published frames of whose end nothing is known; negative when something was counted twice."""
    return frames.published - frames.inferred - sum(dropped.values()) - dead_letters


def percentile(values: Sequence[float], share: float) -> float:
    """Nearest-rank percentile: the smallest value that at least ``share`` (0..1] of the values do not exceed.

    Raises:
        ValueError: There are no values.
    """
    if not values:
        raise ValueError("percentile: expected at least one value, found none")
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def latency_percentiles_ms(alerts: Sequence[ReceivedAlert]) -> dict[str, float]:
    """p50, p95 and p99 of the alerts' latency in milliseconds; empty without alerts."""
    if not alerts:
        return {}
    values = [alert.latency_ms for alert in alerts]
    return {f"p{share}": round(percentile(values, share / 100), 1) for share in (50, 95, 99)}
