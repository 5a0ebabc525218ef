"""Every published version of every Avro file, parsed once, found by event type or fingerprint."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, cast

from fastavro import parse_schema
from fastavro.schema import fingerprint, to_parsing_canonical_form

from ommatid_schemas.events import Alert, CameraStatus, Event, FrameEvent, FrameResult, Trigger

EVENT_FOLDERS: Mapping[str, type[Event]] = {
    "alert": Alert,
    "camera_status": CameraStatus,
    "frame_event": FrameEvent,
    "frame_result": FrameResult,
    "trigger": Trigger,
}


@dataclass(frozen=True, slots=True)
class PublishedSchema:
    """One version of one event's schema.

    Attributes:
        event_type: The Python type that it describes, in its latest version.
        version: Number of the Avro file.
        source: The Avro file as JSON.
        parsed: Schema for reading and writing. Logical types are left out, so that times stay
            integers of microseconds instead of becoming ``datetime`` on the hot path.
        fingerprint: CRC-64-AVRO of the parsing canonical form, as eight little-endian bytes.
    """

    event_type: type[Event]
    version: int
    source: Mapping[str, Any]
    parsed: Mapping[str, Any]
    fingerprint: bytes

    @property
    def full_name(self) -> str:
        """Namespace and name, as a registry's subject."""
        return f"{self.source['namespace']}.{self.source['name']}"


@cache
def published_schemas() -> tuple[PublishedSchema, ...]:
    """All published schemas, by event and version, oldest first."""
    root = files("ommatid_schemas") / "avro"
    return tuple(
        _published(
            EVENT_FOLDERS[folder.name], int(file.name.removesuffix(".avsc")), json.loads(file.read_text("utf-8"))
        )
        for folder in sorted(root.iterdir(), key=lambda entry: entry.name)
        for file in sorted(folder.iterdir(), key=lambda entry: int(entry.name.removesuffix(".avsc")))
    )


@cache
def latest_schema(event_type: type[Event]) -> PublishedSchema:
    """Newest published schema of an event type."""
    return [schema for schema in published_schemas() if schema.event_type is event_type][-1]


@cache
def schemas_by_fingerprint() -> Mapping[bytes, PublishedSchema]:
    """All published schemas by fingerprint."""
    return {schema.fingerprint: schema for schema in published_schemas()}


def _published(event_type: type[Event], version: int, source: Mapping[str, Any]) -> PublishedSchema:
    plain: dict[str, Any] = _without_logical_types(source)
    # fastavro prints the fingerprint in the byte order of the wire, little endian.
    rabin = fingerprint(to_parsing_canonical_form(plain), "CRC-64-AVRO")
    parsed: Any = parse_schema(plain)
    return PublishedSchema(event_type, version, source, parsed, bytes.fromhex(rabin))


def _without_logical_types(schema: Any) -> Any:
    if isinstance(schema, dict):
        entries = cast("dict[str, Any]", schema)
        return {key: _without_logical_types(value) for key, value in entries.items() if key != "logicalType"}
    if isinstance(schema, list):
        return [_without_logical_types(item) for item in cast("list[Any]", schema)]
    return schema
