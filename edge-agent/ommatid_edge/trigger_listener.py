"""Reads triggers from Kafka: the loop of one thread."""

import threading
from collections.abc import Callable

import structlog

from ommatid_connectors.kafka import ClientConfig, ReadFailed, Record, RecordConsumer, StartAt
from ommatid_connectors.retry_schedule import FullJitter
from ommatid_edge.camera_group.messages import OpenEvent
from ommatid_schemas.codec import Codec
from ommatid_schemas.errors import DecodeError, OmmatidError
from ommatid_schemas.events import Trigger

_log = structlog.get_logger(__name__)

_POLL_S = 0.5
_CONNECT_S = 1.5
_RETRY = FullJitter(base_s=1.0, cap_s=30.0)


class TriggerListener:
    """Passes each new trigger on; needs no consumer group, because every agent reads every trigger.

    Args:
        client: Settings of the region's Kafka clients.
        topics: Trigger topics of the priorities that this agent serves now; may change, and be empty.
        codec: Encoding of the triggers.
        take: Where they go.
        draw: Random numbers in [0, 1).
    """

    def __init__(
        self,
        client: ClientConfig,
        topics: Callable[[], tuple[str, ...]],
        codec: Codec,
        take: Callable[[OpenEvent], None],
        draw: Callable[[], float],
    ) -> None:
        self._client = client
        self._topics = topics
        self._codec = codec
        self._pass_on = take
        self._draw = draw
        self._failures = 0
        self._undecoded = 0

    def run(self, stop: threading.Event) -> None:
        """Listen until the stop flag is set; without a broker, try again with back-off."""
        while not stop.is_set():
            topics = self._topics()
            try:
                if topics:
                    self._listen(topics, stop)
                else:
                    stop.wait(_POLL_S)
            except OmmatidError as fault:
                self._failures += 1
                delay_s = _RETRY.delay_s(self._failures, self._draw())
                self._report(fault, delay_s)
                stop.wait(delay_s)

    def _listen(self, topics: tuple[str, ...], stop: threading.Event) -> None:
        """Listen until stopped, or until other topics are wanted."""
        with RecordConsumer.of_all_partitions(
            self._client, topics, start=StartAt.LATEST, connect_timeout_s=_CONNECT_S
        ) as consumer:
            self._failures = 0
            _log.info("listening for triggers", topics=list(topics))
            while not stop.is_set() and self._topics() == topics:
                polled = consumer.poll(_POLL_S)
                if isinstance(polled, Record):
                    self._take(polled)
                elif isinstance(polled, ReadFailed) and not polled.retriable:
                    _log.warning("triggers unreadable", reason=polled.reason)
                    return

    def _take(self, record: Record) -> None:
        try:
            trigger = self._codec.decode(Trigger, record.value)
        except DecodeError as fault:
            self._undecoded += 1
            if self._undecoded.bit_count() == 1:
                _log.warning(
                    "trigger passed over", position=str(record.position), reason=str(fault), so_far=self._undecoded
                )
            return
        self._pass_on(OpenEvent(trigger.camera_id, trigger.until_us, _captured_at_us(trigger.cause_frame_id)))

    def _report(self, fault: OmmatidError, delay_s: float) -> None:
        """Say it at the 1st, 2nd, 4th, 8th ... failure in a row."""
        if self._failures.bit_count() == 1:
            _log.warning(
                "triggers unavailable", reason=str(fault), failures=self._failures, retry_in_s=round(delay_s, 1)
            )


def _captured_at_us(frame_id: str) -> int:
    """Capture time in a frame's identity, us UTC; 0 where it has none."""
    digits = frame_id.rpartition("/")[2]
    return int(digits) if digits.isdecimal() and len(digits) < 20 else 0
