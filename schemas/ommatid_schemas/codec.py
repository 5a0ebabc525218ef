"""Events to bytes and back: one interface, two framings.

``SingleObjectCodec`` follows "Single-object encoding" of the Avro 1.11 specification and needs no
registry. ``ConfluentCodec`` writes the framing of Confluent's Schema Registry.
"""

# fastavro types its streams as IO without a parameter.
# pyright: reportUnknownVariableType=false

import io
import struct
from collections.abc import Mapping
from typing import Any, Protocol, TypeVar

from fastavro import schemaless_reader, schemaless_writer

from ommatid_schemas.errors import DecodeError
from ommatid_schemas.events import Event
from ommatid_schemas.published_schemas import PublishedSchema, latest_schema, schemas_by_fingerprint
from ommatid_schemas.record_mapping import from_record, to_record

E = TypeVar("E", bound=Event)

_MARKER = b"\xc3\x01"
_SINGLE_OBJECT_HEADER_BYTES = 10
_CONFLUENT_HEADER = struct.Struct(">bI")


class Codec(Protocol):
    """Turns events into the value of a Kafka record and back."""

    def encode(self, event: Event) -> bytes:
        """Value for an event, in the latest version of its schema."""
        ...

    def decode(self, event_type: type[E], value: bytes) -> E:
        """Event of a value, whichever published version wrote it.

        Raises:
            DecodeError: Unknown framing or schema, another event, or bytes that do not fit.
        """
        ...


class SingleObjectCodec:
    """Marker ``C3 01``, CRC-64-AVRO fingerprint (little endian), Avro binary."""

    def encode(self, event: Event) -> bytes:
        """Value for an event, in the latest version of its schema."""
        schema = latest_schema(type(event))
        return _MARKER + schema.fingerprint + _write(schema, event)

    def decode(self, event_type: type[E], value: bytes) -> E:
        """Event of a value, whichever published version wrote it.

        Raises:
            DecodeError: Unknown marker or fingerprint, another event, or bytes that do not fit.
        """
        if not value.startswith(_MARKER):
            raise DecodeError(
                f"{event_type.__name__}: expected Avro single-object encoding (C3 01), found {len(value)} bytes "
                f"that start with {value[:2].hex(' ') or 'nothing'}; is another program writing to this topic?"
            )
        writer = schemas_by_fingerprint().get(value[2:_SINGLE_OBJECT_HEADER_BYTES])
        if writer is None or writer.event_type is not event_type:
            found = value[2:_SINGLE_OBJECT_HEADER_BYTES].hex() if writer is None else writer.event_type.__name__
            raise DecodeError(
                f"{event_type.__name__}: expected one of its published schemas, found {found}; "
                "upgrade the reader before the writer"
            )
        return _read(event_type, writer.parsed, value[_SINGLE_OBJECT_HEADER_BYTES:])


class SchemaRegistry(Protocol):
    """What the Confluent framing needs of a registry."""

    def register(self, subject: str, schema: Mapping[str, Any]) -> int:
        """Identifier of a schema under a subject, registered if new."""
        ...

    def schema(self, schema_id: int) -> Mapping[str, Any]:
        """Schema of an identifier; raises KeyError if there is none."""
        ...


class InMemorySchemaRegistry:
    """A registry for tests and single processes; identifiers count from 1."""

    def __init__(self) -> None:
        self._schemas: list[Mapping[str, Any]] = []

    def register(self, subject: str, schema: Mapping[str, Any]) -> int:
        """Identifier of a schema; the same schema keeps its identifier whatever the subject."""
        del subject
        if schema not in self._schemas:
            self._schemas.append(schema)
        return self._schemas.index(schema) + 1

    def schema(self, schema_id: int) -> Mapping[str, Any]:
        """Schema of an identifier; raises KeyError if there is none."""
        if not 0 < schema_id <= len(self._schemas):
            raise KeyError(schema_id)
        return self._schemas[schema_id - 1]


class ConfluentCodec:
    """Magic byte 0, schema identifier (4 bytes, big endian), Avro binary.

    Subjects follow the record name strategy (``io.ommatid.FrameEvent``), because one topic name
    pattern carries one event.
    """

    def __init__(self, registry: SchemaRegistry) -> None:
        self._registry = registry
        self._ids: dict[type[Event], int] = {}
        self._writers: dict[int, Mapping[str, Any]] = {}

    def encode(self, event: Event) -> bytes:
        """Value for an event, in the latest version of its schema."""
        schema = latest_schema(type(event))
        if type(event) not in self._ids:
            self._ids[type(event)] = self._registry.register(schema.full_name, schema.parsed)
        return _CONFLUENT_HEADER.pack(0, self._ids[type(event)]) + _write(schema, event)

    def decode(self, event_type: type[E], value: bytes) -> E:
        """Event of a value, whichever registered schema wrote it.

        Raises:
            DecodeError: Unknown magic byte or identifier, another event, or bytes that do not fit.
        """
        if len(value) < _CONFLUENT_HEADER.size or value[0] != 0:
            raise DecodeError(
                f"{event_type.__name__}: expected Confluent framing (magic byte 0), found {len(value)} bytes "
                f"that start with {value[:1].hex() or 'nothing'}; does the writer use the schema registry?"
            )
        _, schema_id = _CONFLUENT_HEADER.unpack_from(value)
        return _read(event_type, self._writer(event_type, schema_id), value[_CONFLUENT_HEADER.size :])

    def _writer(self, event_type: type[Event], schema_id: int) -> Mapping[str, Any]:
        if schema_id not in self._writers:
            try:
                self._writers[schema_id] = self._registry.schema(schema_id)
            except KeyError as exc:
                raise DecodeError(
                    f"{event_type.__name__}: expected a schema identifier of this registry, found {schema_id}; "
                    "does schema_registry.url name the registry that the writer uses?"
                ) from exc
        return self._writers[schema_id]


def _write(schema: PublishedSchema, event: Event) -> bytes:
    buffer = io.BytesIO()
    schemaless_writer(buffer, dict(schema.parsed), to_record(event))
    return buffer.getvalue()


def _read(event_type: type[E], writer: Mapping[str, Any], body: bytes) -> E:
    buffer = io.BytesIO(body)
    try:
        record: Any = schemaless_reader(buffer, dict(writer), dict(latest_schema(event_type).parsed))
        event = from_record(event_type, record)
    # Corrupt bytes can break the reader anywhere, in whatever way the corruption chooses.
    except Exception as exc:
        raise DecodeError(
            f"{event_type.__name__}: expected Avro of {len(body)} bytes, found {type(exc).__name__}: {exc}"[:500]
        ) from exc
    if buffer.tell() != len(body):
        raise DecodeError(
            f"{event_type.__name__}: expected {buffer.tell()} bytes, found {len(body)}; "
            "was the record cut off or padded?"
        )
    return event
