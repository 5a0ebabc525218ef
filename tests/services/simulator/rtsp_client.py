"""Plays a camera with PyAV, as the edge agent does, and keeps what it saw."""

# PyAV leaves the type argument of Packet open.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false

import struct
import time
from dataclasses import dataclass, field

import av

OPTIONS = {"rtsp_transport": "tcp", "timeout": "5000000", "probesize": "32"}


@dataclass(slots=True)
class Playback:
    """What a client saw.

    Attributes:
        sizes: (width, height) of each decoded frame, pixels.
        pts_s: Presentation time of each decoded frame, seconds.
        captured_s: Capture time of each packet that has one, seconds since the epoch.
        arrived_s: Local time when each of these packets was read, seconds since the epoch.
        corrupt: Frames that the decoder marked as damaged.
    """

    sizes: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    pts_s: list[float] = field(default_factory=list[float])
    captured_s: list[float] = field(default_factory=list[float])
    arrived_s: list[float] = field(default_factory=list[float])
    corrupt: int = 0


def watch(url: str, frames: int) -> Playback:
    """Play until so many frames are decoded, or the camera ends the stream."""
    seen = Playback()
    with av.open(url, options=OPTIONS) as container:
        for packet in container.demux(video=0):
            # Without a sender report PyAV gives side data of no bytes.
            side_data = bytes(packet.get_sidedata("prft"))
            if side_data:
                seen.captured_s.append(struct.unpack_from("<q", side_data)[0] / 1e6)
                seen.arrived_s.append(time.time())
            for frame in packet.decode():
                seen.sizes.append((frame.width, frame.height))
                seen.pts_s.append(float(frame.time or 0.0))
                seen.corrupt += frame.is_corrupt
            if len(seen.sizes) >= frames:
                break
    return seen
