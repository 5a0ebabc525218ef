"""The camera server: many simulated cameras on one port."""

import asyncio
import errno
import ssl
import threading
from collections.abc import Callable, Coroutine, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import quote

from ommatid_edge.simulator.connection import Connection, ServerState
from ommatid_edge.simulator.digest import Credentials
from ommatid_edge.simulator.errors import CannotListenError, PortInUseError
from ommatid_edge.simulator.faults import Fault
from ommatid_edge.simulator.footage_library import FootageLibrary
from ommatid_edge.simulator.live_camera import LiveCamera
from ommatid_edge.simulator.player import Traffic
from ommatid_edge.simulator.scenes import SCENES, SimulatedCamera, check_cameras
from ommatid_edge.simulator.switchboard import CameraCondition, Switchboard

T = TypeVar("T")


class CameraServer:
    """Serves simulated cameras over RTSP with interleaved TCP; use it with `async with` or `background_server`.

    Each client of a camera starts at the camera's offset in the scene and gets the clip in an endless loop. The capture
    time of a frame, as told by sender reports, is the wall-clock time when it is sent.

    Args:
        cameras: What to serve, each under `/name`.
        host: Address to bind; loopback unless you mean to show the footage to the network.
        port: Port to bind, 0 for a free one.
        username: User name that clients need, None if everybody may watch.
        password: Password that clients need.
        scenes: Clips by scene name.
        tls: Serves rtsps with this context's certificate; None serves rtsp.
        cache: Folder for footage that is encoded on demand; None for the default one.

    Attributes:
        cameras: What is served.
        host: Address that is bound.
        port: Port that is bound; once entered never 0.
        traffic: What has been sent and dropped so far.

    Raises:
        CameraNameError: From the constructor, a camera name is unusable or taken.
        UnknownSceneError: From the constructor, a camera names a scene that is not in `scenes`.
        CannotListenError: On entering, the address cannot be bound; PortInUseError if another program has it.
        UnusableClipError: On entering, a clip cannot be sent.
    """

    def __init__(
        self,
        cameras: Iterable[SimulatedCamera],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        username: str | None = None,
        password: str | None = None,
        scenes: Mapping[str, Path] = SCENES,
        tls: ssl.SSLContext | None = None,
        cache: Path | None = None,
    ) -> None:
        self.cameras = tuple(cameras)
        check_cameras(self.cameras, scenes)
        self.host = host
        self.traffic = Traffic()
        self.port = port
        self._credentials = None if username is None else Credentials(username, password or "")
        self._footage = FootageLibrary(scenes, cache)
        self._tls = tls
        self._running: _Running | None = None

    async def __aenter__(self) -> Self:
        """Load the footage and listen."""
        cameras = await asyncio.to_thread(self._load_footage)
        state = ServerState(cameras, self._credentials, self.traffic)
        loop = asyncio.get_running_loop()
        connections: set[Connection] = set()

        def connect() -> Connection:
            connection = Connection(state, on_lost=connections.discard)
            connections.add(connection)
            return connection

        try:
            listening = await loop.create_server(connect, self.host, self.port, ssl=self._tls)
        except OSError as exc:
            if exc.errno == errno.EADDRINUSE:
                raise PortInUseError(self.host, self.port) from exc
            raise CannotListenError(
                f"camera simulator: cannot listen on {self.host}:{self.port} ({exc.strerror}); "
                "choose an address of this machine and a port that you may use"
            ) from exc
        self.port = int(listening.sockets[0].getsockname()[1])
        self._running = _Running(
            loop, threading.get_ident(), listening, connections, Switchboard(cameras, self._footage)
        )
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop listening and drop all clients."""
        if self._running is not None:
            running, self._running = self._running, None
            await running.close()

    def switch(self, camera: str, fault: Fault, amount: float | None = None, *, for_s: float | None = None) -> None:
        """Switch a fault on, or let it happen if it happens at one moment; from any thread but the server's own.

        Returns when it is in effect: the next frame or answer shows it. Faults of footage may take seconds the first
        time. Several faults can last at once.

        Args:
            camera: Name of a camera.
            fault: What goes wrong; `NATURES` says what each one does.
            amount: How much, in the unit of `NATURES`; None for the usual amount.
            for_s: Time after which it is switched off again, seconds; None for when it is cleared.

        Raises:
            UnknownCameraError: No camera has this name.
            FaultAmountError: The amount is out of bounds.
            UnusableClipError: The footage that the fault asks for cannot be made.
        """
        self._call(lambda board: board.switch(camera, fault, amount, for_s))

    def clear(self, camera: str, fault: Fault | None = None) -> None:
        """Switch a fault off, or all of them; from any thread but the server's own.

        Raises:
            UnknownCameraError: No camera has this name.
        """
        self._call(lambda board: board.clear(camera, fault))

    def condition(self, camera: str) -> CameraCondition:
        """Which faults last and how many clients play; from any thread but the server's own.

        Raises:
            UnknownCameraError: No camera has this name.
        """
        return self._call(lambda board: board.condition(camera))

    @contextmanager
    def faulty(self, camera: str, fault: Fault, amount: float | None = None) -> Generator[None]:
        """A lasting fault for the length of a `with` block; from any thread but the server's own."""
        self.switch(camera, fault, amount)
        try:
            yield
        finally:
            self.clear(camera, fault)

    def url(self, camera: str, *, with_credentials: bool = False) -> str:
        """RTSP URL of a camera, with user and password only when asked for."""
        userinfo = ""
        if with_credentials and self._credentials is not None:
            userinfo = f"{quote(self._credentials.username, safe='')}:{quote(self._credentials.password, safe='')}@"
        scheme = "rtsp" if self._tls is None else "rtsps"
        return f"{scheme}://{userinfo}{self.host}:{self.port}/{camera}"

    @property
    def switchboard(self) -> Switchboard:
        """What switches faults, for callers in the server's own event loop."""
        return self._entered().switchboard

    def _entered(self) -> "_Running":
        if self._running is None:
            raise RuntimeError("the camera server is not running; enter it first")
        return self._running

    def _call(self, action: Callable[[Switchboard], Coroutine[None, None, T]]) -> T:
        running = self._entered()
        if running.thread == threading.get_ident():
            raise RuntimeError("the camera server would wait for itself; await the methods of its switchboard instead")
        return asyncio.run_coroutine_threadsafe(action(running.switchboard), running.loop).result()

    def _load_footage(self) -> dict[str, LiveCamera]:
        return {
            camera.name: LiveCamera(camera, self._footage.clip(camera.scene, camera.encoding))
            for camera in self.cameras
        }


@dataclass(frozen=True, slots=True)
class _Running:
    """What exists only while the server is entered."""

    loop: asyncio.AbstractEventLoop
    thread: int
    listening: asyncio.Server
    connections: set[Connection]
    switchboard: Switchboard

    async def close(self) -> None:
        self.listening.close()
        self.switchboard.close()
        connections = tuple(self.connections)
        for connection in connections:
            connection.abort()
        await asyncio.gather(*(connection.wait_lost() for connection in connections))
        # Last: from Python 3.12 on it waits for the connections, too.
        await self.listening.wait_closed()
