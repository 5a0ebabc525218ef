"""The bench's run in small: what it shows holds in every build."""

from collections.abc import Callable
from pathlib import Path

from bench.delivery_chaos import ChaosOptions, run_chaos
from ommatid_fleet.local import KafkaBroker


def test_killed_instances_and_a_failing_receiver_cost_no_alert_and_no_order(
    kafka_broker: KafkaBroker, unique_name: Callable[[str], str], tmp_path: Path
) -> None:
    options = ChaosOptions(alerts=60, cameras=6, kills=1)

    figures = run_chaos(kafka_broker.bootstrap, unique_name("chaos"), tmp_path, options)

    assert figures.holds, figures
    assert figures.failed_requests > 0
