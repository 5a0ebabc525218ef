"""A webhook endpoint on the loopback interface, for demonstrations and tests."""

import json
import logging
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from pydantic import SecretStr
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

_logger = logging.getLogger(__name__)
_MAX_BODY_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """How the receiver answers one request.

    Attributes:
        status: HTTP status.
        retry_after_s: Value of ``Retry-After``, whole seconds.
        silent_s: Time that passes before the answer, so that senders run into their timeout.
        location: Value of ``Location``.
        reset: Whether the connection is cut instead of an answer.
    """

    status: int = 200
    retry_after_s: int | None = None
    silent_s: float = 0.0
    location: str | None = None
    reset: bool = False


@dataclass(frozen=True, slots=True)
class Received:
    """One request.

    Attributes:
        message_id: Value of ``webhook-id``.
        received_at_us: Microseconds since the Unix epoch, when the body was read.
        status: How it was answered.
        repeated: Whether a message with this id had been accepted before.
    """

    message_id: str
    received_at_us: int
    status: int
    repeated: bool
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def payload(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def accepted(self) -> bool:
        """Whether this is the request with which the message was taken."""
        return 200 <= self.status < 300 and not self.repeated


class WebhookReceiver:
    """Records what it receives and drops repeats by ``webhook-id``.

    Args:
        script: Answers to the first requests, in order, perhaps without end; later ones are answered 200.
        secret: Checks signatures and answers 401 to wrong ones; None accepts unsigned messages.
        on_accepted: Called once per message, from the server's threads.
    """

    def __init__(
        self,
        script: Iterable[Answer] = (),
        secret: SecretStr | None = None,
        on_accepted: Callable[[Received], None] | None = None,
    ) -> None:
        self._script = iter(script)
        self._verifier = None if secret is None else Webhook(secret.get_secret_value())
        self._on_accepted = on_accepted
        self._received: list[Received] = []
        self._arrived = threading.Condition()
        self._closing = threading.Event()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="webhook-receiver")
        self._thread.start()

    @property
    def url(self) -> str:
        """Where to post to."""
        return f"http://127.0.0.1:{self.port}/alerts"

    @property
    def port(self) -> int:
        """Port on the loopback interface."""
        return self._server.server_port

    @property
    def received(self) -> tuple[Received, ...]:
        """Every request, in order of arrival."""
        with self._arrived:
            return tuple(self._received)

    @property
    def accepted(self) -> tuple[Received, ...]:
        """The request with which each message was taken, in order."""
        return tuple(request for request in self.received if request.accepted)

    def wait_for(self, messages: int, deadline_s: float) -> tuple[Received, ...]:
        """Messages taken so far, as soon as there are this many or the deadline has passed."""
        with self._arrived:
            self._arrived.wait_for(lambda: sum(it.accepted for it in self._received) >= messages, deadline_s)
        return self.accepted

    def close(self) -> None:
        """Stop listening; requests that are kept waiting are answered at once."""
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        """The receiver itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def handle(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """Record a request and say how to answer it; called by the server."""
        answer = self._answer(headers, body)
        request = self._record(headers, body, answer)
        if request.accepted and self._on_accepted is not None:
            self._on_accepted(request)
        if answer.silent_s:
            self._closing.wait(answer.silent_s)
        return answer

    def _answer(self, headers: Mapping[str, str], body: bytes) -> Answer:
        with self._arrived:
            scripted = next(self._script, Answer())
        return scripted if self._is_genuine(headers, body) else Answer(HTTPStatus.UNAUTHORIZED)

    def _is_genuine(self, headers: Mapping[str, str], body: bytes) -> bool:
        if self._verifier is None:
            return True
        try:
            self._verifier.verify(body, dict(headers))
        except WebhookVerificationError:
            return False
        return True

    def _record(self, headers: Mapping[str, str], body: bytes, answer: Answer) -> Received:
        message_id = headers.get("webhook-id", "")
        with self._arrived:
            repeated = any(it.accepted and it.message_id == message_id for it in self._received)
            request = Received(message_id, time.time_ns() // 1000, answer.status, repeated, headers, body)
            self._received.append(request)
            self._arrived.notify_all()
        return request


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, receiver: WebhookReceiver) -> None:
        self.receiver = receiver
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A sender that hangs up is no fault of ours; the base class would write to stderr."""
        del request, client_address
        _logger.debug("sender hung up: %s", sys.exception())


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30.0
    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride]  # narrower than the base class declares

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length", "0"))
        if length > _MAX_BODY_BYTES:
            self.close_connection = True
            self._send(Answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE))
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._send(self.server.receiver.handle(headers, self.rfile.read(length)))

    def _send(self, answer: Answer) -> None:
        if answer.reset:
            self._reset()
            return
        self.send_response(answer.status)
        if answer.retry_after_s is not None:
            self.send_header("retry-after", str(answer.retry_after_s))
        if answer.location is not None:
            self.send_header("location", answer.location)
        self.send_header("content-length", "0")
        self.end_headers()

    def _reset(self) -> None:
        """With a linger of zero, closing answers the sender with a reset."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.rfile.close()
        self.connection.close()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # name of the base class
        _logger.debug(format, *args)
