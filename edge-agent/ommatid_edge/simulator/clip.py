"""A clip as it goes over the network: packetised once, shared by all cameras and clients that show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from ommatid_edge.simulator.errors import UnusableClipError
from ommatid_edge.simulator.h264 import h264_payloads
from ommatid_edge.simulator.h265 import h265_payloads
from ommatid_edge.simulator.jpeg_rtp import JPEG_PAYLOAD_TYPE, jpeg_payloads, parse_jpeg
from ommatid_edge.simulator.nal import HEVC_KEY_FRAME_TYPES, HevcNalType, NalType, first_hevc, first_of_type
from ommatid_edge.simulator.rtp import FrameTemplate, frame_template
from ommatid_edge.simulator.sdp import JPEG_FORMAT, MediaFormat, h264_format, h265_format

NalUnits = tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Clip:
    """What a sender needs of a clip; the video format shows only in `media`.

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


def h264_clip(access_units: Sequence[NalUnits], frame_rate: Fraction, source: str) -> Clip:
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
        raise _unusable(source)
    frames = tuple(
        frame_template(tuple(h264_payloads(nal_units)), key_frame=first_of_type(nal_units, NalType.IDR) is not None)
        for nal_units in access_units
    )
    return Clip(frames, frame_rate, h264_format(sps, pps))


def h265_clip(access_units: Sequence[NalUnits], frame_rate: Fraction, source: str) -> Clip:
    """Packetise H.265 access units; arguments and errors as for `h264_clip`."""
    first = access_units[0] if access_units else ()
    vps, sps, pps = (first_hevc(first, (kind,)) for kind in (HevcNalType.VPS, HevcNalType.SPS, HevcNalType.PPS))
    if vps is None or sps is None or pps is None or first_hevc(first, HEVC_KEY_FRAME_TYPES) is None:
        raise _unusable(source)
    frames = tuple(
        frame_template(
            tuple(h265_payloads(nal_units)), key_frame=first_hevc(nal_units, HEVC_KEY_FRAME_TYPES) is not None
        )
        for nal_units in access_units
    )
    return Clip(frames, frame_rate, h265_format(vps, sps, pps))


def jpeg_clip(pictures: Sequence[bytes], frame_rate: Fraction) -> Clip:
    """Packetise JPEG files, each of them a key frame.

    Raises:
        UnusableClipError: A picture cannot be sent as RTP/JPEG.
    """
    frames = tuple(
        frame_template(tuple(jpeg_payloads(parse_jpeg(data))), key_frame=True, payload_type=JPEG_PAYLOAD_TYPE)
        for data in pictures
    )
    return Clip(frames, frame_rate, JPEG_FORMAT)


def _unusable(source: str) -> UnusableClipError:
    return UnusableClipError(f"clip {source}: expected parameter sets and a key frame at the start; transcode it")
