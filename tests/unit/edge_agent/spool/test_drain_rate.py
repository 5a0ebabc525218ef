"""A backlog drains through a slow uplink, in virtual time."""

from collections import deque
from dataclasses import dataclass, field

from ommatid_edge.spool import FrameSpool, InMemoryStore, SpooledFrame, SpoolLimits
from tests.unit.edge_agent.spool.frames import NOON_US, TO, chosen

IMAGE_BYTES = 40_000
LIVE_EVERY_S = 0.5


@dataclass
class Uplink:
    """Carries frames one after the other at a fixed rate, and acknowledges each when it is through."""

    spool: FrameSpool
    bytes_per_s: float
    queue: deque[tuple[SpooledFrame, float]] = field(default_factory=deque[tuple[SpooledFrame, float]])
    took_s: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    _free_at_s: float = 0.0

    def run(self, from_s: float, to_s: float) -> None:
        """Let time pass in steps of 10 ms."""
        for tick in range(round((to_s - from_s) * 100)):
            at_s = from_s + tick / 100
            while self.queue and self._free_at_s <= at_s:
                frame, sent_at_s = self.queue.popleft()
                self._free_at_s = max(self._free_at_s, sent_at_s) + len(frame.frame.image) / self.bytes_per_s
                self.took_s.setdefault(frame.frame.camera_id, []).append(at_s - sent_at_s)
                self.spool.acknowledged(frame.row_id, at_s - sent_at_s, at_s)
            self.spool.commit(at_s)
            while (frame := self.spool.take(at_s)) is not None:
                self.queue.append((frame, at_s))


def test_a_backlog_uses_most_of_a_slow_uplink_and_a_live_camera_hardly_waits_for_it():
    store = InMemoryStore()
    before = FrameSpool(store, SpoolLimits())
    before.restore(0.0)
    for number in range(600):
        before.add(TO, chosen(f"late-{number % 5}", number, size_bytes=IMAGE_BYTES), NOON_US)
    before.commit(0.0)
    spool = FrameSpool(store, SpoolLimits())
    spool.restore(0.0)
    uplink = Uplink(spool, bytes_per_s=1_000_000.0)

    for number in range(40):
        spool.add(TO, chosen("live", number, size_bytes=IMAGE_BYTES), NOON_US)
        uplink.run(number * LIVE_EVERY_S, (number + 1) * LIVE_EVERY_S)

    live, late = uplink.took_s["live"], sum(len(took) for name, took in uplink.took_s.items() if name != "live")
    assert max(live) < 1.2
    assert sorted(live)[len(live) // 2] <= 0.5
    assert (len(live) + late) * IMAGE_BYTES > 0.9 * 20 * 1_000_000
