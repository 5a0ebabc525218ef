"""Capture to webhook on this machine: the demo with four cameras, once its caches are warm.

Prints one JSON object: percentiles of the start (alerts of the first 30 s after the first one) as the baseline, and of
the steady state after it, in milliseconds.
"""

import json
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from ommatid_fleet.demo import DemoOptions, Screen, run_demo
from ommatid_fleet.demo.accounting import latency_percentiles_ms
from ommatid_fleet.local import terminate_on_sigterm

_ALERTS = 200
_TIMEOUT_S = 420.0
_WARM_AFTER_US = 30_000_000


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, terminate_on_sigterm(), Screen(Console(stderr=True)) as screen:
        options = DemoOptions(4, _ALERTS, _TIMEOUT_S, Path(folder), cooldown_s=2.0)
        outcome = run_demo(options, screen)
    if not outcome.alerts:
        sys.stderr.write(f"alert_latency: {outcome.failure}\n")
        return 1
    warm_at_us = outcome.alerts[0].received_at_us + _WARM_AFTER_US
    warm = [alert for alert in outcome.alerts if alert.received_at_us >= warm_at_us]
    cold = [alert for alert in outcome.alerts if alert.received_at_us < warm_at_us]
    figures = {
        "start_ms": latency_percentiles_ms(cold),
        "steady_ms": latency_percentiles_ms(warm),
        "steady_alerts": len(warm),
        "report": outcome.report.as_json(),
    }
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
