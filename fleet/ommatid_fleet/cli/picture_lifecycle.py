"""``ommatid deliveries lifecycle``: the bucket deletes pictures by itself."""

import json
from typing import Annotated, Any

import typer

from ommatid_connectors.object_store import BucketLifecycle, Expiry, bucket_of, s3_client
from ommatid_fleet.cli.arguments import AsJson, FleetPath
from ommatid_schemas import ConfigurationError
from ommatid_schemas.fleet_file import Fleet, load_fleet
from ommatid_schemas.redaction import redact


def lifecycle(
    fleet: FleetPath,
    snapshots: Annotated[
        str, typer.Option(help="Store of the pictures, s3://bucket/prefix.", envvar="OMMATID_DELIVERY_SNAPSHOTS")
    ],
    snapshots_endpoint: Annotated[
        str | None,
        typer.Option(
            help="Address of an S3 service other than Amazon's.", envvar="OMMATID_DELIVERY_SNAPSHOTS_ENDPOINT"
        ),
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Put the rules that are missing or differ.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show the bucket's rules that delete pictures after 'snapshots.retention', one for each region, or put them.

    Rules of others stay as they are. Exit status 1 when a rule is not in force.
    """
    bucket, prefix = _bucket(snapshots)
    expiries = _expiries(load_fleet(fleet), prefix)
    rules = BucketLifecycle(bucket, s3_client(snapshots_endpoint))
    if apply:
        rules.put(expiries)
    records = [_record(bucket, it, in_force=rules.has(it)) for it in expiries]
    typer.echo(json.dumps(records) if as_json else "\n".join(map(_line, records)))
    if not all(record["in_force"] for record in records):
        raise typer.Exit(1)


def _bucket(snapshots: str) -> tuple[str, str]:
    bucket = bucket_of(snapshots)
    if bucket is None:
        raise ConfigurationError(
            f"--snapshots: expected s3://bucket/prefix, found {redact(snapshots)!r}; "
            "pictures in a folder are deleted by the delivery process"
        )
    return bucket


def _expiries(fleet: Fleet, prefix: str) -> list[Expiry]:
    days = fleet.snapshots.retention_days
    if days is None:
        raise ConfigurationError("snapshots.retention: expected a duration such as 30d, found none")
    below = f"{prefix}/" if prefix else ""
    return [Expiry(f"ommatid-{region}", f"{below}{region}/", days) for region in fleet.regions]


def _record(bucket: str, expiry: Expiry, *, in_force: bool) -> dict[str, Any]:
    return {
        "rule": expiry.rule_id,
        "below": f"s3://{bucket}/{expiry.prefix}",
        "days": expiry.days,
        "in_force": in_force,
    }


def _line(record: dict[str, Any]) -> str:
    state = "in force" if record["in_force"] else "not in force, put it with --apply"
    return f"{record['rule']}: everything below {record['below']} ends after {record['days']} days: {state}"
