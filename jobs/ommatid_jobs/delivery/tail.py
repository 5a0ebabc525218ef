"""Alerts as they are raised, for ``ommatid alerts tail``."""

import threading
from collections.abc import Generator
from dataclasses import dataclass

from ommatid_connectors.kafka import ClientConfig, ReadFailed, Record, RecordConsumer, StartAt, TopicPosition
from ommatid_jobs.delivery.surroundings import Stop
from ommatid_schemas import Alert, Codec, DecodeError, SingleObjectCodec, topics

_POLL_S = 0.2


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record of the alerts topic that is no alert."""

    position: TopicPosition
    reason: str


def alerts_tail(
    client: ClientConfig,
    region: str,
    *,
    start: StartAt = StartAt.LATEST,
    stop: Stop | None = None,
    codec: Codec | None = None,
) -> Generator[Alert | Rejected | ReadFailed]:
    """Alerts of a region as they come, without a group: watching changes nothing for the delivery.

    The consumer is open when this returns, so with ``LATEST`` nothing raised afterwards is missed.

    Args:
        client: Settings from :func:`ommatid_connectors.kafka.client_config`.
        region: Region of the fleet file.
        start: Where to begin.
        stop: Ends the iteration; without one it goes on for ever.
        codec: Decodes alerts; single-object encoding if not given.

    Raises:
        BrokerUnavailable: No broker answers.
        TopicMissing: The region's alerts topic does not exist.
    """
    consumer = RecordConsumer.of_all_partitions(client, [topics.alerts_topic(region)], start=start)
    return _alerts(consumer, codec or SingleObjectCodec(), stop or threading.Event())


def _alerts(consumer: RecordConsumer, codec: Codec, stop: Stop) -> Generator[Alert | Rejected | ReadFailed]:
    with consumer:
        while not stop.is_set():
            polled = consumer.poll(_POLL_S)
            if isinstance(polled, Record):
                yield _decoded(polled, codec)
            elif polled is not None:
                yield polled


def _decoded(record: Record, codec: Codec) -> Alert | Rejected:
    try:
        return codec.decode(Alert, record.value)
    except DecodeError as exc:
        return Rejected(record.position, str(exc))
