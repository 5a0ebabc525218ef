"""``ommatid dlq``: what could not be processed, why, and back to where it came from."""

import json
import secrets
import socket
import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter, ValidationError

from ommatid_connectors.kafka import client_config
from ommatid_fleet.cli.arguments import AsJson, Bootstrap, FleetPath, RegionName
from ommatid_fleet.cli.dlq_text import letter_line, letter_record, outcome_text, preview, summary_line
from ommatid_fleet.cli.waiting import waiting_for
from ommatid_fleet.dead_letters import (
    AlreadyReplayed,
    Contents,
    FoundLetter,
    LetterFilter,
    LetterPlace,
    LetterTopic,
    LetterUnreadable,
    Replayer,
    Sent,
    counts_by_reason,
    describe,
    notes_by_place,
)
from ommatid_fleet.regions import region_of
from ommatid_schemas import ConfigurationError
from ommatid_schemas.fleet_file import load_fleet
from ommatid_schemas.fleet_file.values import Seconds

app = typer.Typer(no_args_is_help=True)

Stage = Annotated[
    str | None, typer.Option("--stage", help="Refused by: sampler, inference, rules, rules_topic, deliver.")
]
ErrorClass = Annotated[str | None, typer.Option("--error-class", help="Kind of reason, such as DecodeError.")]
Origin = Annotated[str | None, typer.Option("--topic", help="Topic that the record came from.")]
Camera = Annotated[str | None, typer.Option("--camera", help="Key of the record.")]
Since = Annotated[str | None, typer.Option("--since", help="Not older than this, such as 30m or 2d.")]


@app.callback()
def group() -> None:
    """Commands on dead letters."""


@app.command(name="list")
def list_letters(
    fleet: FleetPath,
    region: RegionName,
    bootstrap: Bootstrap = None,
    stage: Stage = None,
    error_class: ErrorClass = None,
    topic: Origin = None,
    camera: Camera = None,
    since: Since = None,
    limit: Annotated[int, typer.Option(min=1, help="Show so many, the newest.")] = 100,
    summary: Annotated[bool, typer.Option("--summary", help="Count by reason instead.")] = False,
    as_json: AsJson = False,
) -> None:
    """List dead letters, the newest last: place, time, reason, origin, and whether they were replayed."""
    wanted = LetterFilter(stage, error_class, topic, camera)
    with _topic(fleet, region, bootstrap) as letters:
        contents = _contents(letters, since)
    found = _chosen(contents, wanted)
    if summary:
        counts = counts_by_reason(found)
        _print([asdict(it) for it in counts], [summary_line(it) for it in counts], as_json=as_json)
    else:
        notes, shown = notes_by_place(contents.notes), found[-limit:]
        records = [letter_record(it, notes.get(it.place, ())) for it in shown]
        _print(records, [letter_line(it) for it in records], as_json=as_json)
        _tell(f"{len(shown)} of {len(found)} shown; --limit shows more", when=len(shown) < len(found))
    _tell("no such dead letters", when=not found)
    _tell(f"{contents.foreign} records of the topic are no dead letters", when=contents.foreign > 0)


@app.command()
def show(
    fleet: FleetPath,
    region: RegionName,
    place: Annotated[str, typer.Argument(metavar="PARTITION:OFFSET", help="As 'list' shows it.")],
    bootstrap: Bootstrap = None,
    output: Annotated[Path | None, typer.Option(help="Write the original bytes, with the image, to this file.")] = None,
) -> None:
    """Show one dead letter as JSON: headers, key, first bytes, and its event without the image."""
    with _topic(fleet, region, bootstrap) as letters:
        record = letters.read(LetterPlace.parse(place))
        if output is not None:
            written = output.write_bytes(letters.original(record).value)
            _tell(f"{written} bytes written to {output}")
    typer.echo(json.dumps(describe(record), indent=2))


@app.command()
def replay(
    fleet: FleetPath,
    region: RegionName,
    places: Annotated[list[str] | None, typer.Argument(metavar="PARTITION:OFFSET", help="These letters.")] = None,
    bootstrap: Bootstrap = None,
    stage: Stage = None,
    error_class: ErrorClass = None,
    topic: Origin = None,
    camera: Camera = None,
    since: Since = None,
    yes: Annotated[bool, typer.Option("--yes", help="Send what the filters choose, not only count it.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Also those that were replayed before.")] = False,
    per_second: Annotated[float, typer.Option(min=0.01, help="Send so many a second at most.")] = 20.0,
) -> None:
    """Send dead letters back to the topic that they came from, each once.

    Give their places, or filters: filters only count what they choose until --yes is added. A letter that was replayed
    before is left alone, from whatever machine that was done. Exit status 1 when a letter could not be sent.
    """
    wanted, named = LetterFilter(stage, error_class, topic, camera), [LetterPlace.parse(it) for it in places or ()]
    filtered = wanted != LetterFilter() or since is not None
    if bool(named) == filtered:
        raise ConfigurationError(
            f"dlq replay: expected places or a filter, found {'both' if named else 'neither'}; "
            "a topic keeps letters for a week, so --since 7d takes all"
        )
    with _topic(fleet, region, bootstrap) as letters:
        contents = _contents(letters, since, named)
        chosen = _named(contents, named) if named else _chosen(contents, wanted)
        if not named and not yes:
            typer.echo(preview(contents, chosen))
            return
        failed = _replay(letters, contents, chosen, again=again, per_s=per_second)
    if failed:
        raise typer.Exit(1)


def _replay(letters: LetterTopic, contents: Contents, chosen: list[FoundLetter], *, again: bool, per_s: float) -> int:
    """Send letters and say what became of each; how many could not be sent."""
    replayer = Replayer(
        letters=letters,
        claim=secrets.token_hex(8),
        by=socket.gethostname(),
        again=again,
        per_s=per_s,
        now_ms=lambda: time.time_ns() // 1_000_000,
        sleep=time.sleep,
    )
    failed = 0
    for found, outcome in replayer.replay(contents, chosen):
        failed += not isinstance(outcome, (Sent, AlreadyReplayed))
        typer.echo(f"{found.place} {outcome_text(found, outcome)}")
    return failed


def _topic(fleet: Path, region: str, bootstrap: str | None) -> LetterTopic:
    connection = region_of(load_fleet(fleet), region, str(fleet)).kafka
    return LetterTopic(client_config(connection, bootstrap), region)


def _contents(letters: LetterTopic, since: str | None, places: list[LetterPlace] | None = None) -> Contents:
    since_ms = None if since is None else time.time_ns() // 1_000_000 - round(_seconds(since) * 1000)
    with waiting_for(f"the end of {letters.name}"):
        return letters.contents(since_ms=since_ms, places=places or ())


def _seconds(text: str) -> float:
    try:
        return TypeAdapter[float](Seconds).validate_python(text)
    except ValidationError as exc:
        raise ConfigurationError(f"--since: expected a duration such as 30m or 2d, found {text!r}") from exc


def _chosen(contents: Contents, wanted: LetterFilter) -> list[FoundLetter]:
    return sorted((it for it in contents.letters if wanted.admits(it)), key=lambda it: (it.timestamp_ms, it.place))


def _named(contents: Contents, places: list[LetterPlace]) -> list[FoundLetter]:
    found = {it.place: it for it in contents.letters}
    missing = [str(place) for place in places if place not in found]
    if missing:
        raise LetterUnreadable(
            f"dead letter {', '.join(missing)}: expected a letter there, found none; it may have passed retention, "
            "and 'ommatid dlq list' shows what there is"
        )
    return [found[place] for place in sorted(set(places))]


def _print(records: list[dict[str, Any]], lines: list[str], *, as_json: bool) -> None:
    for line in [json.dumps(records)] if as_json else lines:
        typer.echo(line)


def _tell(text: str, *, when: bool = True) -> None:
    if when:
        typer.echo(f"ommatid: {text}", err=True)
