"""Alerts at times of the footage."""

from dataclasses import replace
from typing import Any

from ommatid_fleet.backtest.raised_alert import RaisedAlert
from tests.sample_events import sample_alert

START_US = 1_767_614_400_000_000
"""2026-01-05 12:00 UTC."""


def raised(at_s: float, begun_s: float | None = None, picture: bytes | None = None, **changes: Any) -> RaisedAlert:
    """An alert of one rule on one camera, unless ``changes`` say otherwise; it begins half a second before."""
    begun_s = max(0.0, at_s - 0.5) if begun_s is None else begun_s
    begun_us, raised_us = (START_US + round(time_s * 1e6) for time_s in (begun_s, at_s))
    alert = replace(sample_alert(raised_us), alert_id=f"id-{at_s:g}", started_at_us=begun_us)
    return RaisedAlert(replace(alert, **changes), begun_s, at_s, picture)
