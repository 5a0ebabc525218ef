"""One dead letter for people to read: who wrote it, what is in it; never an image."""

from collections.abc import Mapping
from typing import Any, cast

from ommatid_connectors.kafka import Record
from ommatid_schemas import DecodeError, SingleObjectCodec
from ommatid_schemas.published_schemas import schemas_by_fingerprint
from ommatid_schemas.record_mapping import to_record

_FIRST_BYTES = 64
_FINGERPRINT = slice(2, 10)


def describe(record: Record) -> dict[str, Any]:
    """Everything about a record of the dead-letter topic that is fit for a screen.

    Returns:
        ``place``, ``timestamp_ms``, ``key``, ``headers``, ``value_bytes``, ``first_bytes`` (at most 64, in hexadecimal)
        and ``event`` with ``type`` and fields, images replaced by their size, or ``not_decoded`` with the reason.
    """
    return {
        "place": f"{record.partition}:{record.offset}",
        "timestamp_ms": record.timestamp_ms,
        "key": None if record.key is None else record.key.decode(errors="backslashreplace"),
        "headers": {name: value.decode(errors="backslashreplace") for name, value in record.headers.items()},
        "value_bytes": len(record.value),
        "first_bytes": record.value[:_FIRST_BYTES].hex(" "),
        **_content(record.value),
    }


def _content(value: bytes) -> dict[str, Any]:
    schema = schemas_by_fingerprint().get(value[_FINGERPRINT])
    if schema is None:
        return {"not_decoded": "the bytes do not begin as an event of Ommatid does"}
    try:
        event = SingleObjectCodec().decode(schema.event_type, value)
    except DecodeError as exc:
        return {"not_decoded": str(exc)}
    return {"event": {"type": schema.event_type.__name__, **_without_bytes(to_record(event))}}


def _without_bytes(value: Any) -> Any:
    """The same plain value with every run of bytes replaced by its size."""
    if isinstance(value, bytes):
        return f"({len(value)} bytes)"
    if isinstance(value, Mapping):
        return {key: _without_bytes(inner) for key, inner in cast("Mapping[str, Any]", value).items()}
    if isinstance(value, list):
        return [_without_bytes(inner) for inner in cast("list[Any]", value)]
    return value
