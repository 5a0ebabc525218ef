"""Own models as lines on a screen. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VersionReport:
    """One version: what its card says, or what is wrong with the card."""

    version: str
    summary: str | None = None
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class ModelReport:
    """One model on this machine.

    Attributes:
        active: The active version; None where that cannot be told.
        before: What was active before, newest first.
        fault: Why it cannot be told.
    """

    name: str
    path: str
    active: str | None = None
    before: tuple[str, ...] = ()
    versions: tuple[VersionReport, ...] = ()
    fault: str | None = None


def model_lines(reports: Sequence[ModelReport]) -> list[str]:
    """For each model a line with its folder and one for each version; a single sentence when there is none."""
    return [line for report in reports for line in _lines(report)] or ["no detectors of kind onnx"]


def _lines(report: ModelReport) -> list[str]:
    width = max((len(each.version) for each in report.versions), default=0)
    return [
        f"{report.name}  {report.path}" + (f"  {report.fault}" if report.fault else ""),
        *(f"  {_mark(report, each)} {each.version:<{width}}  {each.fault or each.summary}" for each in report.versions),
    ]


def _mark(report: ModelReport, version: VersionReport) -> str:
    """The active version, and the one to which a rollback goes."""
    if version.version == report.active:
        return "*"
    return "<" if report.before and version.version == report.before[0] else " "
