"""``ommatid rules``: change the rules while the alert job runs, see what would change, and go back."""

import json
import sys
import time
from typing import Annotated, Any

import typer

from ommatid_fleet.cli.arguments import AsJson, Bootstrap, FleetPath
from ommatid_fleet.cli.rules_regions import require_one, rules_topics
from ommatid_fleet.cli.rules_text import (
    difference_lines,
    difference_record,
    history_line,
    history_records,
    version_record,
)
from ommatid_fleet.cli.waiting import waiting_for
from ommatid_jobs.detectors import check_models
from ommatid_jobs.operators.rule_versions import Authorship, BookDifference, RulesVersion, difference
from ommatid_jobs.operators.rules import RuleBook, rule_book
from ommatid_jobs.rules_topic import Application, RulesTopic, TopicContents, apply_rules, author_name
from ommatid_schemas import ConfigurationError
from ommatid_schemas.fleet_file import Fleet, load_fleet

app = typer.Typer(no_args_is_help=True)

DIFFERENT = 3
"""Exit status of ``diff`` where something differs: 1 and 2 are failures, as with every command."""

OneRegion = Annotated[str | None, typer.Option("--region", help="Only this region; else all.", envvar="OMMATID_REGION")]
By = Annotated[str | None, typer.Option("--by", help="Who says so; else user and host.", envvar="OMMATID_USER")]
Comment = Annotated[str, typer.Option("--comment", help="Why; shown in the history.")]


@app.callback()
def group() -> None:
    """Commands on the rules that are in effect."""


@app.command()
def diff(fleet: FleetPath, region: OneRegion = None, bootstrap: Bootstrap = None, as_json: AsJson = False) -> None:
    """Say what applying the fleet file's rules would change: exit status 0 for nothing, 3 for something.

    1 and 2 are failures, as with every command.
    """
    loaded = _checked(fleet)
    different = False
    records: list[dict[str, Any]] = []
    for name, topic in rules_topics(loaded, region, bootstrap, str(fleet)).items():
        current = _contents(topic).current
        changes = _changes(current, rule_book(loaded, name))
        different |= not changes.is_empty
        records.append({"region": name, "current": version_record(current), "changes": difference_record(changes)})
        _tell(_compared(name, current, changes), when=not as_json)
    _tell([json.dumps(records)], when=as_json)
    if different:
        raise typer.Exit(DIFFERENT)


@app.command()
def apply(
    fleet: FleetPath,
    region: OneRegion = None,
    bootstrap: Bootstrap = None,
    comment: Comment = "",
    by: By = None,
    version: Annotated[
        int | None, typer.Option("--version", min=1, help="Go back to this version's rules instead of the file's.")
    ] = None,
    expect: Annotated[
        int | None, typer.Option("--expect", min=0, help="Only if this version is in effect; 0 for none.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Also over a version that this release cannot read.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make the fleet file's rules the ones in effect; alert jobs judge the next frames by them, without a restart.

    Where nothing changes, nothing is written. Nor is it when somebody else has applied other rules meanwhile: look at
    them with 'diff', and repeat the command.
    """
    loaded = _checked(fleet)
    topics = rules_topics(loaded, region, bootstrap, str(fleet))
    for option, given in (("--version", version), ("--expect", expect)):
        if given is not None:
            require_one(topics, option)
    records: list[dict[str, Any]] = []
    for name, topic in topics.items():
        contents = _contents(topic)
        book = rule_book(loaded, name) if version is None else _book_of(topic, contents, version)
        who = Authorship(by or author_name(), time.time_ns() // 1000, comment)
        seen = contents.current.version if contents.current else 0
        wanted = Application(book, who, seen if expect is None else expect, version, force)
        record, lines = _planned(name, contents, book) if dry_run else _applied(topic, wanted)
        records.append(record)
        _tell(lines, when=not as_json)
    _tell([json.dumps(records)], when=as_json)
    if version is None:
        _tell_of_camera_rules(loaded)


@app.command()
def history(fleet: FleetPath, region: OneRegion = None, bootstrap: Bootstrap = None, as_json: AsJson = False) -> None:
    """List the versions that are kept, the newest first: when, by whom, why, and what each changed."""
    records: list[dict[str, Any]] = []
    for name, topic in rules_topics(load_fleet(fleet), region, bootstrap, str(fleet)).items():
        contents = _contents(topic)
        found = history_records(contents.versions)
        records.append({"region": name, "versions": found, "unreadable": [it.reason for it in contents.unreadable]})
        lines = [f"{name}: {history_line(it)}" for it in found] or [f"{name}: no rules were applied yet"]
        _tell(lines, when=not as_json)
    _tell([json.dumps(records)], when=as_json)


def _checked(fleet: Any) -> Fleet:
    """The fleet file, without a fault in its rules."""
    loaded = load_fleet(fleet)
    for note in check_models(loaded):
        typer.echo(note, err=True)
    return loaded


def _contents(topic: RulesTopic) -> TopicContents:
    with waiting_for(f"the rules of {topic.region}"):
        contents = topic.contents()
    for it in contents.unreadable:
        typer.echo(f"ommatid: {topic.region}: {it.reason}", err=True)
    return contents


def _changes(current: RulesVersion | None, book: RuleBook) -> BookDifference:
    before = RuleBook(region=book.region, cameras={}) if current is None else current.book
    return difference(before, book)


def _compared(region: str, current: RulesVersion | None, changes: BookDifference) -> list[str]:
    against = "no rules" if current is None else f"version {current.version}"
    if changes.is_empty:
        return [f"{region}: no change against {against}"]
    return [f"{region}: against {against}", *(f"  {line}" for line in difference_lines(changes))]


def _planned(region: str, contents: TopicContents, book: RuleBook) -> tuple[dict[str, Any], list[str]]:
    current = contents.current
    changes = _changes(current, book)
    record = {"region": region, "written": False, "changes": difference_record(changes)}
    return {**record, "before": version_record(current)}, _compared(region, current, changes)


def _applied(topic: RulesTopic, wanted: Application) -> tuple[dict[str, Any], list[str]]:
    with waiting_for(f"the rules of {topic.region}"):
        applied = apply_rules(topic, wanted)
    changes = _changes(applied.before, applied.version.book)
    record = {
        "region": topic.region,
        "written": applied.is_new,
        "changes": difference_record(changes),
        "before": version_record(applied.before),
        "version": version_record(applied.version),
    }
    said = "is in effect" if applied.is_new else "is in effect already, nothing was written"
    lines = [f"  {line}" for line in difference_lines(changes)]
    return record, [f"{topic.region}: version {applied.version.version} {said}", *lines]


def _book_of(topic: RulesTopic, contents: TopicContents, number: int) -> RuleBook:
    version = contents.version(number)
    if version is None:
        kept = ", ".join(str(it.version) for it in contents.versions) or "none"
        raise ConfigurationError(f"--version: expected one that {topic.name} keeps ({kept}), found {number}")
    return version.book


def _tell_of_camera_rules(fleet: Fleet) -> None:
    names = sorted(name for name, rule in fleet.rules.items() if rule.camera is not None)
    if names:
        sys.stderr.write(
            f"ommatid: rules on cameras take effect when the alert job is submitted or upgraded: {', '.join(names)}\n"
        )


def _tell(lines: list[str], *, when: bool) -> None:
    for line in lines if when else ():
        typer.echo(line)
