"""CPU time of decoding recorded packets, in the two ways in which the agent decodes."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import av
import av.error
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

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
    """Decode the key frames only, each by itself.

    Args:
        stream: Stream that the packets are of; its own decoder is not touched.
        packets: Recorded packets.
        budget_s: CPU time after which no further packet is begun, seconds.
    """
    return _decode(stream, (it for it in packets if it.is_keyframe), budget_s, key_frames_only=True)


def decode_all(stream: VideoStream, packets: Packets, budget_s: float) -> DecodeCost:
    """Decode every packet from the first key frame on; arguments as of `decode_key_frames`."""
    first = next((index for index, it in enumerate(packets) if it.is_keyframe), len(packets))
    return _decode(stream, packets[first:], budget_s, key_frames_only=False)


def _decode(
    stream: VideoStream, packets: Iterable["Packet[VideoStream]"], budget_s: float, *, key_frames_only: bool
) -> DecodeCost:
    decoder = _decoder(stream, key_frames_only=key_frames_only)
    # The stubs leave open what a packet is of.
    decode: Callable[[Packet[VideoStream]], list[VideoFrame]] = cast("Any", decoder).decode
    given = undecodable = corrupt = 0
    started_s = time.thread_time()
    for packet in packets:
        given += 1
        try:
            corrupt += sum(frame.is_corrupt for frame in decode(packet))
        except av.error.FFmpegError:
            undecodable += 1
        if time.thread_time() - started_s > budget_s:
            break
    return DecodeCost(given, time.thread_time() - started_s, undecodable, corrupt, decoder)


def _decoder(stream: VideoStream, *, key_frames_only: bool) -> VideoCodecContext:
    """A decoder of its own: PyAV's stream keeps one that only its container's thread may use."""
    decoder = cast("VideoCodecContext", av.CodecContext.create(stream.codec_context.name, "r"))
    decoder.extradata = stream.codec_context.extradata
    decoder.thread_type = "SLICE"
    decoder.thread_count = 1
    if key_frames_only:
        decoder.skip_frame = "NONKEY"
    return decoder
