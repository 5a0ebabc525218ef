"""How long an alert took in each stage, up to its acknowledgement. Pure."""

import math

from ommatid_schemas.events import Alert

STAGE_STAMPS = ("edge", "published_at"), ("queue", "admitted_at"), ("infer", "inferred_at")
"""Stages of an alert's latency and the name of the time at which each ends; the first begins with the capture."""


def stamps_us(alert: Alert) -> dict[str, int | None]:
    """Times at which the stages before the alert ended, microseconds since the epoch.

    They are computed from the latencies that the alert carries; None from the first stage on that is missing.
    """
    found: dict[str, int | None] = {}
    at_us: float | None = alert.captured_at_us
    for stage, name in STAGE_STAMPS:
        took_ms = alert.latency_ms.get(stage, math.nan)
        at_us = None if at_us is None or not abs(took_ms) < 1e12 else at_us + took_ms * 1000
        found[name] = None if at_us is None else round(at_us)
    return found


def stages_s(alert: Alert, sent_at_us: int, acknowledged_at_us: int) -> dict[str, float]:
    """Seconds by stage: those of the alert, ``deliver`` (raised to sent), ``acknowledge``, and ``total``.

    Args:
        alert: The alert; ``total`` counts from its capture.
        sent_at_us: Start of the attempt that succeeded, microseconds since the epoch.
        acknowledged_at_us: End of it.
    """
    before = {name: value / 1000 for name, value in alert.latency_ms.items() if math.isfinite(value)}
    return before | {
        "deliver": (sent_at_us - alert.raised_at_us) / 1e6,
        "acknowledge": (acknowledged_at_us - sent_at_us) / 1e6,
        "total": (acknowledged_at_us - alert.captured_at_us) / 1e6,
    }
