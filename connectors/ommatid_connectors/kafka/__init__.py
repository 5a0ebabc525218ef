"""Kafka: a typed thin layer on librdkafka. Publish, read, read back by position, create topics."""

from ommatid_connectors.kafka.connection import ClientConfig, client_config, require_broker
from ommatid_connectors.kafka.consumer import OnRevoked, RecordConsumer
from ommatid_connectors.kafka.errors import BrokerUnavailable, KafkaClientError, TopicMissing
from ommatid_connectors.kafka.exclusive_writer import ExclusiveWriter, NewRecord, WriterSuperseded
from ommatid_connectors.kafka.producer import (
    Delivered,
    DeliveryFailed,
    DeliveryReport,
    OnDelivery,
    ProducerSettings,
    Queued,
    QueueFull,
    RecordProducer,
    TooLarge,
)
from ommatid_connectors.kafka.range_reader import TopicReader, read_to_end
from ommatid_connectors.kafka.reader import Expired, RecordReader
from ommatid_connectors.kafka.record import ReadFailed, Record, StartAt, TopicPosition
from ommatid_connectors.kafka.topic_administration import TopicReport, TopicState, end_offsets, ensure_topics

__all__ = [
    "BrokerUnavailable",
    "ClientConfig",
    "Delivered",
    "DeliveryFailed",
    "DeliveryReport",
    "ExclusiveWriter",
    "Expired",
    "KafkaClientError",
    "NewRecord",
    "OnDelivery",
    "OnRevoked",
    "ProducerSettings",
    "QueueFull",
    "Queued",
    "ReadFailed",
    "Record",
    "RecordConsumer",
    "RecordProducer",
    "RecordReader",
    "StartAt",
    "TooLarge",
    "TopicMissing",
    "TopicPosition",
    "TopicReader",
    "TopicReport",
    "TopicState",
    "WriterSuperseded",
    "client_config",
    "end_offsets",
    "ensure_topics",
    "read_to_end",
    "require_broker",
]
