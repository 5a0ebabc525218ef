"""Records the packets of a live stream and what reading them costs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from av.packet import Packet
from av.video.stream import VideoStream

from ommatid_edge.decoding import Decoded, rtcp_time_us
from ommatid_edge.probe.facts import PacketFact

_KEPT_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ProbeClock:
    """Monotonic clock in seconds, and wall clock in us UTC."""

    now_s: Callable[[], float]
    now_us: Callable[[], int]


class PacketRecorder:
    """A gearbox that decodes nothing: it notes every packet, and keeps the first ones for decoding later.

    Args:
        seconds: How long to record from the first packet on, seconds.
        clock: Time.
        on_progress: Told after each packet how much of the time has passed, 0..1.
    """

    def __init__(self, seconds: float, clock: ProbeClock, on_progress: Callable[[float], None]) -> None:
        self._seconds = seconds
        self._now_s = clock.now_s
        self._now_us = clock.now_us
        self._on_progress = on_progress
        self._kept_bytes = 0
        self.facts: list[PacketFact] = []
        self.kept: list[Packet[VideoStream]] = []

    def frames(self, packet: "Packet[VideoStream]") -> Sequence[Decoded]:
        """Note a packet; gives no frames."""
        self.facts.append(self._fact(packet))
        self._kept_bytes += packet.size
        if self._kept_bytes <= _KEPT_BYTES:
            self.kept.append(packet)
        self._on_progress(min(1.0, (self.facts[-1].arrived_s - self.facts[0].arrived_s) / self._seconds))
        return ()

    def rest(self) -> Sequence[Decoded]:
        """Nothing is owed at the end."""
        return ()

    def enough(self) -> bool:
        """Whether the time is over; two packets are the least that says anything."""
        return len(self.facts) > 1 and self._now_s() - self.facts[0].arrived_s >= self._seconds

    def _fact(self, packet: "Packet[VideoStream]") -> PacketFact:
        rtcp_us = rtcp_time_us(packet)
        return PacketFact(
            arrived_s=self._now_s(),
            media_s=None if packet.pts is None else float(packet.pts * packet.time_base),
            size_bytes=packet.size,
            key=packet.is_keyframe,
            clock_offset_s=None if rtcp_us is None else (rtcp_us - self._now_us()) / 1e6,
        )
