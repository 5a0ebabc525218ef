"""What one metric costs a Python worker: as a gauge of Flink per bundle, and as a series of its own endpoint.

Times what PyFlink does for a gauge in Python, which is to set it and to encode it for the JVM; what the JVM does with
it comes on top. Prints one JSON object; microseconds, best of five.
"""

import json
import timeit
from collections.abc import Callable
from typing import Any

from apache_beam.metrics.execution import MetricsContainer
from apache_beam.metrics.metricbase import MetricName
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

GAUGES = 100
BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.25, 2.5, 5.0, 15.0, 60.0)
LABELS = ("region", "priority", "group")
VALUES = ("eu-west", "safety", "entrances")


def end_of_bundle_us() -> float:
    container: Any = MetricsContainer("inference")
    path = [word for pair in zip(LABELS, VALUES, strict=True) for word in pair]
    names = [MetricName(json.dumps([*path, "le", str(n), *["MetricGroupType.key"] * 8]), "age") for n in range(GAUGES)]

    def report() -> None:
        for name in names:
            container.get_gauge(name).set(7)
        infos = container.to_runner_api_monitoring_infos("inference").values()
        for info in infos:
            info.SerializeToString()

    return best_us(report, 20) / GAUGES


def best_us(work: Callable[[], object], number: int) -> float:
    return min(timeit.repeat(work, number=number, repeat=5)) / number * 1e6


def main() -> None:
    registry = CollectorRegistry()
    counter = Counter("frames", "of the benchmark", LABELS, registry=registry)
    histogram = Histogram("age_seconds", "of the benchmark", LABELS, buckets=BUCKETS, registry=registry)
    figures = {
        "flink_gauge_per_bundle_us": end_of_bundle_us(),
        "counter_us": best_us(lambda: counter.labels(*VALUES).inc(), 10_000),
        "histogram_us": best_us(lambda: histogram.labels(*VALUES).observe(0.03), 10_000),
        "scrape_us": best_us(lambda: generate_latest(registry), 100),
    }
    print(json.dumps({name: round(value, 2) for name, value in figures.items()}))


if __name__ == "__main__":
    main()
