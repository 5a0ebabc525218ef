"""CPU time of decoding recorded packets, in the two ways in which the agent decodes."""

# PyAV's stubs leave the kind of stream of a decoder's packets open.
# pyright: reportUnknownMemberType=false

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import dropwhile

import av.error
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from ommatid_edge.gears.codecs import decode_alone, new_codec

Packets = Sequence["Packet[VideoStream]"]


@dataclass(frozen=True, slots=True)
class DecodeCost:
    """What decoding some packets took.

    Attributes:
        packets: Packets given to the decoder.
        cpu_s: CPU time of this thread, seconds.
        undecodable: Packets that the decoder refused.
        corrupt: Frames in which it concealed lost data.
        decoder: The decoder, which knows profile and size by now.
    """

    packets: int
    cpu_s: float
    undecodable: int
    corrupt: int
    decoder: VideoCodecContext


def decode_key_frames(stream: VideoStream, packets: Packets, budget_s: float) -> DecodeCost:
    """Decode the key frames only, each by itself, as the agent does while nothing moves.

    Args:
        stream: Stream that the packets are of; its own decoder is not touched.
        packets: Recorded packets.
        budget_s: CPU time after which no further packet is begun, seconds.
    """
    decoder = new_codec(stream, quick=True)

    def look(packet: "Packet[VideoStream]") -> Sequence[VideoFrame] | None:
        frame = decode_alone(decoder, packet)
        return None if frame is None else (frame,)

    return _decode(decoder, look, (it for it in packets if it.is_keyframe), budget_s)


def decode_all(stream: VideoStream, packets: Packets, budget_s: float) -> DecodeCost:
    """Decode every packet from the first key frame on; arguments as of `decode_key_frames`."""
    decoder = new_codec(stream)

    def decode(packet: "Packet[VideoStream]") -> Sequence[VideoFrame] | None:
        try:
            return decoder.decode(packet)
        except av.error.FFmpegError:
            return None

    return _decode(decoder, decode, dropwhile(lambda it: not it.is_keyframe, packets), budget_s)


def _decode(
    decoder: VideoCodecContext,
    decode: Callable[["Packet[VideoStream]"], Sequence[VideoFrame] | None],
    packets: Iterable["Packet[VideoStream]"],
    budget_s: float,
) -> DecodeCost:
    given = undecodable = corrupt = 0
    started_s = time.thread_time()
    for packet in packets:
        given += 1
        frames = decode(packet)
        undecodable += frames is None
        corrupt += sum(frame.is_corrupt for frame in frames or ())
        if time.thread_time() - started_s > budget_s:
            break
    return DecodeCost(given, time.thread_time() - started_s, undecodable, corrupt, decoder)
