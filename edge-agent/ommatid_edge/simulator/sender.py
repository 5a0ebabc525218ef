"""What one client is sent: frames in an endless loop, and reports that tie their timestamps to the wall clock."""

from ommatid_edge.simulator.clip import Clip
from ommatid_edge.simulator.rtcp import goodbye, interleaved, sender_report
from ommatid_edge.simulator.rtp import RTP_CLOCK_HZ, stamped


class RtpSender:
    """State of one RTP stream. It knows no clock and no socket: the caller says when a frame is due.

    Timestamps follow the frame's place in time, so they go on evenly when the clip starts over and leave a
    gap when frames are dropped; sequence numbers follow the packets that were sent.
    """

    def __init__(
        self, clip: Clip, *, start_frame: int, channel: int, ssrc: int, first_sequence: int, first_timestamp: int
    ) -> None:
        self._clip = clip
        self._channel = channel
        self._ssrc = ssrc
        self._first_timestamp = first_timestamp
        self._sequence = first_sequence
        self._frame = start_frame
        self._packets = 0
        self._payload_bytes = 0
        self._waits_for_key_frame = False
        # Ticks are counted from the moment when this clip came on, since clips may differ in their rate.
        self._since_units = 0
        self._tick = 0

    def due_s(self) -> float:
        """When the next frame is due, seconds after the first one."""
        return self._units() / RTP_CLOCK_HZ

    def timestamp(self) -> int:
        """RTP timestamp of the next frame, modulo 2^32."""
        return (self._first_timestamp + self._units()) & 0xFFFFFFFF

    def show(self, clip: Clip) -> None:
        """Go on with another clip, from the key frame at or before the same place in it; nothing if it is on."""
        if clip is self._clip:
            return
        place_s = float(self._frame / self._clip.frame_rate)
        self._since_units, self._tick = self._units(), 0
        self._clip, self._frame = clip, clip.key_frame_at(place_s)

    def skip_to(self, elapsed_s: float) -> None:
        """Let time pass without frames, as a camera that was suspended does; the clip goes on where it was."""
        self._tick = max(self._tick, int((elapsed_s - self._since_units / RTP_CLOCK_HZ) * self._clip.frame_rate))

    def goodbye(self) -> bytes:
        """Interleaved RTCP BYE."""
        return interleaved(self._channel + 1, goodbye(self._ssrc))

    def report(self, epoch_us: int) -> bytes:
        """Interleaved sender report that gives the next frame the capture time `epoch_us`, microseconds."""
        packet = sender_report(
            ssrc=self._ssrc,
            epoch_us=epoch_us,
            rtp_timestamp=self.timestamp(),
            packets=self._packets,
            payload_bytes=self._payload_bytes,
        )
        return interleaved(self._channel + 1, packet)

    def drop(self) -> None:
        """Leave the next frame out; so are all that follow up to a key frame, since they cannot be decoded."""
        self._waits_for_key_frame = True
        self._advance()

    def next_packets(self) -> bytes | bytearray:
        """Interleaved packets of the next frame; empty while a key frame is waited for."""
        template = self._clip.frames[self._frame]
        if self._waits_for_key_frame and not template.key_frame:
            self._advance()
            return b""
        self._waits_for_key_frame = False
        packets = stamped(
            template, channel=self._channel, sequence=self._sequence, timestamp=self.timestamp(), ssrc=self._ssrc
        )
        self._sequence = (self._sequence + len(template.packet_offsets)) & 0xFFFF
        self._packets += len(template.packet_offsets)
        self._payload_bytes += template.payload_bytes
        self._advance()
        return packets

    def _advance(self) -> None:
        self._frame = (self._frame + 1) % len(self._clip.frames)
        self._tick += 1

    def _units(self) -> int:
        """Place in time of the next frame, units of the RTP clock after the first one."""
        # Whole numbers, as fractions cost ten times as much and this runs several times for each frame.
        rate = self._clip.frame_rate
        return self._since_units + (2 * self._tick * RTP_CLOCK_HZ * rate.denominator + rate.numerator) // (
            2 * rate.numerator
        )
