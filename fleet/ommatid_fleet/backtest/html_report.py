"""The report as one HTML file that opens without a network: styles and pictures inside, everything escaped."""

import base64
from collections.abc import Mapping, Sequence
from importlib import resources

from jinja2 import Environment, StrictUndefined

from ommatid_fleet.backtest.report import Record
from ommatid_fleet.backtest.result import Result

_ENVIRONMENT = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def html_report(record: Record, results: Sequence[Result]) -> str:
    """Render a report.

    Args:
        record: What ``backtest_record`` made of the results.
        results: The same ones, for the pictures of their alerts.
    """
    template = (resources.files("ommatid_fleet.backtest") / "templates" / "report.html.j2").read_text(encoding="utf-8")
    return _ENVIRONMENT.from_string(template).render(
        record=record,
        names=["A", "B"][: len(results)],
        pictures=[_pictures(result) for result in results],
        duration_s=max(record["footage"]["duration_s"], 0.001),
    )


def _pictures(result: Result) -> Mapping[str, str]:
    """Data URIs by id of the alert; of each alert the picture with which it was raised."""
    return {
        it.alert.alert_id: f"data:image/jpeg;base64,{base64.b64encode(it.picture).decode()}"
        for it in reversed(result.alerts)
        if it.picture is not None
    }
