"""From a message of the client library to a plain record."""

from confluent_kafka import Message

from ommatid_connectors.kafka.record import Record


def record_of(message: Message) -> Record:
    """Plain record of a message of the client library that carries no error."""
    return Record(
        topic=message.topic() or "",
        partition=message.partition() or 0,
        offset=message.offset() or 0,
        key=message.key(),
        value=message.value() or b"",
        timestamp_ms=message.timestamp()[1],
        headers=_headers(message),
    )


def _headers(message: Message) -> dict[str, bytes]:
    pairs = message.headers() or []
    items = pairs.items() if isinstance(pairs, dict) else pairs
    return {name: value.encode() if isinstance(value, str) else value or b"" for name, value in items}
