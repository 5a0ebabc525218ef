"""How many cameras of a site connect at once, as the site sees it."""

import selectors
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.services.edge_agent.agent_process import agent, wait_until
from tests.services.edge_agent.sites import Site


class MuteSite:
    """Accepts connections, never answers, and counts those that are open."""

    def __init__(self, listener: socket.socket) -> None:
        self.port: int = listener.getsockname()[1]
        self.most = 0
        self.asked_for = set[bytes]()
        self._listener = listener
        self._open = selectors.DefaultSelector()
        self._open.register(listener, selectors.EVENT_READ)

    def serve(self, stop: threading.Event) -> None:
        """Serve until stopped."""
        while not stop.is_set():
            ready = [key.fileobj for key, _ in self._open.select(0.05)]
            # Those that leave first: a client that gives up its place closes before the next one connects.
            for connection in ready:
                if isinstance(connection, socket.socket) and connection is not self._listener:
                    self._read(connection)
            if self._listener in ready:
                self._open.register(self._listener.accept()[0], selectors.EVENT_READ)
                self.most = max(self.most, len(self._open.get_map()) - 1)

    def _read(self, connection: socket.socket) -> None:
        received = b""
        with suppress(ConnectionError):
            received = connection.recv(4096)
        if received:
            self.asked_for.add(received.split(b" ", 2)[1])
        else:
            self._open.unregister(connection)
            connection.close()


@contextmanager
def mute_site() -> Generator[MuteSite]:
    """A site at a free port for the length of a ``with`` block."""
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        mute = MuteSite(listener)
        thread = threading.Thread(target=mute.serve, args=(stop,))
        thread.start()
        try:
            yield mute
        finally:
            stop.set()
            thread.join()


def test_no_more_cameras_of_a_site_connect_at_once_than_allowed_and_each_gets_its_turn(site: Site, tmp_path: Path):
    settings = {
        "OMMATID_EDGE_GROUP_SIZE": "3",
        "OMMATID_EDGE_CONNECTS_PER_SITE": "2",
        "OMMATID_EDGE_OPEN_TIMEOUT_S": "0.5",
        "OMMATID_EDGE_BACKOFF_CAP_S": "1",
    }
    with mute_site() as mute:
        cameras = {f"c{n}": {"url": f"rtsp://127.0.0.1:{mute.port}/c{n}", "site": "dock"} for n in range(8)}
        with agent(tmp_path, site.fleet(cameras), settings) as running:
            wait_until(lambda: len(mute.asked_for) == 8, lambda: running.log)
            wait_until(lambda: len(running.account["groups"]) == 3)
            assert running.stop() == 0

    assert mute.most == 2
