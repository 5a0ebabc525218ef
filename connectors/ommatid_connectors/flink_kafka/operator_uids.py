"""Stable uids for the operators that SQL generates.

Flink derives the ids of generated operators from the shape of the whole graph: without this, one
more sink makes every savepoint unreadable, because the offsets of the sources cannot be mapped.
"""

# The transformations of a graph can only be reached through the Java objects.
# pyright: reportPrivateUsage=false

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pyflink.datastream import StreamExecutionEnvironment

from ommatid_schemas.errors import OmmatidError

Transformation = Any
"""A node of the graph: a Java object behind py4j, which has no types."""

_NUMBER = re.compile(r"\[\d+\]$")
_CONNECTIONS = frozenset({"PartitionTransformation", "SourceTransformationWrapper"})
"""What only connects two operators; the wrapper stands behind a source with a parallelism of its own."""
_GENERATED = frozenset({"Calc", "ConstraintEnforcer", "TableToDataStream", "DataStreamToTable"})


class UnnamedOperatorError(OmmatidError):
    """The graph holds an operator whose state could not be found again after a change of the graph."""


def name_table_operators(environment: StreamExecutionEnvironment, uids: Mapping[str, str]) -> None:
    """Give every generated operator a uid and a name, once its statements are attached.

    Operators that have a uid keep it, so a graph can be extended and named again.

    Sources and sinks take the uid of their table. What SQL puts before a sink or behind a source
    is named after it, e.g. ``frames-source/Calc``.

    Args:
        environment: Environment whose statements are attached.
        uids: Uid by table name.

    Raises:
        UnnamedOperatorError: A table has no uid here, or an operator of the job itself has none.
    """
    operators = list(_operators(environment))
    for operator in operators:
        if operator.getUid() is None and _kind(operator) in {"SourceTransformation", "SinkTransformation"}:
            _identify(operator, _uid_of_table(operator, uids))
    for operator in operators:
        if _kind(operator) == "SinkTransformation":
            _identify_generated(_input(operator), operator.getUid())
    for operator in operators:
        _identify_generated(operator, _source_uid(operator))
        if operator.getUid() is None:
            raise UnnamedOperatorError(
                f"operator {operator.getName()!r}: expected a uid, found none; give it one with .uid(), "
                "or its state is lost when the graph changes"
            )


def _operators(environment: StreamExecutionEnvironment) -> Iterator[Transformation]:
    """Every transformation that becomes an operator, once."""
    pending = list(environment._j_stream_execution_environment.getTransformations())
    seen: set[int] = set()
    while pending:
        transformation = pending.pop()
        if transformation.getId() in seen:
            continue
        seen.add(transformation.getId())
        pending.extend(transformation.getInputs())
        if _kind(transformation) not in _CONNECTIONS:
            yield transformation


def _input(operator: Transformation) -> Transformation:
    """The operator before an operator that has one input."""
    before = operator.getInputs()[0]
    return _input(before) if _kind(before) in _CONNECTIONS else before


def _kind(transformation: Transformation) -> str:
    return transformation.getClass().getSimpleName()


def _bare_name(transformation: Transformation) -> str:
    return _NUMBER.sub("", transformation.getName())


def _uid_of_table(operator: Transformation, uids: Mapping[str, str]) -> str:
    table = _bare_name(operator).rpartition(".")[2]
    if table not in uids:
        raise UnnamedOperatorError(
            f"table {table!r}: expected a uid, found uids for {sorted(uids)}; without one no savepoint can be restored"
        )
    return uids[table]


def _identify(operator: Transformation, uid: str) -> None:
    operator.setUid(uid)
    operator.setName(uid)


def _is_generated(operator: Transformation) -> bool:
    return operator.getUid() is None and _bare_name(operator) in _GENERATED


def _identify_generated(operator: Transformation, owner_uid: str | None) -> None:
    """Name a generated operator and the generated ones before it after the table that they serve."""
    while owner_uid is not None and _is_generated(operator):
        _identify(operator, f"{owner_uid}/{_bare_name(operator)}")
        operator = _input(operator)


def _source_uid(operator: Transformation) -> str | None:
    """Uid of the source that a generated operator only prepares; None for any other operator."""
    while _is_generated(operator):
        operator = _input(operator)
    return operator.getUid() if _kind(operator) == "SourceTransformation" else None
