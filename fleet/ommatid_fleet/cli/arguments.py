"""Arguments that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

FleetPath = Annotated[Path, typer.Option("--fleet", help="The fleet file.", envvar="OMMATID_FLEET")]
RegionName = Annotated[str, typer.Option("--region", help="Region, as in the fleet file.", envvar="OMMATID_REGION")]
Bootstrap = Annotated[
    str | None,
    typer.Option("--bootstrap", help="Brokers, host:port; instead of the fleet file's.", envvar="OMMATID_BOOTSTRAP"),
]
JobManager = Annotated[
    str, typer.Option("--jobmanager", help="REST address of the cluster, host:port.", envvar="OMMATID_JOBMANAGER")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
