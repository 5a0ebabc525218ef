"""Reads clips from files."""

# PyAV leaves the type argument of Packet open.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError

from ommatid_edge.simulator.clip import Clip, NalUnits, h264_clip, h265_clip, jpeg_clip
from ommatid_edge.simulator.errors import UnusableClipError
from ommatid_edge.simulator.nal import split_annex_b


def read_clip(path: Path) -> Clip:
    """Read and packetise an H.264, H.265 or MJPEG clip.

    Raises:
        UnusableClipError: The file cannot be opened, is in another format, or does not start with a key frame.
    """
    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            frame_rate, codec = stream.average_rate, stream.codec_context.name
            clip = None if frame_rate is None else _packetised(container, codec, frame_rate, str(path))
    except (FFmpegError, OSError, IndexError) as exc:
        raise UnusableClipError(
            f"clip {path}: cannot be read as video ({type(exc).__name__}); choose another file"
        ) from exc
    if clip is None:
        raise UnusableClipError(
            f"clip {path}: expected H.264, H.265 or MJPEG with a constant frame rate, "
            f"found {codec} at {frame_rate}; transcode it"
        )
    return clip


def _packetised(container: InputContainer, codec: str, frame_rate: Fraction, source: str) -> Clip | None:
    match codec:
        case "h264":
            return h264_clip(_access_units(container, "h264_mp4toannexb"), frame_rate, source)
        case "hevc":
            return h265_clip(_access_units(container, "hevc_mp4toannexb"), frame_rate, source)
        case "mjpeg":
            return jpeg_clip(list(_packets(container)), frame_rate)
        case _:
            return None


def _packets(container: InputContainer) -> Iterator[bytes]:
    return (bytes(packet) for packet in container.demux(container.streams.video[0]) if packet.size)


def _access_units(container: InputContainer, to_annex_b: str) -> list[NalUnits]:
    stream = container.streams.video[0]
    bitstream_filter = av.BitStreamFilterContext(to_annex_b, stream)
    packets = (packet for packet in container.demux(stream) if packet.size)
    return [split_annex_b(bytes(converted)) for packet in packets for converted in bitstream_filter.filter(packet)]
