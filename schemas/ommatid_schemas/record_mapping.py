"""Between frozen event types and the plain records that Avro libraries read and write.

The converters are built once for each type, from its annotations.
"""

import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin

T = TypeVar("T")
Convert = Callable[[Any], Any]


def to_record(event: object) -> dict[str, Any]:
    """Plain record of an event: dataclasses become dicts, tuples lists, enums their values."""
    kind: Any = type(event)
    return _writer(kind)(event)


def from_record(event_type: type[T], record: Mapping[str, Any]) -> T:
    """Event of a plain record.

    Raises:
        KeyError: A field is missing.
        ValueError: An enum has no such value.
        TypeError: A value has another shape than the type says.
    """
    return _reader(event_type)(record)


@cache
def _writer(kind: Any) -> Convert:
    if is_dataclass(kind):
        return _dataclass_writer(kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _enum_value
    return _container(kind, _writer, list)


@cache
def _reader(kind: Any) -> Convert:
    if is_dataclass(kind):
        return _dataclass_reader(kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind
    return _container(kind, _reader, tuple)


def _dataclass_writer(kind: Any) -> Convert:
    names, converters = _fields(kind, _writer)

    def write(event: Any) -> dict[str, Any]:
        record = {name: getattr(event, name) for name in names}
        for name, convert in converters:
            record[name] = convert(record[name])
        return record

    return write


def _dataclass_reader(kind: Any) -> Convert:
    names, converters = _fields(kind, _reader)

    def read(record: Mapping[str, Any]) -> Any:
        values = {name: record[name] for name in names}
        for name, convert in converters:
            values[name] = convert(values[name])
        return kind(**values)

    return read


def _fields(kind: Any, converter: Callable[[Any], Convert]) -> tuple[list[str], list[tuple[str, Convert]]]:
    """Names of all fields, and converters of those that do not stay as they are: most do, and cost no call."""
    converters = [(name, converter(hint)) for name, hint in _typed_fields(kind)]
    return [name for name, _ in converters], [(name, convert) for name, convert in converters if convert is not _same]


def _typed_fields(kind: Any) -> list[tuple[str, Any]]:
    hints = typing.get_type_hints(kind)
    return [(item.name, hints[item.name]) for item in fields(kind)]


def _container(kind: Any, inner: Callable[[Any], Convert], sequence: Callable[[Any], Any]) -> Convert:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in {Union, types.UnionType}:
        (some,) = [inner(argument) for argument in arguments if argument is not types.NoneType]
        return _same if some is _same else lambda value: None if value is None else some(value)
    if origin is tuple:
        item = inner(arguments[0])
        return lambda values: sequence(item(value) for value in values)
    if origin is not None and issubclass(origin, Mapping):
        return dict
    return _same


def _enum_value(member: Enum) -> Any:
    return member.value


def _same(value: Any) -> Any:
    return value
