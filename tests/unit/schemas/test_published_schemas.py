"""Python types follow the Avro files, and every published version stays readable."""

import json
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Union, cast, get_args, get_origin

import pytest
from fastavro.schema import fingerprint

from ommatid_schemas import SingleObjectCodec
from ommatid_schemas.published_schemas import EVENT_FOLDERS, PublishedSchema, latest_schema, published_schemas
from ommatid_schemas.record_mapping import to_record

RECORDED = Path(__file__).parent / "recorded"
every_schema = pytest.mark.parametrize(
    "schema", published_schemas(), ids=lambda schema: f"{schema.event_type.__name__}-{schema.version}"
)


AVRO_NUMBERS = {"float": "number", "double": "number", "int": "integer", "long": "integer"}


def avro_shape(schema: Any, named: dict[str, Any]) -> Any:
    """Structure of an Avro schema without docs and names."""
    if isinstance(schema, list):
        return {"optional": next(avro_shape(item, named) for item in cast("list[Any]", schema) if item != "null")}
    if isinstance(schema, str):
        return named.get(schema, AVRO_NUMBERS.get(schema, schema))
    shapes: dict[str, Callable[[], Any]] = {
        "record": lambda: {field["name"]: avro_shape(field["type"], named) for field in schema["fields"]},
        "enum": lambda: set(schema["symbols"]),
        "array": lambda: [avro_shape(schema["items"], named)],
        "map": lambda: {"map": avro_shape(schema["values"], named)},
    }
    shape = shapes.get(schema["type"], lambda: avro_shape(schema["type"], named))()
    if "name" in schema:
        named[schema["name"]] = shape
    return shape


def python_shape(kind: Any) -> Any:
    """Structure of an event type in the same terms."""
    origin, arguments = get_origin(kind), get_args(kind)
    if is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        return {field.name: python_shape(hints[field.name]) for field in fields(kind)}
    if origin in {Union, types.UnionType}:
        return {"optional": next(python_shape(item) for item in arguments if item is not types.NoneType)}
    if origin is tuple:
        return [python_shape(arguments[0])]
    if origin is not None and issubclass(origin, Mapping):
        return {"map": python_shape(arguments[1])}
    if issubclass(kind, Enum):
        return {member.value for member in kind}
    return {str: "string", bytes: "bytes", bool: "boolean", int: "integer", float: "number"}[kind]


def documented_parts(schema: Any) -> Iterator[tuple[str, str]]:
    """Name and doc of every record, enum and field."""
    if isinstance(schema, list):
        for item in cast("list[Any]", schema):
            yield from documented_parts(item)
    if isinstance(schema, dict):
        part = cast("dict[str, Any]", schema)
        if part.get("type") in {"record", "enum"}:
            yield part["name"], part.get("doc", "")
        for field in part.get("fields", []):
            yield field["name"], field.get("doc", "")
            yield from documented_parts(field["type"])
        yield from documented_parts(part.get("items"))


@pytest.mark.parametrize("event_type", EVENT_FOLDERS.values())
def test_the_python_type_has_the_fields_of_the_latest_avro_file(event_type: Any):
    assert python_shape(event_type) == avro_shape(latest_schema(event_type).source, {})


@every_schema
def test_every_part_of_a_schema_is_documented(schema: PublishedSchema):
    undocumented = [name for name, doc in documented_parts(schema.source) if not doc.endswith(".") or len(doc) < 10]

    assert undocumented == []


@every_schema
def test_times_are_microseconds_and_say_so(schema: PublishedSchema):
    text = json.dumps(schema.source)

    for name, doc in documented_parts(schema.source):
        if name.endswith("_us"):
            assert "microseconds since the Unix epoch, UTC" in doc
    assert "timestamp-millis" not in text


def test_fastavro_prints_crc_64_avro_in_the_little_endian_order_of_the_wire():
    """The specification's reference code gives 7195948357588979594 for the schema "null"."""
    assert bytes.fromhex(fingerprint('"null"', "CRC-64-AVRO")) == (7195948357588979594).to_bytes(8, "little")


@every_schema
def test_recorded_bytes_of_every_version_are_still_readable(schema: PublishedSchema):
    """Bytes written when the version was published; never regenerate them for an existing version."""
    stem = f"{schema.source['name']}-{schema.version}"
    recorded = (RECORDED / f"{stem}.avro").read_bytes()
    expected = json.loads((RECORDED / f"{stem}.json").read_text())

    event = SingleObjectCodec().decode(schema.event_type, recorded)

    assert json.loads(json.dumps(to_record(event), default=bytes.hex)) == expected
