"""The tables as streams: Kafka to a keyed stream and rows to Kafka, without a hop through Python."""

# PyFlink has no public way from a table to a keyed stream: the Java objects behind its wrappers are joined directly.
# pyright: reportPrivateUsage=false

from pyflink.common import Row, TypeInformation, Types
from pyflink.common.time import Instant
from pyflink.datastream import BroadcastStream, DataStream, KeyedStream
from pyflink.datastream.state import MapStateDescriptor
from pyflink.java_gateway import get_gateway
from pyflink.table import StatementSet, StreamTableEnvironment

from ommatid_connectors.flink_kafka.records import SinkRecord, SourceRecord
from ommatid_connectors.flink_kafka.tables import SinkTable, SourceTable

BYTES = Types.PRIMITIVE_ARRAY(Types.BYTE())
SINK_ROW = Types.ROW_NAMED(
    ["topic", "key", "value", "headers", "timestamp"],
    [Types.STRING(), BYTES, BYTES, Types.MAP(Types.STRING(), BYTES), Types.INSTANT()],
)
_SOURCE_ROW = Types.ROW([BYTES, BYTES, Types.STRING(), Types.INT(), Types.LONG(), Types.STRING()])


def source_record(row: Row) -> SourceRecord:
    """The record that a keyed function of :func:`keyed_records` received."""
    return SourceRecord(*row)


def sink_row(record: SinkRecord) -> Row:
    """The row, of type ``SINK_ROW``, that :func:`write_records` writes as this record."""
    timestamp = None if record.timestamp_ms is None else Instant.of_epoch_milli(record.timestamp_ms)
    return Row(record.topic, record.key, record.value, dict(record.headers), timestamp)


def keyed_records(tables: StreamTableEnvironment, source: SourceTable) -> KeyedStream:
    """All records of a source, keyed by their key as UTF-8 text.

    Frames cross from the JVM to Python once, in the keyed function that is applied to this stream;
    its ``process_element`` receives a row for :func:`source_record`. Bytes of a key that are not
    UTF-8 are grouped under replacement characters and arrive unchanged in the record.
    """
    stream = _rows(tables, source, source.keyed_query(), [Types.STRING(), _SOURCE_ROW])
    key_selector = get_gateway().jvm.org.apache.flink.streaming.api.functions.python.KeyByKeySelector()
    key_type = Types.ROW([Types.STRING()]).get_java_type_info()
    return KeyedStream(stream._j_data_stream.keyBy(key_selector, key_type), stream.get_type(), stream)


def broadcast_records(
    tables: StreamTableEnvironment, source: SourceTable, state: MapStateDescriptor
) -> BroadcastStream:
    """All records of a source, each for every subtask of the function that it is connected to.

    The function's ``process_broadcast_element`` receives a row for :func:`broadcast_record`. An operator's event time
    is that of its input which is furthest behind, so the source needs a watermark that soon counts as idle.
    """
    return _rows(tables, source, source.records_query(), [_SOURCE_ROW]).broadcast(state)


def broadcast_record(row: Row) -> SourceRecord:
    """The record that a function received from :func:`broadcast_records`."""
    return SourceRecord(*row[0])


def _rows(tables: StreamTableEnvironment, source: SourceTable, query: str, fields: list[TypeInformation]) -> DataStream:
    tables.execute_sql(source.ddl())
    stream = tables.to_data_stream(tables.sql_query(query))
    row = Types.ROW([*fields, *([Types.INSTANT()] if source.watermark else [])])
    # Python operators accept only rows of this type, not the table's external type.
    stream._j_data_stream.getTransformation().setOutputType(row.get_java_type_info())
    return stream


def write_records(tables: StreamTableEnvironment, statements: StatementSet, rows: DataStream, sink: SinkTable) -> None:
    """Add a sink for rows of type ``SINK_ROW``; nothing is attached until ``statements`` is."""
    tables.execute_sql(sink.ddl())
    statements.add_insert(sink.name, tables.from_data_stream(rows))
