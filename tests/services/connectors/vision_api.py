"""An HTTP server on the loopback interface that behaves as an OpenAI-compatible API does, in good and bad moments."""

import base64
import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

GOOD_FRAME = {"parcel": True, "carrier": "post"}


@dataclass(frozen=True, slots=True)
class Scripted:
    """How one request is answered.

    Attributes:
        body: None answers every frame with GOOD_FRAME.
        silent: Nothing comes before the server closes.
        cut_at: The connection ends after so many bytes of the body, of which the header promises more.
        drips: The body comes byte by byte, for ever.
        hang_up: The connection ends without an answer.
    """

    status: int = 200
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    silent: bool = False
    cut_at: int | None = None
    drips: bool = False
    hang_up: bool = False


def completion(content: str, finish: str = "stop", tokens: tuple[int, int] = (1000, 50)) -> bytes:
    """Body of an answer."""
    return json.dumps(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "model": "small-vision-2026",
            "choices": [
                {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": finish},
            ],
            "usage": {"prompt_tokens": tokens[0], "completion_tokens": tokens[1], "total_tokens": sum(tokens)},
        }
    ).encode()


def api_error(status: int, code: str, retry_after: str | None = None) -> Scripted:
    """An error as the API words it; like the real one, its message quotes the key."""
    body = json.dumps({"error": {"message": "Incorrect key: sk-hunter2", "type": "api_error", "code": code}}).encode()
    return Scripted(status, body, {} if retry_after is None else {"retry-after": retry_after})


@dataclass(frozen=True, slots=True)
class Asked:
    """One request."""

    path: str
    headers: Mapping[str, str]
    body: Any

    @property
    def jpegs(self) -> list[bytes]:
        """The frames in it."""
        parts = self.body["messages"][-1]["content"]
        urls = [part["image_url"]["url"] for part in parts if part["type"] == "image_url"]
        return [base64.b64decode(url.removeprefix("data:image/jpeg;base64,"), validate=True) for url in urls]


class VisionApi:
    """The server. The first requests are answered by the script, later ones well."""

    def __init__(self, script: Iterable[Scripted] = ()) -> None:
        self.asked: list[Asked] = []
        self.closing = threading.Event()
        self._script = list(script)
        self._lock = threading.Lock()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="vision-api")
        self._thread.start()

    @property
    def url(self) -> str:
        """Base URL."""
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def take(self, asked: Asked) -> Scripted:
        """Note a request and say how to answer it."""
        with self._lock:
            self.asked.append(asked)
            return self._script.pop(0) if self._script else Scripted()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, api: VisionApi) -> None:
        self.api = api
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is expected here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 10.0
    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride]  # narrower than the base class declares

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers.get("content-length", "0")))
        asked = Asked(self.path, {name.lower(): value for name, value in self.headers.items()}, json.loads(sent))
        scripted = self.server.api.take(asked)
        if scripted.silent:
            self.server.api.closing.wait()
        if scripted.silent or scripted.hang_up:
            self.close_connection = True
        else:
            self._answer(scripted, asked)

    def _answer(self, scripted: Scripted, asked: Asked) -> None:
        good = completion(json.dumps({"frames": [GOOD_FRAME] * len(asked.jpegs)}))
        body = good if scripted.body is None else scripted.body
        self.send_response(scripted.status)
        for name, value in scripted.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(10**6 if scripted.drips else len(body)))
        self.end_headers()
        if scripted.drips:
            self._drip()
        self.wfile.write(body[: scripted.cut_at])
        self.close_connection = scripted.cut_at is not None or scripted.drips

    def _drip(self) -> None:
        while not self.server.api.closing.wait(0.01):
            self.wfile.write(b" ")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # name of the base class
        """Say nothing."""
