"""``ommatid models``: which version of an own model is active, and another one in its place."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ommatid_fleet.cli.arguments import AsJson, FleetPath
from ommatid_fleet.cli.models_text import ModelReport, VersionReport, model_lines
from ommatid_jobs.detectors import check_version
from ommatid_jobs.detectors.model_activation import activate, roll_back
from ommatid_jobs.detectors.model_repository import ModelRepository, Pointer
from ommatid_schemas import ConfigurationError
from ommatid_schemas.fleet_file import Fleet, OnnxModel, load_fleet

app = typer.Typer(no_args_is_help=True)

ModelName = Annotated[str, typer.Argument(metavar="NAME", help="A detector of kind onnx in the fleet file.")]
VersionName = Annotated[str, typer.Argument(metavar="VERSION", help="Folder of the version, as 'list' shows it.")]


@app.callback()
def group() -> None:
    """Commands on own models; they look at the folder on the machine on which they run."""


@app.command(name="list")
def list_models(fleet: FleetPath, as_json: AsJson = False) -> None:
    """List the own models of a fleet file with their versions; the active one is marked."""
    reports = [_report(repository) for repository in _repositories(load_fleet(fleet)).values()]
    for line in [json.dumps([asdict(report) for report in reports])] if as_json else model_lines(reports):
        typer.echo(line)


@app.command(name="activate")
def activate_version(name: ModelName, version: VersionName, fleet: FleetPath, as_json: AsJson = False) -> None:
    """Make a version the active one; workers load it beside the old one and swap between two batches.

    Refused when its card is wrong or lacks a label that rules or filters watch. A version that does not load leaves the
    old one serving, as the workers' logs and metrics say; activate it again to retry.
    """
    loaded = load_fleet(fleet)
    repository = _repository(loaded, name, str(fleet))
    check_version(loaded, name, version)
    _echo(name, activate(repository, version), as_json)


@app.command()
def rollback(name: ModelName, fleet: FleetPath, as_json: AsJson = False) -> None:
    """Make the version active that was active before; once more goes back one further."""
    _echo(name, roll_back(_repository(load_fleet(fleet), name, str(fleet))), as_json)


def _echo(name: str, pointer: Pointer, as_json: bool) -> None:
    before = pointer.before[0] if pointer.before else None
    if as_json:
        typer.echo(json.dumps({"name": name, "active": pointer.active, "before": before}))
    else:
        typer.echo(f"{name}: version {pointer.active} is active" + (f", before it {before}" if before else ""))


def _repositories(fleet: Fleet) -> dict[str, ModelRepository]:
    own = {name: model for name, model in sorted(fleet.detectors.items()) if isinstance(model, OnnxModel)}
    return {name: ModelRepository(name, Path(model.path)) for name, model in own.items()}


def _repository(fleet: Fleet, name: str, source: str) -> ModelRepository:
    repositories = _repositories(fleet)
    if name not in repositories:
        raise ConfigurationError(
            f"{source}: expected one of its detectors of kind onnx, {list(repositories) or 'of which it has none'}, "
            f"found {name!r}"
        )
    repository = repositories[name]
    if not repository.here:
        raise ConfigurationError(
            f"detectors.{name}.path: expected the folder {repository.folder} on this machine, found none; "
            "run the command on a machine that has it"
        )
    return repository


def _report(repository: ModelRepository) -> ModelReport:
    path = str(repository.folder)
    if not repository.here:
        return ModelReport(repository.name, path, fault="not on this machine")
    versions = tuple(_version_report(repository, version) for version in repository.versions)
    try:
        pointer = repository.pointer()
    except ConfigurationError as exc:
        return ModelReport(repository.name, path, versions=versions, fault=str(exc))
    return ModelReport(repository.name, path, pointer.active, pointer.before, versions)


def _version_report(repository: ModelRepository, version: str) -> VersionReport:
    try:
        return VersionReport(version, summary=repository.card(version).summary)
    except ConfigurationError as exc:
        return VersionReport(version, fault=str(exc))
