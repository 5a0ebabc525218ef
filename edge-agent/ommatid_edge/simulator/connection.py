"""One client's connection: bytes in, responses and media out."""

import asyncio
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import cast

import structlog
from structlog.typing import FilteringBoundLogger

from ommatid_edge.simulator.clip import Clip
from ommatid_edge.simulator.errors import MalformedRequestError
from ommatid_edge.simulator.messages import Request, RequestParser, Response, Status
from ommatid_edge.simulator.player import MAX_UNSENT_BYTES, Clocks, Traffic, play
from ommatid_edge.simulator.scenes import SimulatedCamera
from ommatid_edge.simulator.sender import RtpSender
from ommatid_edge.simulator.session import Effect, Session, Site, answer

_LOG: FilteringBoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ServedCamera:
    """One camera with the footage it shows."""

    camera: SimulatedCamera
    clip: Clip


@dataclass(frozen=True, slots=True)
class ServerState:
    """What all connections of a server share."""

    site: Site
    cameras: Mapping[str, ServedCamera]
    traffic: Traffic = field(default_factory=Traffic)
    clocks: Clocks = field(default_factory=Clocks)


def new_sender(served: ServedCamera, rtp_channel: int) -> RtpSender:
    """Start a stream with random SSRC, sequence number and timestamp (RFC 3550, section 5.1)."""
    fixed = served.camera.behaviour.first_timestamp
    return RtpSender(
        served.clip,
        start_frame=served.clip.key_frame_at(served.camera.offset_s),
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
        self._player: asyncio.Task[None] | None = None
        self._is_aborted = False
        self._is_lost = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)
        if self._is_aborted:
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Stop sending; a client that went away without TEARDOWN is nothing unusual."""
        if self._player is not None:
            self._player.cancel()
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
                self._answer(request, self._transport)
                if self._transport.is_closing():
                    return
        except MalformedRequestError as exc:
            _LOG.warning("client sent no RTSP request; connection closed", reason=str(exc))
            self._transport.write(Response(Status(exc.status)).encode(None))
            self._transport.close()

    def _answer(self, request: Request, transport: asyncio.Transport) -> None:
        if transport.get_write_buffer_size() > 2 * MAX_UNSENT_BYTES:
            # A client that asks and never reads must not fill our memory with answers.
            transport.abort()
            return
        step = answer(self._session, request, self._state.site)
        self._session = step.session
        transport.write(step.response.encode(request.cseq))
        if step.effect is Effect.PLAY:
            self._play(transport)
        elif step.effect is Effect.CLOSE:
            transport.close()

    def _play(self, transport: asyncio.Transport) -> None:
        served = self._state.cameras[self._session.camera or ""]
        sender = new_sender(served, self._session.rtp_channel)
        _LOG.debug("client plays", camera=served.camera.name)
        self._player = asyncio.get_running_loop().create_task(
            play(sender, transport, served.camera.behaviour, self._state.traffic, self._state.clocks)
        )
        self._player.add_done_callback(self._player_ended)

    def _player_ended(self, player: asyncio.Task[None]) -> None:
        if player.cancelled() or (exc := player.exception()) is None:
            return
        _LOG.error("camera stopped sending; connection dropped", camera=self._session.camera, exc_info=exc)
        self.abort()
