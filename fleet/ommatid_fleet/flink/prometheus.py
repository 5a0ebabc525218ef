"""Values that Flink's processes export for Prometheus, summed as the demo's report needs them.

A counter ``dropped`` that a Python operator keeps in the group ``reason=stale`` appears as
``flink_taskmanager_job_task_operator_reason_dropped{reason="stale", ...}``. Flink replaces characters outside
``[a-zA-Z0-9:_]`` in label values by underscores. A job that ended is no longer exported.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import requests
from prometheus_client.parser import text_string_to_metric_families

from ommatid_fleet.flink.errors import FlinkUnreachableError

_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class MetricSample:
    """One line of an exposition: a value with its name and labels."""

    name: str
    labels: Mapping[str, str]
    value: float


def scrape(urls: Sequence[str]) -> list[MetricSample]:
    """Fetch and parse the metrics of all ``urls``.

    Raises:
        FlinkUnreachableError: One of them does not answer.
    """
    return [sample for url in urls for sample in parse(_fetch(url))]


def parse(text: str) -> list[MetricSample]:
    """Parse the Prometheus text format, version 0.0.4."""
    families = text_string_to_metric_families(text)
    return [MetricSample(one.name, one.labels, one.value) for family in families for one in family.samples]


def total(
    samples: Iterable[MetricSample], suffix: str, *, by: str | None = None, where: Mapping[str, str] | None = None
) -> dict[str, float]:
    """Sum all samples whose name ends with ``_`` and ``suffix``.

    Args:
        samples: What `scrape` found.
        suffix: End of the metric's name, as the operator named it: "sampler_dropped".
        by: Label whose values are the keys of the result; without it the one key is the empty string.
        where: Labels, with their values, that a sample must have to count, for example a ``job_id``.

    Returns:
        Sums by the value of label ``by``; empty if no sample fits.
    """
    sums: defaultdict[str, float] = defaultdict(float)
    for sample in samples:
        if _fits(sample, suffix, where or {}):
            sums[sample.labels.get(by, "") if by else ""] += sample.value
    return dict(sums)


def _fits(sample: MetricSample, suffix: str, where: Mapping[str, str]) -> bool:
    return sample.name.endswith(f"_{suffix}") and where.items() <= sample.labels.items()


def _fetch(url: str) -> str:
    try:
        answer = requests.get(url, timeout=_TIMEOUT_S)
        answer.raise_for_status()
    except requests.RequestException as fault:
        raise FlinkUnreachableError(
            f"metrics at {url}: expected a Prometheus exposition, found {type(fault).__name__}; "
            "check that the process runs and exports metrics there"
        ) from fault
    return answer.text
