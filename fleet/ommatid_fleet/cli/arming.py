"""``ommatid arm``, ``ommatid disarm`` and ``ommatid arming``: what overrides the schedules of rules."""

import json
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter, ValidationError

from ommatid_fleet.cli.arguments import AsJson, Bootstrap, FleetPath
from ommatid_fleet.cli.rules import By, Comment, OneRegion
from ommatid_fleet.cli.rules_regions import rules_topics
from ommatid_fleet.cli.rules_text import order_line, order_record
from ommatid_fleet.cli.waiting import waiting_for
from ommatid_jobs.operators.rule_versions import ArmingOrder
from ommatid_jobs.rules_topic import RulesTopic, author_name, give_order
from ommatid_schemas import ConfigurationError
from ommatid_schemas.fleet_file import Fleet, load_fleet
from ommatid_schemas.fleet_file.values import Seconds

app = typer.Typer(no_args_is_help=True)

Rules = Annotated[list[str] | None, typer.Option("--rule", help="Only this rule; may be repeated.")]
Groups = Annotated[list[str] | None, typer.Option("--group", help="Only cameras of this group; may be repeated.")]
Cameras = Annotated[list[str] | None, typer.Option("--camera", help="Only this camera; may be repeated.")]
Everything = Annotated[bool, typer.Option("--all", help="All rules on all cameras.")]
For = Annotated[str | None, typer.Option("--for", help="How long, such as 90m or 8h; else until further notice.")]
Until = Annotated[
    str | None, typer.Option("--until", help="When it ends, with offset: 2026-11-25T06:00+01:00 or ...Z.")
]


@dataclass(frozen=True, slots=True)
class Scope:
    """What an order concerns; an empty part is no restriction."""

    rules: tuple[str, ...]
    groups: tuple[str, ...]
    cameras: tuple[str, ...]


def arm(
    fleet: FleetPath,
    rules: Rules = None,
    groups: Groups = None,
    cameras: Cameras = None,
    everything: Everything = False,
    duration: For = None,
    until: Until = None,
    region: OneRegion = None,
    bootstrap: Bootstrap = None,
    comment: Comment = "",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Arm rules from now on, whatever their schedules say: for a time, or until further notice.

    Frames captured before are judged as before. Of several orders that concern a rule on a camera, the last one counts.
    """
    scope = _scope(rules, groups, cameras, everything=everything)
    _order(
        fleet,
        (region, bootstrap),
        scope,
        _Saying(comment, by, armed=True, duration=duration, until=until),
        as_json=as_json,
    )


def disarm(
    fleet: FleetPath,
    rules: Rules = None,
    groups: Groups = None,
    cameras: Cameras = None,
    everything: Everything = False,
    duration: For = None,
    until: Until = None,
    region: OneRegion = None,
    bootstrap: Bootstrap = None,
    comment: Comment = "",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Disarm rules from now on, whatever their schedules say: for a time, or until further notice."""
    scope = _scope(rules, groups, cameras, everything=everything)
    _order(
        fleet,
        (region, bootstrap),
        scope,
        _Saying(comment, by, armed=False, duration=duration, until=until),
        as_json=as_json,
    )


@app.callback()
def group() -> None:
    """Commands on orders to arm and disarm."""


@app.command(name="list")
def list_orders(
    fleet: FleetPath, region: OneRegion = None, bootstrap: Bootstrap = None, as_json: AsJson = False
) -> None:
    """List the orders that stand, oldest first."""
    records: list[dict[str, Any]] = []
    for name, topic in rules_topics(load_fleet(fleet), region, bootstrap, str(fleet)).items():
        with waiting_for(f"the orders of {name}"):
            standing = topic.contents().arming.standing(_now_us())
        records += [{"region": name, **order_record(order)} for order in standing]
        if not as_json:
            typer.echo("\n".join(f"{name}: {order_line(it)}" for it in standing) or f"{name}: as scheduled")
    if as_json:
        typer.echo(json.dumps(records))


@app.command()
def resume(
    fleet: FleetPath,
    rules: Rules = None,
    groups: Groups = None,
    cameras: Cameras = None,
    everything: Everything = False,
    region: OneRegion = None,
    bootstrap: Bootstrap = None,
    comment: Comment = "",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Go back to the schedules from now on."""
    scope = _scope(rules, groups, cameras, everything=everything)
    _order(fleet, (region, bootstrap), scope, _Saying(comment, by), as_json=as_json)


@dataclass(frozen=True, slots=True)
class _Saying:
    """What a command says beside its scope."""

    comment: str
    by: str | None
    armed: bool | None = None
    duration: str | None = None
    until: str | None = None


def _order(fleet: Path, where: tuple[str | None, str | None], scope: Scope, saying: _Saying, *, as_json: bool) -> None:
    loaded = load_fleet(fleet)
    _check_names(loaded, scope)
    now_us = _now_us()
    order = ArmingOrder(
        armed=saying.armed,
        from_us=now_us,
        until_us=_end_us(saying.duration, saying.until, now_us),
        rules=scope.rules,
        groups=scope.groups,
        cameras=scope.cameras,
        by=saying.by or author_name(),
        comment=saying.comment,
    )
    named = rules_topics(loaded, where[0], where[1], str(fleet))
    topics = {name: topic for name, topic in named.items() if _is_concerned(loaded, name, scope)}
    if not topics:
        raise ConfigurationError(f"{fleet}: expected a camera in {', '.join(named)} that this concerns, found none")
    for name, topic in topics.items():
        _give(topic, order)
        typer.echo(json.dumps({"region": name, **order_record(order)}) if as_json else f"{name}: {order_line(order)}")


def _give(topic: RulesTopic, order: ArmingOrder) -> None:
    with waiting_for(f"the orders of {topic.region}"):
        give_order(topic, order)


def _scope(
    rules: Sequence[str] | None, groups: Sequence[str] | None, cameras: Sequence[str] | None, *, everything: bool
) -> Scope:
    scope = Scope(tuple(rules or ()), tuple(groups or ()), tuple(cameras or ()))
    named = scope != Scope((), (), ())
    if named == everything:
        raise ConfigurationError(
            f"expected --rule, --group or --camera, or --all, found {'both' if named else 'neither'}"
        )
    return scope


def _check_names(fleet: Fleet, scope: Scope) -> None:
    of_frames = [name for name, rule in fleet.rules.items() if rule.camera is None]
    for option, names, known in (
        ("--rule", scope.rules, of_frames),
        ("--group", scope.groups, fleet.groups),
        ("--camera", scope.cameras, fleet.cameras),
    ):
        for name in names:
            _check_name(option, name, known)


def _check_name(option: str, name: str, known: Collection[str]) -> None:
    if name not in known:
        close = get_close_matches(name, known, n=1)
        advice = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(sorted(known)) or 'none'}"
        raise ConfigurationError(f"{option}: expected a name of the fleet file, found {name!r}; {advice}")


def _is_concerned(fleet: Fleet, region: str, scope: Scope) -> bool:
    return any(
        camera.region == region
        and (not scope.cameras or name in scope.cameras)
        and (not scope.groups or camera.group in scope.groups)
        for name, camera in fleet.cameras.items()
    )


def _end_us(duration: str | None, until: str | None, now_us: int) -> int | None:
    if duration is not None and until is not None:
        raise ConfigurationError("expected --for or --until, found both")
    if duration is not None:
        return now_us + round(_seconds(duration) * 1_000_000)
    return None if until is None else _instant_us(until, now_us)


def _seconds(text: str) -> float:
    try:
        seconds = TypeAdapter[float](Seconds).validate_python(text)
    except ValidationError as exc:
        raise ConfigurationError(f"--for: expected a duration such as 90m or 8h, found {text!r}") from exc
    if seconds <= 0:
        raise ConfigurationError(f"--for: expected a duration above zero, found {text!r}")
    return seconds


def _instant_us(text: str, now_us: int) -> int:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as exc:
        raise ConfigurationError(f"--until: expected a time such as 2026-11-25T06:00+01:00, found {text!r}") from exc
    if instant.tzinfo is None:
        raise ConfigurationError(f"--until: expected an offset such as +01:00 or Z, found {text!r} without one")
    instant_us = round(instant.timestamp() * 1_000_000)
    if instant_us <= now_us:
        raise ConfigurationError(f"--until: expected a time to come, found {text!r}")
    return instant_us


def _now_us() -> int:
    return time.time_ns() // 1000
