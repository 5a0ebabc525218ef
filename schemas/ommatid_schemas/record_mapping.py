"""Between frozen event types and the plain records that Avro libraries read and write."""

import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin

T = TypeVar("T")
Convert = Callable[[Any], Any]


def to_record(event: Any) -> dict[str, Any]:
    """Plain record of an event: dataclasses become dicts, tuples lists, enums their values."""
    return _writer(type(event))(event)


def from_record(event_type: type[T], record: Mapping[str, Any]) -> T:
    """Event of a plain record.

    Raises:
        KeyError, ValueError, TypeError: The record does not fit the type.
    """
    return _reader(event_type)(record)


@cache
def _writer(kind: Any) -> Convert:
    if is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        writers = [(item.name, _writer(hints[item.name])) for item in fields(kind)]
        return lambda value: {name: write(getattr(value, name)) for name, write in writers}
    return _converter(kind, _writer, lambda item: lambda values: [item(value) for value in values], _enum_value)


@cache
def _reader(kind: Any) -> Convert:
    if is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        readers = [(item.name, _reader(hints[item.name])) for item in fields(kind)]
        return lambda record: kind(**{name: read(record[name]) for name, read in readers})
    return _converter(kind, _reader, lambda item: lambda values: tuple(item(value) for value in values), lambda it: it)


def _converter(kind: Any, inner: Callable[[Any], Convert], sequence: Any, enum: Callable[[Any], Convert]) -> Convert:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        (some,) = [inner(argument) for argument in arguments if argument is not types.NoneType]
        return lambda value: None if value is None else some(value)
    if origin is tuple:
        return sequence(inner(arguments[0]))
    if origin is not None and issubclass(origin, Mapping):
        return dict
    if isinstance(kind, type) and issubclass(kind, Enum):
        return enum(kind)
    return _same


def _enum_value(kind: Any) -> Convert:
    del kind
    return lambda value: value.value


def _same(value: Any) -> Any:
    return value
