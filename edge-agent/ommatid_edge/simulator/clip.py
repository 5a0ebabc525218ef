"""Reads a clip once and packetises it; the only place where the simulator touches a media library."""

# PyAV leaves the type argument of Packet open.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError

from ommatid_edge.simulator.errors import UnusableClipError
from ommatid_edge.simulator.nal import NalType, first_of_type, split_annex_b
from ommatid_edge.simulator.rtp import FrameTemplate, frame_template, h264_payloads
from ommatid_edge.simulator.sdp import MediaFormat, h264_format

NalUnits = tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip as it goes over the network, shared by all cameras and clients that show it.

    Attributes:
        frames: Packetised access units in decoding order; the first one is a key frame.
        frame_rate: Frames per second, constant.
        media: Its format, for SDP.
    """

    frames: tuple[FrameTemplate, ...]
    frame_rate: Fraction
    media: MediaFormat

    def key_frame_at(self, offset_s: float) -> int:
        """Index of the last key frame at or before a time of the endlessly repeated clip, seconds from its start."""
        index = int(offset_s * self.frame_rate) % len(self.frames)
        return next(i for i in range(index, -1, -1) if self.frames[i].key_frame)


def load_clip(path: Path) -> Clip:
    """Read and packetise an H.264 clip.

    Raises:
        UnusableClipError: The file cannot be opened, is not H.264, or does not start with a key frame.
    """
    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            frame_rate = stream.average_rate
            access_units = _access_units(container)
    except (FFmpegError, OSError, IndexError) as exc:
        raise UnusableClipError(f"clip {path}: cannot be read as video ({type(exc).__name__})") from exc
    if frame_rate is None or stream.codec_context.name != "h264":
        raise UnusableClipError(f"clip {path}: expected H.264 with a constant frame rate; transcode it")
    return packetised(access_units, frame_rate, str(path))


def packetised(access_units: list[NalUnits], frame_rate: Fraction, source: str) -> Clip:
    """Packetise H.264 access units.

    Args:
        access_units: NAL units of each frame, decoding order, no B-frames.
        frame_rate: Frames per second.
        source: Where they come from, for errors.

    Raises:
        UnusableClipError: No parameter sets or no key frame at the start, so that no client could decode it.
    """
    first = access_units[0] if access_units else ()
    sps, pps = first_of_type(first, NalType.SPS), first_of_type(first, NalType.PPS)
    if sps is None or pps is None or first_of_type(first, NalType.IDR) is None:
        raise UnusableClipError(f"clip {source}: expected parameter sets and a key frame at the start; transcode it")
    frames = tuple(
        frame_template(tuple(h264_payloads(nal_units)), key_frame=first_of_type(nal_units, NalType.IDR) is not None)
        for nal_units in access_units
    )
    return Clip(frames, frame_rate, h264_format(sps, pps))


def _access_units(container: InputContainer) -> list[NalUnits]:
    stream = container.streams.video[0]
    to_annex_b = av.BitStreamFilterContext("h264_mp4toannexb", stream)
    packets = (packet for packet in container.demux(stream) if packet.size)
    return [split_annex_b(bytes(converted)) for packet in packets for converted in to_annex_b.filter(packet)]
