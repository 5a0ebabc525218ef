"""One client's connection: bytes in, responses and media out."""

import asyncio
import secrets
import socket
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import cast

import structlog
from structlog.typing import FilteringBoundLogger

from ommatid_edge.simulator.digest import Credentials
from ommatid_edge.simulator.errors import MalformedRequestError
from ommatid_edge.simulator.faults import Fault
from ommatid_edge.simulator.live_camera import LiveCamera
from ommatid_edge.simulator.messages import Request, RequestParser, Response, Status
from ommatid_edge.simulator.player import MAX_UNSENT_BYTES, Clocks, Traffic, play
from ommatid_edge.simulator.sender import RtpSender
from ommatid_edge.simulator.session import Effect, Session, Site, Step, answer, camera_of

_LOG: FilteringBoundLogger = structlog.get_logger(__name__)
_BOGUS_HEADER = b"$\x00\xff\xff"


@dataclass(frozen=True, slots=True)
class ServerState:
    """What all connections of a server share."""

    cameras: Mapping[str, LiveCamera]
    credentials: Credentials | None = None
    traffic: Traffic = field(default_factory=Traffic)
    clocks: Clocks = field(default_factory=Clocks)


def new_sender(camera: LiveCamera, rtp_channel: int) -> RtpSender:
    """Start a stream with random SSRC, sequence number and timestamp (RFC 3550, section 5.1)."""
    fixed = camera.behaviour.first_timestamp
    return RtpSender(
        camera.clip,
        start_frame=camera.clip.key_frame_at(camera.camera.offset_s),
        channel=rtp_channel,
        ssrc=secrets.randbits(32),
        first_sequence=secrets.randbits(16),
        first_timestamp=secrets.randbits(32) if fixed is None else fixed,
    )


class Connection(asyncio.Protocol):
    """Carries one client's session; asyncio calls it.

    Args:
        state: What all connections of the server share.
        on_lost: Called once when the connection is gone.
    """

    def __init__(self, state: ServerState, on_lost: Callable[["Connection"], None]) -> None:
        self._state = state
        self._on_lost = on_lost
        self._parser = RequestParser()
        self._session = Session(session_id=secrets.token_hex(8), nonce=secrets.token_hex(16))
        self._transport: asyncio.Transport | None = None
        self._sender: RtpSender | None = None
        self._player: asyncio.Task[None] | None = None
        self._answered_until_s = 0.0
        self._is_aborted = False
        self._is_lost = asyncio.Event()

    @property
    def plays(self) -> bool:
        """Whether media is sent, or would be if the camera did not stall."""
        return self._player is not None and not self._player.done()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)
        if self._is_aborted:
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Stop sending; a client that went away without TEARDOWN is nothing unusual."""
        if self._player is not None:
            self._player.cancel()
        camera = self._camera()
        if camera is not None:
            camera.clients.discard(self)
        self._is_lost.set()
        self._on_lost(self)

    def abort(self) -> None:
        """Drop the connection at once, or as soon as asyncio has made it."""
        self._is_aborted = True
        if self._transport is not None:
            self._transport.abort()

    async def wait_lost(self) -> None:
        """Wait until the connection is gone and nothing is sent any more."""
        await self._is_lost.wait()
        if self._player is not None:
            await asyncio.wait([self._player])

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete, up to one that ends the connection."""
        if self._transport is None or self._transport.is_closing():
            return
        try:
            for request in self._parser.feed(data):
                self._take(request, self._transport)
                if self._transport.is_closing():
                    return
        except MalformedRequestError as exc:
            _LOG.warning("client sent no RTSP request; connection closed", reason=str(exc))
            self._transport.write(Response(Status(exc.status)).encode(None))
            self._transport.close()

    def suffer(self, fault: Fault, amount: float) -> None:
        """Let a fault happen that happens at one moment."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        match fault:
            case Fault.FIN:
                transport.close()
            case Fault.RST:
                _reset(transport)
            case Fault.BYE:
                self._say_goodbye(transport)
            case Fault.RANDOM_BYTES:
                transport.write(secrets.token_bytes(round(amount)))
            case Fault.BOGUS_LENGTH:
                transport.write(_BOGUS_HEADER)
            case _:
                raise ValueError(f"{fault} lasts, it does not happen to a connection")

    def _say_goodbye(self, transport: asyncio.Transport) -> None:
        if self._player is not None and self._sender is not None:
            self._player.cancel()
            transport.write(self._sender.goodbye())

    def _camera(self) -> LiveCamera | None:
        return self._state.cameras.get(self._session.camera or "")

    def _take(self, request: Request, transport: asyncio.Transport) -> None:
        """Answer a request when the camera that it names would."""
        if transport.get_write_buffer_size() > 2 * MAX_UNSENT_BYTES:
            # A client that asks and never reads must not fill our memory with answers.
            transport.abort()
            return
        camera = self._state.cameras.get(camera_of(request.uri) or "")
        if camera is None:
            self._answer(request, Site({}, self._state.credentials), transport)
        elif camera.behaviour.mute:
            return
        else:
            site = Site({camera.camera.name: camera.offer()}, self._state.credentials)
            self._after(camera.behaviour.reply_delay_s, lambda: self._answer(request, site, transport))

    def _after(self, delay_s: float, act: Callable[[], None]) -> None:
        """Act after a time, and never before what was to happen earlier."""
        loop = asyncio.get_running_loop()
        if delay_s <= 0 and self._answered_until_s <= loop.time():
            act()
            return
        self._answered_until_s = max(loop.time() + delay_s, self._answered_until_s + 1e-4)
        loop.call_at(self._answered_until_s, act)

    def _answer(self, request: Request, site: Site, transport: asyncio.Transport) -> None:
        if transport.is_closing():
            return
        step = answer(self._session, request, site)
        self._enter(step.session)
        transport.write(step.response.encode(request.cseq))
        self._follow(step, transport)

    def _enter(self, session: Session) -> None:
        left = self._camera()
        self._session = session
        entered = self._camera()
        if left is not None and left is not entered:
            left.clients.discard(self)
        if entered is not None:
            entered.clients.add(self)

    def _follow(self, step: Step, transport: asyncio.Transport) -> None:
        camera = self._camera()
        if step.effect is Effect.PLAY and camera is not None:
            self._play(camera, transport)
        elif step.effect is Effect.CLOSE:
            transport.close()

    def _play(self, camera: LiveCamera, transport: asyncio.Transport) -> None:
        self._sender = new_sender(camera, self._session.rtp_channel)
        _LOG.debug("client plays", camera=camera.camera.name)
        self._player = asyncio.get_running_loop().create_task(
            play(self._sender, transport, camera, self._state.traffic, self._state.clocks)
        )
        self._player.add_done_callback(self._player_ended)

    def _player_ended(self, player: asyncio.Task[None]) -> None:
        if player.cancelled() or (exc := player.exception()) is None:
            return
        _LOG.error("camera stopped sending; connection dropped", camera=self._session.camera, exc_info=exc)
        self.abort()


def _reset(transport: asyncio.Transport) -> None:
    """Close with RST: a socket that lingers for no time throws away what is not sent yet."""
    raw = transport.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
