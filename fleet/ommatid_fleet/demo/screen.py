"""What a demo run shows: one line for each step, a spinner while it lasts, one line for each alert."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from ommatid_fleet.demo.accounting import DemoReport
from ommatid_fleet.local import Step


@dataclass(slots=True)
class Screen:
    """Progress and alerts on a terminal; on a pipe, plain lines. Safe to use from several threads."""

    console: Console
    _progress: Progress = field(init=False)
    _tasks: dict[str, TaskID] = field(default_factory=dict[str, TaskID], init=False)

    def __post_init__(self) -> None:
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        self._progress = Progress(*columns, console=self.console, transient=True, disable=not self.console.is_terminal)

    def __enter__(self) -> Self:
        """Start drawing."""
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        """Stop drawing."""
        self._progress.stop()

    @contextmanager
    def step(self, name: str) -> Generator[None]:
        """Show that ``name`` goes on until the block ends, and how long it took."""
        started_at_s = time.monotonic()
        self.on_step(Step(name, "started"))
        try:
            yield
        except BaseException:
            self.on_step(Step(name, "failed", time.monotonic() - started_at_s))
            raise
        self.on_step(Step(name, "finished", time.monotonic() - started_at_s))

    def on_step(self, step: Step) -> None:
        """Show what has happened to a step."""
        if step.state == "started":
            self._tasks[step.name] = self._progress.add_task(step.name, total=None)
            return
        self._progress.remove_task(self._tasks.pop(step.name))
        mark = Text("✓", "green") if step.state == "finished" else Text("✗", "red")
        self.line(Text.assemble(mark, f" {step.name:<28}", (f"{step.elapsed_s:5.1f} s", "dim")))

    def line(self, text: Text | str) -> None:
        """Show one line above the spinners."""
        self._progress.console.print(text, highlight=False, soft_wrap=True)

    def report(self, report: DemoReport, output: Path) -> None:
        """Show the figures of a run that has ended."""
        table = Table(show_header=False, box=None, padding=(0, 2))
        for name, value in _rows(report):
            table.add_row(name, value)
        self._progress.console.print(table)
        self.line(f"Snapshots are in {output}")


def _rows(report: DemoReport) -> list[tuple[str, str]]:
    frames = report.frames
    latency = ", ".join(f"{name} {value:.0f} ms" for name, value in report.latency_ms.items()) or "no alert"
    return [
        ("first alert", f"{report.first_alert_s:.1f} s" if report.first_alert_s is not None else "none"),
        ("alerts", f"{report.alerts} (repeated: {report.repeated_alerts})"),
        ("capture to webhook", latency),
        ("frames captured", f"{frames.captured} (not worth sending: {sum(report.not_published.values())})"),
        ("frames published", f"{frames.published}"),
        ("frames inferred", f"{frames.inferred}"),
        ("frames dropped", ", ".join(f"{reason} {count}" for reason, count in report.dropped.items()) or "0"),
        ("dead letters", f"{report.dead_letters}"),
        ("unaccounted for", f"{report.unaccounted}"),
    ]
