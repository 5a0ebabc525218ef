"""Store and forward of one region's frames: accepted from any thread, sent by one of its own."""

import threading
from collections import deque
from collections.abc import Callable

import structlog

from ommatid_edge.camera_plan import CameraPlan
from ommatid_edge.chosen_frame import ChosenFrame
from ommatid_edge.delivery_tally import DeliveryTally
from ommatid_edge.delivery_watch import Progress
from ommatid_edge.frame_counters import FrameCounters
from ommatid_edge.frame_forwarder import Arrival, Delivery, Done, FrameForwarder
from ommatid_edge.frame_selection import DropReason
from ommatid_edge.spool import Destination, FrameSpool
from ommatid_edge.status_sender import StatusSender
from ommatid_schemas.events import CameraStatus

_log = structlog.get_logger(__name__)

_TICK_S = 0.1
_GATHER_S = 0.01
_PAUSE_AFTER_FAULT_S = 0.5
_JOIN_S = 10.0


class FramePublisher:
    """Takes chosen frames, keeps them on disk until they are acknowledged, and sends them in order per camera.

    Frames are committed in groups, each before it is offered to the sink. What the brokers have not
    acknowledged when the agent ends, however it ends, is sent by the next run.

    Args:
        spool: Where frames wait; closed with this.
        delivery: How they leave; its sink is closed with this.
    """

    def __init__(self, spool: FrameSpool, delivery: Delivery) -> None:
        self._sink = delivery.sink
        self._spool = spool
        self._clock = delivery.clock
        self._tally = DeliveryTally()
        self._statuses = StatusSender(delivery.sink, delivery.codec, self._tally)
        self._forwarder = FrameForwarder(spool, delivery, self._tally)
        self._arrivals: deque[Arrival] = deque()
        self._arriving_bytes = 0
        self._lock = threading.Lock()
        self._done: deque[Done] = deque()
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._abandoned = threading.Event()
        self._committed_at_s = 0.0
        # Noted by the publisher's thread, because the spool must not be searched while that changes it.
        self._oldest_at_us: int | None = None
        self._faults = 0
        self._thread: threading.Thread | None = None

    def start(self, counters_of: Callable[[str], FrameCounters]) -> None:
        """Begin to send, with what an earlier run left.

        Args:
            counters_of: Counters of a camera, whether it is still in the plan or not; called once for
                each camera that an earlier run left frames of.
        """
        self._forwarder.recover(counters_of)
        self._oldest_at_us = self._spool.oldest_at_us
        self._thread = threading.Thread(target=self._run, name="frame-publisher", daemon=True)
        self._thread.start()

    def accept(self, plan: CameraPlan, frame: ChosenFrame, counters: FrameCounters) -> None:
        """Take one frame; the frames of one camera come from one thread, in order.

        Args:
            plan: Its camera as it is now.
            frame: The frame, already counted as captured.
            counters: Told what becomes of it.
        """
        size_bytes = len(frame.image)
        with self._lock:
            room = self._arriving_bytes + size_bytes <= self._spool.memory_bytes
            if room:
                self._arriving_bytes += size_bytes
                destination = Destination(plan.topic, plan.region, plan.group, plan.priority)
                self._arrivals.append(Arrival(destination, frame, counters))
        if room:
            self._wake.set()
        else:
            counters.dropped(DropReason.QUEUE_FULL)

    def publish_status(self, region: str, status: CameraStatus) -> None:
        """Hand one camera's status over; a status that cannot be sent is replaced by the next one."""
        self._statuses.send(region, status)

    def progress(self) -> Progress:
        """What has become of everything handed over so far, and what waits."""
        so_far, oldest_at_us = self._tally.deliveries(), self._oldest_at_us
        age_us = 0 if oldest_at_us is None else max(0, self._clock.epoch_us() - oldest_at_us)
        return Progress(
            acknowledged=so_far.acknowledged,
            failed=so_far.failed,
            queued=self._sink.queued,
            last_failure=so_far.last_failure,
            returned=so_far.returned,
            backlog_frames=len(self._spool),
            backlog_bytes=self._spool.total_bytes,
            oldest_age_s=age_us / 1e6,
            evicted=so_far.evicted,
        )

    @property
    def faults(self) -> int:
        """Unexpected faults of the publisher's own thread, each logged."""
        return self._faults

    @property
    def fault(self) -> str | None:
        """Why no frames are sent; None while they are."""
        if self._thread is None or self._thread.is_alive():
            return None
        return f"threads ended: {self._thread.name}"

    def close(self, deadline_s: float) -> int:
        """Send what can be sent within ``deadline_s`` seconds, then close sink and spool.

        Returns:
            How many frames the spool keeps for the next run.
        """
        give_up_at_s = self._clock.monotonic_s() + deadline_s
        if not self._end_thread(deadline_s):
            # The disk hangs. What was committed stays there.
            _log.error("publisher still writing", reason=f"expected it to end within {_JOIN_S:.0f} s; left behind")
            return len(self._spool)
        self._sink.close(max(0.0, give_up_at_s - self._clock.monotonic_s()))
        self._take_in()
        self._forwarder.commit(all_deletes=True)
        left, self._oldest_at_us = len(self._spool), self._spool.oldest_at_us
        lost = self._spool.close()
        if lost:
            _log.error("frames lost", reason=f"expected room on disk, found none until the end; {lost} are gone")
        return left - lost

    def _end_thread(self, deadline_s: float) -> bool:
        self._closing.set()
        self._wake.set()
        if self._thread is None:
            return True
        self._thread.join(deadline_s)
        self._abandoned.set()
        self._wake.set()
        self._thread.join(_JOIN_S)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._finished():
            self._wake.wait(_TICK_S)
            self._wake.clear()
            try:
                self._gather()
                self._sink.mend()
                self._take_in()
                self._forwarder.commit()
                self._committed_at_s, self._oldest_at_us = self._clock.monotonic_s(), self._spool.oldest_at_us
                self._forwarder.send(self._on_done)
            # Outermost supervisor of the thread: whatever it is, the frames that wait must still be sent.
            except Exception:  # noqa: BLE001
                self._faults += 1
                _log.exception("agent fault while publishing")
                self._abandoned.wait(_PAUSE_AFTER_FAULT_S)

    def _finished(self) -> bool:
        settled = self._closing.is_set() and not (self._arrivals or self._done or len(self._spool))
        return settled or self._abandoned.is_set()

    def _gather(self) -> None:
        """Let a group of frames come together: a transaction for each would cost twice as much."""
        pause_s = self._committed_at_s + _GATHER_S - self._clock.monotonic_s()
        if pause_s > 0:
            self._abandoned.wait(pause_s)

    def _take_in(self) -> None:
        while self._done:
            self._forwarder.settle(self._done.popleft())
        while self._arrivals:
            arrival = self._arrivals.popleft()
            with self._lock:
                self._arriving_bytes -= len(arrival.frame.image)
            self._forwarder.take_in(arrival)

    def _on_done(self, done: Done) -> None:
        self._done.append(done)
        self._wake.set()
