from collections.abc import Iterator
from hashlib import shake_128

import pytest

from ommatid_connectors.kafka import (
    BrokerUnavailable,
    ClientConfig,
    ExclusiveWriter,
    KafkaClientError,
    NewRecord,
    WriterSuperseded,
    read_to_end,
)
from tests.services.connectors.broker_records import AT_MS


def record(key: bytes, value: bytes | None) -> NewRecord:
    return NewRecord(key, value, AT_MS)


@pytest.fixture
def writer(client: ClientConfig, topic: str) -> Iterator[ExclusiveWriter]:
    with ExclusiveWriter(client, topic) as writer:
        yield writer


def test_all_records_are_written_in_their_order(client: ClientConfig, topic: str, writer: ExclusiveWriter) -> None:
    writer.write([record(b"a", b"1"), record(b"a", b"2"), record(b"a", None)])

    assert [it.value for it in read_to_end(client, topic)] == [b"1", b"2", b""]


def test_who_began_before_somebody_else_writes_nothing(
    client: ClientConfig, topic: str, writer: ExclusiveWriter
) -> None:
    with ExclusiveWriter(client, topic) as later:
        with pytest.raises(WriterSuperseded, match="found somebody who began later"):
            writer.write([record(b"a", b"too late")])
        later.write([record(b"a", b"in time")])

    assert [it.value for it in read_to_end(client, topic)] == [b"in time"]


def test_a_record_that_the_topic_refuses_is_said(client: ClientConfig, topic: str) -> None:
    with (
        ExclusiveWriter(client, topic, max_record_bytes=4 * 1024 * 1024) as writer,
        pytest.raises(KafkaClientError, match=topic),
    ):
        writer.write([record(b"a", b"1"), record(b"b", shake_128(b"noise").digest(3 * 1024 * 1024))])

    assert list(read_to_end(client, topic)) == []


def test_without_a_broker_a_writer_gives_up_at_the_deadline(free_port: int) -> None:
    with pytest.raises(BrokerUnavailable):
        ExclusiveWriter({"bootstrap.servers": f"127.0.0.1:{free_port}"}, "rules", deadline_s=0.5)
