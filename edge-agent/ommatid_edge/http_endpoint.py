"""``/metrics``, ``/healthz`` and ``/readyz`` over HTTP."""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from ommatid_schemas.errors import ConfigurationError

Check = Callable[[], str | None]
"""Returns None when all is well, else one sentence."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What is served: metrics of a registry, liveness and readiness."""

    registry: CollectorRegistry
    healthy: Check
    ready: Check

    def answer(self, path: str) -> tuple[HTTPStatus, str, bytes]:
        """Status, content type and body for a path."""
        match path.partition("?")[0]:
            case "/metrics":
                return HTTPStatus.OK, CONTENT_TYPE_LATEST, generate_latest(self.registry)
            case "/healthz":
                return _verdict(self.healthy())
            case "/readyz":
                return _verdict(self.ready())
            case _:
                return HTTPStatus.NOT_FOUND, "text/plain", b"try /metrics, /healthz or /readyz\n"


@contextmanager
def serve(endpoint: Endpoint, host: str, port: int) -> Generator[int]:
    """Serve for the length of a ``with`` block; gives the port that was bound.

    Raises:
        ConfigurationError: The address cannot be bound.
    """
    try:
        server = ThreadingHTTPServer((host, port), _handler(endpoint))
    except OSError as exc:
        raise ConfigurationError(
            f"metrics at {host}:{port}: expected a free port, found: {exc.strerror}; "
            "choose another with --metrics-port or OMMATID_EDGE_METRICS_PORT (0 takes a free one)"
        ) from exc
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, name="http", daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _verdict(complaint: str | None) -> tuple[HTTPStatus, str, bytes]:
    status = HTTPStatus.OK if complaint is None else HTTPStatus.SERVICE_UNAVAILABLE
    return status, "text/plain", f"{complaint or 'ok'}\n".encode()


def _handler(endpoint: Endpoint) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, content_type, body = endpoint.answer(self.path)
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - name set by the base class
            """Stay silent: probes come every few seconds."""

    return Handler
