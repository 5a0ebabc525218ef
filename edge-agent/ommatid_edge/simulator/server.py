"""The camera server: many simulated cameras on one port."""

import asyncio
import errno
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from ommatid_edge.simulator.clip_reader import read_clip
from ommatid_edge.simulator.connection import Connection, ServedCamera, ServerState
from ommatid_edge.simulator.digest import Credentials
from ommatid_edge.simulator.errors import CannotListenError, PortInUseError
from ommatid_edge.simulator.player import Traffic
from ommatid_edge.simulator.scenes import SCENES, SimulatedCamera, check_cameras
from ommatid_edge.simulator.sdp import session_description
from ommatid_edge.simulator.session import Site


class CameraServer:
    """Serves simulated cameras over RTSP with interleaved TCP; use it with `async with`.

    Each client of a camera starts at the camera's offset in the scene and gets the clip in an endless loop. The capture
    time of a frame, as told by sender reports, is the wall-clock time when it is sent.

    Args:
        cameras: What to serve, each under `/name`.
        host: Address to bind; loopback unless you mean to show the footage to the network.
        port: Port to bind, 0 for a free one.
        username: User name that clients need, None if everybody may watch.
        password: Password that clients need.
        scenes: Clips by scene name.

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
    ) -> None:
        self.cameras = tuple(cameras)
        check_cameras(self.cameras, scenes)
        self.host = host
        self.traffic = Traffic()
        self.port = port
        self._credentials = None if username is None else Credentials(username, password or "")
        self._scenes = scenes
        self._server: asyncio.Server | None = None
        self._connections: set[Connection] = set()

    async def __aenter__(self) -> Self:
        """Load the footage and listen."""
        served = await asyncio.to_thread(self._load_footage)
        state = ServerState(Site(_descriptions(served), self._credentials), served, self.traffic)
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(lambda: self._connect(state), self.host, self.port)
        except OSError as exc:
            if exc.errno == errno.EADDRINUSE:
                raise PortInUseError(self.host, self.port) from exc
            raise CannotListenError(
                f"camera simulator: cannot listen on {self.host}:{self.port} ({exc.strerror}); "
                "choose an address of this machine and a port that you may use"
            ) from exc
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop listening and drop all clients."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
        connections = tuple(self._connections)
        for connection in connections:
            connection.abort()
        await asyncio.gather(*(connection.wait_lost() for connection in connections))

    def url(self, camera: str, *, with_credentials: bool = False) -> str:
        """RTSP URL of a camera, with user and password only when asked for."""
        userinfo = ""
        if with_credentials and self._credentials is not None:
            userinfo = f"{quote(self._credentials.username, safe='')}:{quote(self._credentials.password, safe='')}@"
        return f"rtsp://{userinfo}{self.host}:{self.port}/{camera}"

    def _load_footage(self) -> dict[str, ServedCamera]:
        clips = {scene: read_clip(self._scenes[scene]) for scene in {camera.scene for camera in self.cameras}}
        return {camera.name: ServedCamera(camera, clips[camera.scene]) for camera in self.cameras}

    def _connect(self, state: ServerState) -> Connection:
        connection = Connection(state, on_lost=self._connections.discard)
        self._connections.add(connection)
        return connection


def _descriptions(served: Mapping[str, ServedCamera]) -> dict[str, str]:
    return {
        name: session_description(name, camera.clip.media, camera.clip.frame_rate) for name, camera in served.items()
    }
