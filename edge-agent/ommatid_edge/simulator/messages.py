"""RTSP/1.0 messages on the wire: an incremental request parser and responses (RFC 2326, sections 6, 7 and 10.12)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from ommatid_edge.simulator.errors import MalformedRequestError

MAX_HEADER_BYTES = 8_192
MAX_BODY_BYTES = 65_536

_HEADER_END = b"\r\n\r\n"
_REQUEST_LINE = re.compile(r"(?P<method>[A-Z_]{1,32}) (?P<uri>[!-~]+) RTSP/(?P<version>\d\.\d)")
_INTERLEAVED_HEADER_BYTES = 4
_RESPONSE = b"RTSP/"


class Status(IntEnum):
    """Status codes that the simulator answers with (RFC 2326, section 7.1.1)."""

    OK = 200
    BAD_REQUEST = 400
    UNAUTHORIZED = 401
    NOT_FOUND = 404
    CONTENT_TOO_LARGE = 413
    SESSION_NOT_FOUND = 454
    METHOD_NOT_VALID_IN_THIS_STATE = 455
    UNSUPPORTED_TRANSPORT = 461
    NOT_IMPLEMENTED = 501
    VERSION_NOT_SUPPORTED = 505

    @property
    def reason(self) -> str:
        """Reason phrase, e.g. `Not Found`."""
        return "OK" if self is Status.OK else self.name.replace("_", " ").title()


@dataclass(frozen=True, slots=True)
class Request:
    """One RTSP request. Header names are in lower case; a body is read and dropped, since no method needs one."""

    method: str
    uri: str
    headers: Mapping[str, str]

    @property
    def cseq(self) -> str | None:
        """Sequence number to copy into the response, None if there is none that could be copied safely."""
        text = self.headers.get("cseq", "")
        return text if re.fullmatch(r"[0-9]{1,10}", text) else None


@dataclass(frozen=True, slots=True)
class Response:
    """One RTSP response; `CSeq` and `Content-Length` are added when it is encoded."""

    status: Status
    headers: tuple[tuple[str, str], ...] = ()
    body: str = field(default="", repr=False)

    def encode(self, cseq: str | None) -> bytes:
        """Bytes on the wire. `cseq` is copied from the request, None if it had none."""
        body = self.body.encode()
        lines = [f"RTSP/1.0 {self.status.value} {self.status.reason}"]
        if cseq is not None:
            lines.append(f"CSeq: {cseq}")
        lines += [f"{name}: {value}" for name, value in self.headers]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        return "\r\n".join(lines).encode() + _HEADER_END + body


class RequestParser:
    """Finds requests in the bytes of one connection, however they are cut.

    Interleaved data of the client (its RTCP receiver reports) is skipped, and so are responses: a client that takes
    damaged media for a request of ours answers it. What is held between calls stays below
    `MAX_HEADER_BYTES` + `MAX_BODY_BYTES`, whatever a client sends.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()

    @property
    def buffered_bytes(self) -> int:
        """Bytes kept until the rest of their message arrives."""
        return len(self._buffer)

    def feed(self, data: bytes) -> Iterator[Request]:
        """Take more bytes and yield every request that is complete now; consume it before the next call.

        Raises:
            MalformedRequestError: The bytes are no RTSP request or exceed the limits; the connection must be closed.
        """
        self._buffer += data
        while True:
            self._skip_interleaved()
            head = self._next_head()
            if head is None:
                return
            if not head.startswith(_RESPONSE):
                yield parse_request(head)

    def _skip_interleaved(self) -> None:
        """Drop complete interleaved frames and the empty lines that some clients send between messages."""
        while True:
            while self._buffer.startswith((b"\r", b"\n")):
                del self._buffer[:1]
            if not self._buffer.startswith(b"$") or len(self._buffer) < _INTERLEAVED_HEADER_BYTES:
                return
            end = _INTERLEAVED_HEADER_BYTES + int.from_bytes(self._buffer[2:4])
            if len(self._buffer) < end:
                return
            del self._buffer[:end]

    def _next_head(self) -> bytes | None:
        """Take one message out of the buffer: its first line and headers; None if it is not complete."""
        if self._buffer.startswith(b"$"):
            return None
        header_end = self._buffer.find(_HEADER_END, 0, MAX_HEADER_BYTES)
        if header_end < 0:
            if len(self._buffer) >= MAX_HEADER_BYTES:
                raise MalformedRequestError(Status.BAD_REQUEST, f"no end of headers within {MAX_HEADER_BYTES} bytes")
            return None
        head = bytes(self._buffer[:header_end])
        body_bytes = 0 if head.startswith(_RESPONSE) else _body_bytes(parse_request(head))
        end = header_end + len(_HEADER_END) + body_bytes
        if len(self._buffer) < end:
            return None
        del self._buffer[:end]
        return head


def parse_request(head: bytes) -> Request:
    """Parse request line and headers, without the empty line that ends them.

    Raises:
        MalformedRequestError: No request line of RTSP/1.0, or a header line without a colon.
    """
    first, *rest = head.decode("utf-8", errors="replace").split("\r\n")
    line = _REQUEST_LINE.fullmatch(first)
    if line is None:
        raise MalformedRequestError(Status.BAD_REQUEST, "first line is not 'METHOD uri RTSP/1.0'")
    if line["version"] != "1.0":
        raise MalformedRequestError(Status.VERSION_NOT_SUPPORTED, f"version {line['version']}, only 1.0 is served")
    return Request(line["method"], line["uri"], dict(_header(text) for text in rest))


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise MalformedRequestError(Status.BAD_REQUEST, "header line without a name and a colon")
    return name.strip().lower(), value.strip()


def _body_bytes(request: Request) -> int:
    text = request.headers.get("content-length", "0")
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise MalformedRequestError(Status.BAD_REQUEST, "Content-Length is not a whole number")
    if int(text) > MAX_BODY_BYTES:
        raise MalformedRequestError(
            Status.CONTENT_TOO_LARGE, f"body of {text} bytes, at most {MAX_BODY_BYTES} are read"
        )
    return int(text)
