"""One RTSP connection over TCP or TLS, opened, read and closed by one thread.

What PyAV does in each situation was measured with PyAV 18.1 and FFmpeg 8.1: a closed connection
is the end of the file, a stall needs our own watch, ``close`` from another thread crashes the
process, and every error carries the password.
"""

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import av
import av.error
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from ommatid_edge.camera_address import CameraAddress
from ommatid_edge.camera_plan import CameraPlan
from ommatid_edge.decoding import Decoded, Gearbox
from ommatid_edge.errors import CameraError, NoVideoStreamError
from ommatid_edge.gears.onlooker import Onlooker
from ommatid_edge.gears.two_gears import TwoGears
from ommatid_edge.picture import ArrivedFrame, UndecodedPacket
from ommatid_edge.rtsp_faults import PYAV_ERRORS, ended, open_fault, read_fault, stalled, undecodable
from ommatid_edge.tls_trust import tls_options

_FAST_PROBE_BYTES = 32
"""Takes size and format from the session description: opens in 0.1 s instead of 2 s."""


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """How long one connection may take for what.

    Attributes:
        open_s: Longest time for connecting, and again for probing, seconds.
        read_s: Time after which a blocked read looks at the stop flag, seconds. Not much shorter: an
            interruption in the middle of a packet costs that packet.
        stall_s: Time without a packet after which the stream is given up, seconds.
        undecodable_packets: Packets in a row that may fail to decode.
        blind_s: Time without a frame after which the stream is given up although packets arrive, seconds: longer
            than key frames may be apart.
    """

    open_s: float = 5.0
    read_s: float = 1.0
    stall_s: float = 10.0
    undecodable_packets: int = 50
    blind_s: float = 20.0

    @property
    def socket_s(self) -> float:
        """FFmpeg's timeout of one socket operation, seconds: half, as with a parser only the second one is reported."""
        return self.stall_s / 2


class RtspStream:
    """An open connection. Only the thread that opened it may touch it.

    Args:
        address: Camera.
        container: PyAV's side of the connection.
        gearbox: Decides what to decode.
        limits: Times.
        stopping: Asked between packets and about every ``read_s``; True ends the frames.
    """

    def __init__(
        self,
        address: CameraAddress,
        container: InputContainer,
        gearbox: Gearbox,
        limits: StreamLimits,
        stopping: Callable[[], bool],
    ) -> None:
        self._address = address
        self._container = container
        self._gearbox = gearbox
        self._limits = limits
        self._stopping = stopping
        self._packets = _demux(container)

    def frames(self) -> Iterator[Decoded]:
        """Frames as they arrive, until stopped.

        Raises:
            StreamEndedError: The connection was closed.
            StreamStalledError: No packet within the stall limit.
            StreamUndecodableError: Too many packets in a row could not be decoded.
        """
        try:
            yield from self._frames()
        except CameraError:
            yield from self._gearbox.rest()
            raise
        yield from self._gearbox.rest()

    def _frames(self) -> Iterator[Decoded]:
        undecoded, decoded_at_s = 0, time.monotonic()
        while (packet := self._next_packet()) is not None:
            for decoded in self._gearbox.frames(packet):
                if isinstance(decoded, UndecodedPacket):
                    undecoded += 1
                elif isinstance(decoded, ArrivedFrame):
                    undecoded, decoded_at_s = 0, time.monotonic()
                yield decoded
            if undecoded >= self._limits.undecodable_packets:
                raise undecodable(self._address, f"{undecoded} in a row that do not decode")
            blind_s = time.monotonic() - decoded_at_s
            if blind_s >= self._limits.blind_s:
                raise undecodable(self._address, f"none that gave a frame for {blind_s:.1f} s")

    def _next_packet(self) -> "Packet[VideoStream] | None":
        """Next packet; None when stopped."""
        silent_since_s = time.monotonic()
        while not self._stopping():
            read = self._read()
            if isinstance(read, CameraError):
                raise read
            if isinstance(read, Packet):
                return read
            silent_s = time.monotonic() - silent_since_s
            if silent_s >= self._limits.stall_s:
                raise stalled(self._address, silent_s, self._limits.stall_s)
        return None

    def _read(self) -> "Packet[VideoStream] | CameraError | None":
        """A packet, a fault, or None when the read timed out or gave an empty packet."""
        try:
            packet = next(self._packets, None)
        except av.error.ExitError:
            # A read timeout ends PyAV's generator but not the connection.
            self._packets = _demux(self._container)
            return None
        except PYAV_ERRORS as exc:
            return read_fault(self._address, exc)
        if packet is None:
            return ended(self._address)
        return packet if packet.size else None


@contextmanager
def open_rtsp(
    plan: CameraPlan, onlooker: Onlooker, limits: StreamLimits, now_us: Callable[[], int], stopping: Callable[[], bool]
) -> Generator[RtspStream]:
    """Connect to a camera, and disconnect on leaving.

    Args:
        plan: Camera.
        onlooker: Judges the frames.
        limits: Times.
        now_us: Wall clock, us UTC.
        stopping: True ends the stream's frames.

    Raises:
        CameraError: The leaf that says why there is no stream; PyAV's error is not attached.
    """
    container = open_container(plan.address, limits, tls_verify=plan.tls_verify)
    try:
        gearbox = TwoGears(container.streams.video[0], plan.decode, now_us, onlooker)
        # Key frames may be as far apart as the group allows, and are missed only some time later.
        patient = replace(limits, blind_s=limits.stall_s + 1.25 * plan.decode.max_blind_us / 1e6)
        yield RtspStream(plan.address, container, gearbox, patient, stopping)
    finally:
        container.close()


def open_container(address: CameraAddress, limits: StreamLimits, *, tls_verify: bool = True) -> InputContainer:
    """Connect to a camera; the caller closes the container, in the thread that reads it.

    Opens fast, and probes at length only when the session description does not tell the size.

    Args:
        address: Camera.
        limits: Times.
        tls_verify: Whether the certificate of an rtsps camera is checked.

    Raises:
        CameraError: The leaf that says why there is no stream; PyAV's error is not attached.
    """
    tls = tls_options(verify=tls_verify)
    container = _open(address, limits, {"probesize": str(_FAST_PROBE_BYTES), **tls})
    if container.streams.video[0].codec_context.width:
        return container
    container.close()
    return _open(address, replace(limits, open_s=2 * limits.open_s), tls)


def _open(address: CameraAddress, limits: StreamLimits, more: dict[str, str]) -> InputContainer:
    options = {
        "rtsp_transport": "tcp",
        "allowed_media_types": "video",
        "timeout": str(round(limits.socket_s * 1e6)),
        **more,
    }
    started_s = time.monotonic()
    try:
        container = av.open(
            address.url.get_secret_value(), mode="r", options=options, timeout=(limits.open_s, limits.read_s)
        )
    except PYAV_ERRORS as exc:
        fault = open_fault(address, exc, time.monotonic() - started_s, min(limits.open_s, limits.socket_s))
    else:
        if container.streams.video:
            return container
        container.close()
        fault = NoVideoStreamError(
            f"{address}: expected a video stream, found {len(container.streams)} other stream(s); "
            "trying again, check what the camera offers at this path"
        )
    raise fault


def _demux(container: InputContainer) -> "Iterator[Packet[VideoStream]]":
    return container.demux(container.streams.video[0])
