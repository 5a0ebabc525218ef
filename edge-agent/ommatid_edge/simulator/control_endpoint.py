"""The control of a camera server as HTTP on loopback."""

import json
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from ommatid_edge.simulator.control import Answer, answer
from ommatid_edge.simulator.errors import CannotListenError
from ommatid_edge.simulator.server import CameraServer

_HOST = "127.0.0.1"
_MAX_BODY_BYTES = 4_096
_JSON = "application/json"


class ControlEndpoint:
    """Serves the control of one camera server from a thread; anybody on this machine may use it.

    Args:
        server: What is controlled; must be entered while requests come.
        port: Port to bind on 127.0.0.1, 0 for a free one.

    Attributes:
        port: Port that is bound.

    Raises:
        CannotListenError: From the constructor, the port is taken.
    """

    def __init__(self, server: CameraServer, port: int) -> None:
        class Handler(_Handler):
            cameras = server

        try:
            self._http = _Server((_HOST, port), Handler)
        except OSError as exc:
            raise CannotListenError(
                f"camera simulator: cannot listen on {_HOST}:{port} for control ({exc.strerror}); choose another port"
            ) from exc
        self.port = self._http.server_port
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.1,), name="control", daemon=True)

    def start(self) -> None:
        """Answer requests from now on."""
        self._thread.start()

    def close(self) -> None:
        """Answer no more. Not for the thread of the server's event loop, which a request may be waiting for."""
        if self._thread.is_alive():
            self._http.shutdown()
            self._thread.join()
        self._http.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # A request that waits for the camera server must not hold up its end.
    block_on_close = False


class _Handler(BaseHTTPRequestHandler):
    cameras: CameraServer

    def do_GET(self) -> None:
        self._reply(answer(self.cameras, "GET", self.path, b""))

    def do_DELETE(self) -> None:
        self._reply(answer(self.cameras, "DELETE", self.path, b""))

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        # A web page of another site can send forms to loopback, but not JSON.
        if self.headers.get_content_type() != _JSON or not length.isdigit() or int(length) > _MAX_BODY_BYTES:
            sentence = f"expected {_JSON} of at most {_MAX_BODY_BYTES} bytes with a Content-Length"
            self._reply(Answer(HTTPStatus.BAD_REQUEST, {"error": sentence}))
            return
        self._reply(answer(self.cameras, "POST", self.path, self.rfile.read(int(length))))

    def _reply(self, reply: Answer) -> None:
        content = json.dumps(reply.content).encode()
        self.send_response(reply.status)
        self.send_header("Content-Type", _JSON)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Keep quiet: the switchboard logs what changes."""
