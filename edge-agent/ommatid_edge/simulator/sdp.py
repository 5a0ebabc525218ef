"""Session descriptions that the simulator answers DESCRIBE with (RFC 8866, RFC 6184 section 8.2.1)."""

import base64
from dataclasses import dataclass
from fractions import Fraction

from ommatid_edge.simulator.rtp import PAYLOAD_TYPE, RTP_CLOCK_HZ

TRACK = "trackID=0"


@dataclass(frozen=True, slots=True)
class MediaFormat:
    """How a video format is named in SDP.

    Attributes:
        encoding: Encoding name of the RTP payload format, e.g. `H264`.
        parameters: The `a=fmtp` parameters in order.
    """

    encoding: str
    parameters: tuple[tuple[str, str], ...]


def h264_format(sps: bytes, pps: bytes) -> MediaFormat:
    """Describe an H.264 stream by its parameter sets, so that a client can set up its decoder at once."""
    sets = ",".join(base64.b64encode(nal_unit).decode("ascii") for nal_unit in (sps, pps))
    return MediaFormat(
        "H264",
        (
            ("packetization-mode", "1"),
            ("profile-level-id", sps[1:4].hex().upper()),
            ("sprop-parameter-sets", sets),
        ),
    )


def session_description(name: str, media: MediaFormat, frame_rate: Fraction) -> str:
    """Build the description of a live camera with one video track.

    Args:
        name: Session name, shown by players.
        media: The video format.
        frame_rate: Frames per second.
    """
    parameters = ";".join(f"{key}={value}" for key, value in media.parameters)
    lines = (
        "v=0",
        "o=- 0 0 IN IP4 127.0.0.1",
        f"s={name}",
        "c=IN IP4 0.0.0.0",
        "t=0 0",
        "a=control:*",
        "a=range:npt=now-",
        f"m=video 0 RTP/AVP {PAYLOAD_TYPE}",
        f"a=rtpmap:{PAYLOAD_TYPE} {media.encoding}/{RTP_CLOCK_HZ}",
        f"a=fmtp:{PAYLOAD_TYPE} {parameters}",
        f"a=framerate:{float(frame_rate):g}",
        f"a=control:{TRACK}",
    )
    return "\r\n".join(lines) + "\r\n"
