"""Reads clips from files; the only place where the simulator touches a media library."""

# PyAV leaves the type argument of Packet open.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false

from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError

from ommatid_edge.simulator.clip import Clip, NalUnits, h264_clip
from ommatid_edge.simulator.errors import UnusableClipError
from ommatid_edge.simulator.nal import split_annex_b


def read_clip(path: Path) -> Clip:
    """Read and packetise an H.264 clip.

    Raises:
        UnusableClipError: The file cannot be opened, is not H.264, or does not start with a key frame.
    """
    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            frame_rate, codec = stream.average_rate, stream.codec_context.name
            access_units = _access_units(container) if codec == "h264" else []
    except (FFmpegError, OSError, IndexError) as exc:
        raise UnusableClipError(
            f"clip {path}: cannot be read as video ({type(exc).__name__}); choose another file"
        ) from exc
    if frame_rate is None or codec != "h264":
        raise UnusableClipError(
            f"clip {path}: expected H.264 with a constant frame rate, found {codec} at {frame_rate}; transcode it"
        )
    return h264_clip(access_units, frame_rate, str(path))


def _access_units(container: InputContainer) -> list[NalUnits]:
    stream = container.streams.video[0]
    to_annex_b = av.BitStreamFilterContext("h264_mp4toannexb", stream)
    packets = (packet for packet in container.demux(stream) if packet.size)
    return [split_annex_b(bytes(converted)) for packet in packets for converted in to_annex_b.filter(packet)]
