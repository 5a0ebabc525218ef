import socket

from confluent_kafka import KafkaError

from ommatid_connectors.kafka import ProducerSettings, client_config
from ommatid_edge.kafka_sink import KafkaSink
from ommatid_edge.record_sink import Busy, Outcome, OutgoingRecord, Returned
from ommatid_schemas.fleet_file import KafkaConnection

RECORD = OutgoingRecord("frames", b"lobby-1", b"image", 1)


def test_a_producer_that_stopped_for_good_is_replaced_and_what_it_held_comes_back_first():
    outcomes: list[Outcome] = []
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        where = KafkaConnection(bootstrap=f"127.0.0.1:{bound.getsockname()[1]}")
        sink = KafkaSink(client_config(where), ProducerSettings(delivery_timeout_s=None))
        assert sink.send(RECORD, outcomes.append) is None

        stop_for_good(sink)
        assert isinstance(sink.send(RECORD, outcomes.append), Busy)
        sink.mend()
        returned = list(outcomes)
        assert sink.send(RECORD, outcomes.append) is None
        sink.close(0.0)

    assert [type(outcome) for outcome in returned] == [Returned]
    assert [type(outcome) for outcome in outcomes] == [Returned, Returned]


def stop_for_good(sink: KafkaSink) -> None:
    """What librdkafka reports when it cannot keep the order of an idempotent producer any more."""
    error = KafkaError(KafkaError.OUT_OF_ORDER_SEQUENCE_NUMBER, "out of order", fatal=True)
    sink._producer._on_error(error)  # pyright: ignore[reportPrivateUsage]
