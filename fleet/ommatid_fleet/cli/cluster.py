"""``ommatid cluster``: what the machines of a standalone Flink cluster need beside its configuration."""

from pathlib import Path
from typing import Annotated

import typer

from ommatid_fleet.cluster_folder import prepare

app = typer.Typer(no_args_is_help=True)


@app.callback()
def group() -> None:
    """Commands for the machines of a cluster."""


@app.command("prepare")
def prepare_folder(
    folder: Annotated[
        Path, typer.Argument(help="Folder of the cluster on this machine, for example /opt/ommatid-flink.")
    ],
    s3: Annotated[bool, typer.Option("--s3", help="Add the plugin for checkpoints on s3://.")] = False,
) -> None:
    """Fill lib/ and plugins/, and write flink.env, the environment of Flink's processes; conf/ is left alone."""
    prepare(folder.absolute(), s3=s3)
    typer.echo(f"{folder}: lib, plugins and flink.env are ready; config.yaml belongs into {folder / 'conf'}")
