"""From the spool to the sink: one thread's work, without the thread."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import structlog

from ommatid_edge.chosen_frame import ChosenFrame
from ommatid_edge.delivery_tally import DeliveryTally
from ommatid_edge.frame_counters import FrameCounters
from ommatid_edge.frame_selection import DropReason
from ommatid_edge.published_frame import published_frame
from ommatid_edge.record_sink import Acknowledged, Busy, Outcome, OutgoingRecord, RecordSink, Refused, Returned
from ommatid_edge.spool import Destination, FrameSpool, SpooledFrame
from ommatid_schemas.codec import Codec
from ommatid_schemas.events import Reason

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class PublisherClock:
    """``epoch_us`` for stamps in records, ``monotonic_s`` for durations."""

    epoch_us: Callable[[], int]
    monotonic_s: Callable[[], float]


@dataclass(frozen=True, slots=True)
class Delivery:
    """How records leave.

    Attributes:
        sink: Where they go.
        codec: Encoding of their values.
        agent_id: This agent.
        clock: Time.
        on_acknowledged: Told how long the broker took for a frame, in seconds.
    """

    sink: RecordSink
    codec: Codec
    agent_id: str
    clock: PublisherClock
    on_acknowledged: Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Arrival:
    """A frame that was accepted, where it goes, and who counts it."""

    destination: Destination
    frame: ChosenFrame
    counters: FrameCounters


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a frame that was handed over ``took_s`` seconds before."""

    row_id: int
    outcome: Outcome
    took_s: float


@dataclass(frozen=True, slots=True)
class _Account:
    """Who counts a frame, and as what."""

    counters: FrameCounters
    reason: Reason


class FrameForwarder:
    """Moves frames from arrival over the spool to the sink, and counts what becomes of each.

    Args:
        spool: Where they wait.
        delivery: How they leave.
        tally: Told of the outcomes.
    """

    def __init__(self, spool: FrameSpool, delivery: Delivery, tally: DeliveryTally) -> None:
        self._spool = spool
        self._delivery = delivery
        self._clock = delivery.clock
        self._tally = tally
        self._accounts: dict[int, _Account] = {}

    def recover(self, counters_of: Callable[[str], FrameCounters]) -> None:
        """Find what an earlier run left.

        Args:
            counters_of: Counters of a camera; called once for each that has frames.
        """
        found = self._spool.restore(self._clock.monotonic_s(), self._clock.epoch_us())
        counters = {camera_id: counters_of(camera_id) for camera_id in dict.fromkeys(it.camera_id for it in found)}
        for entry in found:
            counters[entry.camera_id].recovered(1)
            self._accounts[entry.row_id] = _Account(counters[entry.camera_id], entry.reason)
        if found:
            _log.info("frames of an earlier run recovered", frames=len(found), cameras=len(counters))

    def take_in(self, arrival: Arrival) -> None:
        """Add a frame to the spool; it is on disk after the next commit."""
        row_id = self._spool.add(arrival.destination, arrival.frame, self._clock.epoch_us())
        self._accounts[row_id] = _Account(arrival.counters, arrival.frame.reason)

    def settle(self, done: Done) -> None:
        """Take note of what became of a frame that was handed over."""
        self._tally.count(done.outcome)
        match done.outcome:
            case Acknowledged():
                self._spool.acknowledged(done.row_id, done.took_s, self._clock.monotonic_s())
                account = self._accounts.pop(done.row_id)
                account.counters.published(account.reason)
                self._delivery.on_acknowledged(done.took_s)
            case Refused():
                self._refuse(done.row_id, done.outcome.reason)
            case _:
                self._spool.returned(done.row_id, self._clock.monotonic_s())

    def commit(self, *, all_deletes: bool = False) -> None:
        """Write what changed to disk, and count what had to go."""
        for given_up in self._spool.commit(self._clock.monotonic_s(), all_deletes=all_deletes):
            self._give_up(given_up.entry.row_id, given_up.reason)

    def send(self, on_done: Callable[[Done], None]) -> None:
        """Hand over all frames that may go now; ``on_done`` follows for each, from any thread."""
        while (spooled := self._spool.take(self._clock.monotonic_s())) is not None:
            try:
                refusal = self._hand_over(spooled, on_done)
            except BaseException:
                # It would fail again: it must not stand in the way of its camera's other frames.
                self._refuse(spooled.row_id, DropReason.AGENT_FAULT)
                raise
            match refusal:
                case None:
                    pass
                case Busy():
                    self._spool.put_back(spooled.row_id)
                    return
                case Refused() | Returned():
                    self.settle(Done(spooled.row_id, refusal, 0.0))

    def _hand_over(self, spooled: SpooledFrame, on_done: Callable[[Done], None]) -> Refused | Returned | Busy | None:
        frame = spooled.frame
        event = published_frame(
            frame,
            spooled.destination,
            sequence=spooled.sequence,
            published_at_us=self._clock.epoch_us(),
            agent_id=self._delivery.agent_id,
        )
        value = self._delivery.codec.encode(event)
        key, at_ms = frame.camera_id.encode(), frame.captured_at_us // 1000
        record = OutgoingRecord(spooled.destination.topic, key, value, at_ms)
        return self._delivery.sink.send(record, partial(self._done, spooled.row_id, self._clock.monotonic_s(), on_done))

    def _done(self, row_id: int, sent_at_s: float, on_done: Callable[[Done], None], outcome: Outcome) -> None:
        on_done(Done(row_id, outcome, self._clock.monotonic_s() - sent_at_s))

    def _refuse(self, row_id: int, reason: DropReason) -> None:
        self._spool.refused(row_id)
        self._give_up(row_id, reason)

    def _give_up(self, row_id: int, reason: DropReason) -> None:
        account = self._accounts.pop(row_id)
        account.counters.dropped(reason)
        if reason is DropReason.EVICTED:
            self._tally.evicted(account.reason)
