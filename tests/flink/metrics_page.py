"""The page on the jobs' metrics, and what Python workers really export."""

import contextlib
import re
from pathlib import Path

import requests
from prometheus_client.parser import text_string_to_metric_families

from tests.flink.region import RegionUnderTest

METRICS_PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "watch-the-jobs.md"


def shown_by_workers(region: RegionUnderTest) -> set[str]:
    """Names of the metrics that Python workers export; one has a job of the detect graph, others may have none."""
    names: set[str] = set()
    for url in region.cluster.worker_urls:
        with contextlib.suppress(requests.ConnectionError):
            families = text_string_to_metric_families(requests.get(url, timeout=5.0).text)
            names |= {family.name for family in families if not family.name.endswith("_created")}
    return names


def shown_value(region: RegionUnderTest, name: str) -> float | None:
    """Value of a metric of the region that a Python worker exports; None when none does."""
    for url in region.cluster.worker_urls:
        with contextlib.suppress(requests.ConnectionError):
            for family in text_string_to_metric_families(requests.get(url, timeout=5.0).text):
                for sample in family.samples:
                    if sample.name == name and sample.labels.get("region") == region.name:
                        return sample.value
    return None


def documented_metrics(prefix: str) -> set[str]:
    """Metrics that the page for operators explains, without what the samples of a kind append."""
    explained = re.findall(rf"^\| (`{prefix}.*?`) \|", METRICS_PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    names = {name for cell in explained for name in re.findall(rf"`({prefix}\w+)", cell)}
    return {name.removesuffix("_total") for name in names}
