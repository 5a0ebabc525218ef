"""Two gears: key frames while the scene is still, every frame once something happens."""

from collections.abc import Callable, Iterable, Iterator

from av.packet import Packet
from av.video.stream import VideoStream

from ommatid_edge.decoding import Decoded
from ommatid_edge.gears.gear_shift import Action, Glance, PacketFacts, ShiftState, on_glance, on_packet
from ommatid_edge.gears.key_frame_decoder import KeyFrameDecoder
from ommatid_edge.gears.onlooker import GearReport, Onlooker
from ommatid_edge.gears.packet_decoder import ArrivedPacket, PacketDecoder
from ommatid_edge.gears.settings import GearSettings
from ommatid_edge.picture import ArrivedFrame, SkippedPackets


class TwoGears:
    """Decodes what ``gear_shift`` asks for; keeps packets since the last key frame, never pictures.

    Args:
        stream: Video stream of an open connection.
        settings: The group's limits.
        now_us: Wall clock, us UTC.
        onlooker: Judges the frames, in the thread that reads the stream.
    """

    def __init__(
        self, stream: VideoStream, settings: GearSettings, now_us: Callable[[], int], onlooker: Onlooker
    ) -> None:
        self._decoder = PacketDecoder(stream)
        self._key_frame_decoder = KeyFrameDecoder(stream)
        self._settings = settings
        self._now_us = now_us
        self._onlooker = onlooker
        time_base = stream.time_base
        self._ticks_us = float(time_base * 1_000_000) if time_base is not None else None
        self._state = ShiftState()
        self._kept: list[ArrivedPacket] = []
        self._shown = 0  # how many of the kept packets, from the first, have given their frame
        self._reported: GearReport | None = None

    @property
    def report(self) -> GearReport:
        """How much is decoded now."""
        state = self._state
        return GearReport(state.gear, "" if state.cue is None else state.cue, state.key_frame_distance_us)

    def frames(self, packet: "Packet[VideoStream]") -> Iterable[Decoded]:
        """What became final with this packet; each is to be judged before the next one is taken, and all are."""
        arrived = ArrivedPacket(packet, self._now_us())
        facts = self._facts(arrived)
        step = on_packet(self._settings, self._state, facts)
        self._state = step.state
        match step.action:
            case Action.KEEP:
                self._kept.append(arrived)
                return ()
            case Action.GLANCE:
                return self._glance(arrived, facts)
            case Action.REPLAY:
                return self._replay(arrived)
            case _:
                if facts.key:
                    self._tell()
                return self._decoder.decode(arrived)

    def rest(self) -> Iterable[Decoded]:
        """What becomes of packets that are still kept or inside the decoder, now that the connection is over."""
        yield from self._decoder.drain()
        yield from self._give_up_kept()

    def _facts(self, arrived: ArrivedPacket) -> PacketFacts:
        packet, pts = arrived.packet, arrived.packet.pts
        return PacketFacts(
            key=packet.is_keyframe,
            size_bytes=packet.size,
            arrived_at_us=arrived.arrived_at_us,
            media_at_us=None if pts is None or self._ticks_us is None else round(pts * self._ticks_us),
            wanted=self._onlooker.wanted(arrived.arrived_at_us),
            alive=self._onlooker.alive,
        )

    def _glance(self, arrived: ArrivedPacket, facts: PacketFacts) -> Iterator[Decoded]:
        yield from self._decoder.drain()
        frame = self._key_frame_decoder.decode(arrived)
        step = on_glance(self._settings, self._state, facts, self._look(frame))
        self._state = step.state
        if frame is None or step.action is Action.REPLAY:
            yield from self._replay(arrived)
            return
        self._tell()
        yield from self._give_up_kept()
        self._kept, self._shown = [arrived], 1
        yield frame

    def _look(self, frame: ArrivedFrame | None) -> Glance:
        if frame is None:
            return Glance.UNREADABLE
        return Glance.ALIVE if self._onlooker.glance(frame) else Glance.STILL

    def _replay(self, arrived: ArrivedPacket) -> Iterator[Decoded]:
        """Decode what is kept, one picture at a time, and then this packet."""
        self._tell()
        kept, shown = self._kept, self._shown
        self._kept, self._shown = [], 0
        for number, before in enumerate(kept):
            yield from self._decoder.decode(before, silent=number < shown)
        yield from self._decoder.decode(arrived)

    def _give_up_kept(self) -> Iterator[SkippedPackets]:
        count = len(self._kept) - self._shown
        self._kept, self._shown = [], 0
        if count:
            yield SkippedPackets(count)

    def _tell(self) -> None:
        report = self.report
        if self._reported is None or _differs(report, self._reported):
            self._reported = report
            self._onlooker.shifted(report)


def _differs(report: GearReport, told: GearReport) -> bool:
    """Whether a report is news; distances jitter by a few milliseconds."""
    if (report.gear, report.reason) != (told.gear, told.reason):
        return True
    distance_us, told_us = report.key_frame_distance_us, told.key_frame_distance_us
    if distance_us is None or told_us is None:
        return distance_us is not told_us
    return 20 * abs(distance_us - told_us) > told_us
