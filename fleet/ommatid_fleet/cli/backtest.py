"""``ommatid backtest``: what a fleet file would have made of footage, or of the frames of a topic."""

import json
import os
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from ommatid_connectors.process_logs import configure_logs
from ommatid_fleet.backtest.html_report import html_report
from ommatid_fleet.backtest.report import backtest_record
from ommatid_fleet.backtest.request import FootageRequest, PlayOptions, TopicRequest
from ommatid_fleet.backtest.result import Result
from ommatid_fleet.backtest.scoring import TrueEvent, parse_events
from ommatid_fleet.backtest.tracks import mot_lines
from ommatid_fleet.cli.arguments import AsJson, Bootstrap, FleetPath
from ommatid_fleet.cli.backtest_text import backtest_lines
from ommatid_schemas import ConfigurationError

START = "2026-01-05T12:00:00Z"
"""A Monday at noon: footage tells no time of its own, and the same run should always say the same."""


def backtest(
    fleet: FleetPath,
    video: Annotated[list[Path] | None, typer.Option(help="Footage; several files follow one another.")] = None,
    camera: Annotated[str | None, typer.Option(help="Camera that it is of; else the fleet file's only one.")] = None,
    start: Annotated[str, typer.Option(help="When the footage begins, for schedules; ISO 8601.")] = START,
    topic: Annotated[str | None, typer.Option(help="Instead of footage, a frames topic; with --from and --to.")] = None,
    since: Annotated[str | None, typer.Option("--from", help="First capture time, ISO 8601.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Capture time at which to end, exclusive.")] = None,
    bootstrap: Bootstrap = None,
    against: Annotated[Path | None, typer.Option(help="Another fleet file: what does it change?")] = None,
    events: Annotated[Path | None, typer.Option(help="What really happened: CSV start_s,end_s[,label].")] = None,
    report: Annotated[Path | None, typer.Option(help="Write an HTML file, with pictures of the alerts.")] = None,
    dump_tracks: Annotated[Path | None, typer.Option(help="Write the tracks as MOTChallenge CSV.")] = None,
    price_per_1000_calls: Annotated[float | None, typer.Option(min=0, help="Money; else as the budget says.")] = None,
    ask_vision_models: Annotated[
        bool, typer.Option("--ask-vision-models", help="Ask them for real, for money.")
    ] = False,
    threads: Annotated[int, typer.Option(min=1, help="CPU threads of one model call.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Play footage through the gate, sampler, model, tracker and rules of a fleet file, faster than it was filmed.

    Prints alerts, model calls, cost and, with --against, what the other file changes; the same footage always gives the
    same output. Needs no broker, cluster or password, but for --topic the broker. Times without a zone are UTC.
    """
    # What the agent's and the jobs' code says goes to stderr, as in their own processes.
    configure_logs(os.environ)
    request = _request(video or [], camera, start, topic, (since, until), bootstrap)
    if dump_tracks is not None and isinstance(request, TopicRequest):
        raise ConfigurationError("--dump-tracks: expected --video with it, found --topic, whose frames have no numbers")
    happened = None if events is None else _events(events)
    options = PlayOptions(
        pictures=report is not None,
        tracks=dump_tracks is not None,
        price_per_1000_calls=price_per_1000_calls,
        ask_vision_models=ask_vision_models,
        threads=threads,
    )
    for path in filter(None, (report, dump_tracks)):
        _write(path, "")
    results = _run([fleet] if against is None else [fleet, against], request, options)
    record = backtest_record(request.names, results, happened)
    if report is not None:
        _write(report, html_report(record, results))
    if dump_tracks is not None:
        _write(
            dump_tracks, "".join(f"{line}\n" for line in mot_lines(results[0].tracks.points, results[0].tracks.numbers))
        )
    for line in [json.dumps(record)] if as_json else backtest_lines(record):
        typer.echo(line)


def _run(fleets: Sequence[Path], request: FootageRequest | TopicRequest, options: PlayOptions) -> list[Result]:
    # The jobs' code imports PyFlink, which every other command does without.
    from ommatid_fleet.backtest.running import run_backtest  # noqa: PLC0415

    started_at_s = time.monotonic()
    results = run_backtest(fleets, request, options, _showing)
    took_s = time.monotonic() - started_at_s
    played_s = sum(result.duration_s for result in results)
    typer.echo(f"ommatid: {played_s:.1f} s played in {took_s:.1f} s, {played_s / took_s:.1f} x real time", err=True)
    return results


def _request(
    video: list[Path],
    camera: str | None,
    start: str,
    topic: str | None,
    span: tuple[str | None, str | None],
    bootstrap: str | None,
) -> FootageRequest | TopicRequest:
    if bool(video) == (topic is not None):
        found = "both" if video else "neither"
        raise ConfigurationError(f"--video, --topic: expected one of them, found {found}")
    if topic is None:
        return FootageRequest(video, _instant_us("--start", start), camera)
    since, until = span
    if since is None or until is None:
        raise ConfigurationError("--topic: expected --from and --to with it, such as --from 2026-01-05T20:00:00Z")
    start_us, end_us = _instant_us("--from", since), _instant_us("--to", until)
    if start_us >= end_us:
        raise ConfigurationError(f"--to: expected a time after --from, found {until}")
    return TopicRequest(topic, start_us, end_us, camera, bootstrap)


def _instant_us(option: str, text: str) -> int:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigurationError(f"{option}: expected a time such as 2026-01-05T20:00:00Z, found {text!r}") from None
    instant = instant if instant.tzinfo is not None else instant.replace(tzinfo=UTC)
    return round(instant.timestamp() * 1e6)


def _events(path: Path) -> tuple[TrueEvent, ...]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigurationError(f"--events {path}: expected a readable CSV file, found {exc}") from exc
    return parse_events(text, f"--events {path}")


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as exc:
        raise ConfigurationError(f"{path}: expected a file that can be written, found {exc}") from exc


@contextmanager
def _showing(name: str, total: float) -> Generator[Callable[[float], None]]:
    """A progress bar on stderr; on a pipe, nothing."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as shown:
        task = shown.add_task(name, total=total or None)
        yield lambda played: shown.update(task, completed=played)
