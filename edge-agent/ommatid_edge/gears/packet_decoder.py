"""A stream's decoder, and the account of what went into it."""

# PyAV's stubs leave the kind of stream of a decoder's packets open.
# pyright: reportUnknownMemberType=false

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

import av.error
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from ommatid_edge.decoding import rtcp_time_us
from ommatid_edge.picture import ArrivedFrame, UndecodedPacket
from ommatid_edge.video_picture import VideoPicture

_MOST_REORDERED = 16
"""Frames that H.264 and H.265 may hold back to reorder them: a packet that has given none by then gives none."""


@dataclass(frozen=True, slots=True)
class ArrivedPacket:
    """A packet with the time at which it was read, us UTC."""

    packet: "Packet[VideoStream]"
    arrived_at_us: int


@dataclass(frozen=True, slots=True, eq=False)
class _Sent:
    """Travels through the decoder with a packet, also past reordered frames."""

    arrived_at_us: int
    rtcp_at_us: int | None
    silent: bool


class PacketDecoder:
    """Turns packets into frames; each packet gives exactly one frame or one ``UndecodedPacket``.

    Args:
        codec: Decoder of an open connection's stream, not used by anybody else.
    """

    def __init__(self, codec: VideoCodecContext) -> None:
        codec.thread_type = "SLICE"
        codec.thread_count = 1
        codec.copy_opaque = True
        self._codec = codec
        self._reformatter = VideoReformatter()
        self._inside: OrderedDict[_Sent, None] = OrderedDict()
        self._after: Packet[VideoStream] | None = None
        self._dirty = False

    def follows(self, arrived: ArrivedPacket) -> bool:
        """Whether the packets after this one can be decoded as they are: it was the last that went in."""
        return self._after is arrived.packet

    def decode(self, arrived: ArrivedPacket, *, silent: bool = False) -> Iterator[ArrivedFrame | UndecodedPacket]:
        """Decode a packet that follows the one before.

        Args:
            arrived: The next packet.
            silent: Whether its frame was given before; it is needed by the frames that follow.
        """
        sent = _Sent(arrived.arrived_at_us, rtcp_time_us(arrived.packet), silent)
        self._inside[sent] = None
        try:
            frames = self._send(arrived.packet, sent)
        except av.error.FFmpegError:
            yield from self._lost(sent)
            return
        for frame in frames:
            yield from self._given(frame)
        while len(self._inside) > _MOST_REORDERED:
            yield from self._lost(next(iter(self._inside)))

    def decode_alone(self, arrived: ArrivedPacket) -> ArrivedFrame | None:
        """Decode a key frame without anything before or after it; None when that gives no frame.

        Nothing may be inside: see ``drain``.
        """
        self.restart()
        sent = _Sent(arrived.arrived_at_us, rtcp_time_us(arrived.packet), silent=False)
        try:
            frames = self._send(arrived.packet, sent)
            if not frames:
                # The decoder waits for frames that might come before this one.
                frames = self._codec.decode(None)
                self.restart()
        except av.error.FFmpegError:
            self._after = None
            return None
        return self._arrived(frames[0], sent) if frames else None

    def drain(self) -> Iterator[ArrivedFrame | UndecodedPacket]:
        """Take out what is still inside; the next packet must be a key frame."""
        if not self._inside:
            return
        try:
            frames = self._codec.decode(None)
        except av.error.FFmpegError:
            frames = []
        for frame in frames:
            yield from self._given(frame)
        for sent in tuple(self._inside):
            yield from self._lost(sent)
        self.restart()

    def restart(self) -> None:
        """Forget all pictures: what comes next refers to none of them."""
        if self._dirty:
            self._codec.flush_buffers()
        self._dirty = False
        self._after = None

    def _send(self, packet: "Packet[VideoStream]", sent: _Sent) -> list[VideoFrame]:
        self._dirty = True
        self._after = packet
        packet.opaque = sent
        return self._codec.decode(packet)

    def _given(self, frame: VideoFrame) -> Iterator[ArrivedFrame]:
        sent = frame.opaque
        # A decoder that gives a second frame for one packet would make more frames than were captured.
        if isinstance(sent, _Sent) and sent in self._inside:
            del self._inside[sent]
            if not sent.silent:
                yield self._arrived(frame, sent)

    def _lost(self, sent: _Sent) -> Iterator[UndecodedPacket]:
        self._inside.pop(sent, None)
        if not sent.silent:
            yield UndecodedPacket(sent.arrived_at_us)

    def _arrived(self, frame: VideoFrame, sent: _Sent) -> ArrivedFrame:
        picture = VideoPicture(frame, self._reformatter)
        return ArrivedFrame(sent.arrived_at_us, sent.rtcp_at_us, frame.is_corrupt, picture)
