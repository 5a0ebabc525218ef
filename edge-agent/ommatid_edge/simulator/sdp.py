"""Session descriptions that the simulator answers DESCRIBE with (RFC 8866; RFC 6184, 8.2.1; RFC 7798, 7.1)."""

import base64
from dataclasses import dataclass
from fractions import Fraction

from ommatid_edge.simulator.jpeg_rtp import JPEG_PAYLOAD_TYPE
from ommatid_edge.simulator.rtp import PAYLOAD_TYPE, RTP_CLOCK_HZ

TRACK = "trackID=0"

NOTHING = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
"""A description without any stream."""


@dataclass(frozen=True, slots=True)
class MediaFormat:
    """How a video format is named in SDP.

    Attributes:
        encoding: Encoding name of the RTP payload format, e.g. `H264`.
        parameters: The `a=fmtp` parameters in order.
        payload_type: RTP payload type.
    """

    encoding: str
    parameters: tuple[tuple[str, str], ...] = ()
    payload_type: int = PAYLOAD_TYPE


def h264_format(sps: bytes, pps: bytes) -> MediaFormat:
    """Describe an H.264 stream by its parameter sets, so that a client can set up its decoder at once."""
    sets = f"{_base64(sps)},{_base64(pps)}"
    return MediaFormat(
        "H264",
        (
            ("packetization-mode", "1"),
            ("profile-level-id", sps[1:4].hex().upper()),
            ("sprop-parameter-sets", sets),
        ),
    )


def h265_format(vps: bytes, sps: bytes, pps: bytes) -> MediaFormat:
    """Describe an H.265 stream by its parameter sets."""
    return MediaFormat("H265", (("sprop-vps", _base64(vps)), ("sprop-sps", _base64(sps)), ("sprop-pps", _base64(pps))))


JPEG_FORMAT = MediaFormat("JPEG", payload_type=JPEG_PAYLOAD_TYPE)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def session_description(name: str, media: MediaFormat, frame_rate: Fraction) -> str:
    """Build the description of a live camera with one video track.

    Args:
        name: Session name, shown by players.
        media: The video format.
        frame_rate: Frames per second.
    """
    kind = media.payload_type
    parameters = ";".join(f"{key}={value}" for key, value in media.parameters)
    lines = (
        "v=0",
        "o=- 0 0 IN IP4 127.0.0.1",
        f"s={name}",
        "c=IN IP4 0.0.0.0",
        "t=0 0",
        "a=control:*",
        "a=range:npt=now-",
        f"m=video 0 RTP/AVP {kind}",
        f"a=rtpmap:{kind} {media.encoding}/{RTP_CLOCK_HZ}",
        *([f"a=fmtp:{kind} {parameters}"] if parameters else []),
        f"a=framerate:{float(frame_rate):g}",
        f"a=control:{TRACK}",
    )
    return "\r\n".join(lines) + "\r\n"
