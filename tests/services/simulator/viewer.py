"""Plays a camera with PyAV as long as a test needs, while the camera's faults change."""

# PyAV leaves the type argument of Packet open, and builds its error classes at run time.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false

import struct
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

import av
from av.container import InputContainer
from av.error import InvalidDataError
from av.packet import Packet
from av.video.stream import VideoStream

from ommatid_edge.simulator import CameraServer
from tests.services.simulator.rtsp_client import OPTIONS

DEADLINE_S = 20.0


class Viewer:
    """Plays a camera and keeps what it saw, packet by packet.

    Attributes:
        sizes: (width, height) of each decoded frame, pixels.
        corrupt: Frames that the decoder marked as damaged.
        undecodable: Packets that the decoder refused.
        offsets_s: Capture time minus time of arrival of each packet that has a capture time.
        key_frames: Whether each packet is a key frame.
    """

    def __init__(self, container: InputContainer) -> None:
        self._packets = container.demux(video=0)
        self.sizes: list[tuple[int, int]] = []
        self.corrupt = 0
        self.undecodable = 0
        self.offsets_s: list[float] = []
        self.key_frames: list[bool] = []

    def see(self, enough: Callable[["Viewer"], bool]) -> "Viewer":
        """Play until there is enough; fails at the deadline or when the stream ends."""
        give_up_at = time.monotonic() + DEADLINE_S
        while not enough(self):
            assert time.monotonic() < give_up_at, "not seen in time"
            self._take(next(self._packets))
        return self

    def see_the_end(self) -> None:
        """Play until the camera closes the stream."""
        for packet in self._packets:
            self._take(packet)

    def _take(self, packet: "Packet[VideoStream]") -> None:
        side_data = bytes(packet.get_sidedata("prft"))
        if side_data:
            self.offsets_s.append(struct.unpack_from("<q", side_data)[0] / 1e6 - time.time())
        if packet.size:
            self.key_frames.append(packet.is_keyframe)
        try:
            for frame in packet.decode():
                self.sizes.append((frame.width, frame.height))
                self.corrupt += int(frame.is_corrupt)
        except InvalidDataError:
            self.undecodable += 1


@contextmanager
def playing(server: CameraServer, camera: str = "plain", timeout_s: float = 5.0) -> Generator[Viewer]:
    """A viewer that has seen a frame already."""
    options = {**OPTIONS, "timeout": str(round(timeout_s * 1e6))}
    with av.open(server.url(camera), options=options) as container:
        yield Viewer(container).see(lambda it: len(it.sizes) >= 1)
