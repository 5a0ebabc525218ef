"""Jobs as lines on a screen. Pure."""

from collections.abc import Sequence

from ommatid_fleet.flink import JobReport


def job_lines(reports: Sequence[JobReport]) -> list[str]:
    """A heading and a line for each job; a single sentence when there is none."""
    if not reports:
        return ["no jobs"]
    width = max(len(report.name) for report in reports)
    heading = f"{'NAME':<{width}} {'STATE':<10} {'SINCE':>8} {'RESTARTS':>8} {'CHECKPOINT':>11} ID"
    return [heading, *(_line(report, width) for report in reports)]


def _line(report: JobReport, width: int) -> str:
    restarts = "?" if report.restarts is None else str(report.restarts)
    age_s = report.checkpoint_age_s
    checkpoint = "none" if age_s is None else f"{age(age_s)} ago"
    return (
        f"{report.name:<{width}} {report.status:<10} {age(report.since_s):>8} {restarts:>8} {checkpoint:>11} "
        f"{report.job_id}"
    )


def age(seconds: float) -> str:
    """A length of time in its two largest units: ``12s``, ``3m 5s``, ``2h 0m``, ``5d 7h``."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole}s"
    for size, unit, smaller_size, smaller in ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "m")):
        if whole >= size:
            return f"{whole // size}{unit} {whole % size // smaller_size}{smaller}"
    return f"{whole // 60}m {whole % 60}s"
