"""One HTTP request to the API; what comes back is a value."""

import time
from collections.abc import Callable
from http.cookiejar import DefaultCookiePolicy
from typing import cast
from urllib.parse import urlsplit

import requests
import urllib3
from pydantic import SecretStr
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from ommatid_connectors.outbound_http import is_loopback, root_cause
from ommatid_connectors.retry_schedule import parse_retry_after
from ommatid_connectors.vision_llm.judgement import NoReply, Reply
from ommatid_schemas.errors import ConfigurationError

_CONNECT_S = 5.0
_MAX_BODY_BYTES = 1024 * 1024
_PIECE_BYTES = 64 * 1024
_NOT_SENT = (
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.ConnectTimeoutError,
    urllib3.exceptions.SSLError,
    urllib3.exceptions.ProxyError,
)


class _Bearer(AuthBase):
    """Sets the key late, so that it is in no header that an exception shows, and no .netrc replaces it."""

    def __init__(self, key: SecretStr | None) -> None:
        self._key = key

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._key is not None:
            r.headers["Authorization"] = f"Bearer {self._key.get_secret_value()}"
        return r


class ChatEndpoint:
    """``POST {url}/chat/completions`` over connections that are kept; any thread may call.

    Redirects are not followed: they would carry frames somewhere else.

    Args:
        url: Base URL of the API, without credentials.
        key: Sent as bearer token; None sends none.
        timeout_s: Longest wait for the answer, and between two pieces of it.
        connections: Requests at the same time.
        path: Place of the detector in the fleet file, for errors.

    Raises:
        ConfigurationError: The key cannot be sent in a header.
    """

    def __init__(self, url: str, key: SecretStr | None, timeout_s: float, connections: int, path: str) -> None:
        parts = urlsplit(url)
        self.shown = f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")
        self._url = f"{url}/chat/completions"
        self._auth = _Bearer(_checked(key, path))
        self._timeout_s = timeout_s
        self._session = _session(connections, proxies=not is_loopback(parts.hostname or ""))

    def __repr__(self) -> str:
        """Scheme, host and port only."""
        return f"ChatEndpoint({self.shown!r})"

    def post(self, body: bytes) -> Reply | NoReply:
        """Send one request and read the whole answer."""
        try:
            with self._session.post(
                self._url,
                data=body,
                auth=self._auth,
                headers={"content-type": "application/json", "user-agent": "ommatid"},
                timeout=(min(_CONNECT_S, self._timeout_s), self._timeout_s),
                allow_redirects=False,
                stream=True,
            ) as response:
                return self._read(response, time.monotonic() + self._timeout_s)
        except requests.RequestException as exc:
            return NoReply(root_cause(exc), sent=not _failed_before_sending(exc))
        except (urllib3.exceptions.HTTPError, OSError) as exc:
            return NoReply(root_cause(exc), sent=True)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _read(self, response: requests.Response, until_s: float) -> Reply | NoReply:
        raw = cast("urllib3.HTTPResponse", response.raw)
        body = b""
        # Piece by piece: the socket's timeout does not end an answer that drips.
        while piece := _read_piece(raw):
            body += piece
            if len(body) > _MAX_BODY_BYTES:
                return NoReply(f"more than {_MAX_BODY_BYTES} bytes", sent=True)
            if time.monotonic() > until_s:
                return NoReply(f"not complete after {self._timeout_s:g} s", sent=True)
        retry_after_s = parse_retry_after(response.headers.get("retry-after"), time.time())
        return Reply(response.status_code, body, retry_after_s)


def _read_piece(raw: urllib3.HTTPResponse) -> bytes:
    return raw.read1(_PIECE_BYTES, decode_content=True)


def _session(connections: int, *, proxies: bool) -> requests.Session:
    session = requests.Session()
    session.trust_env = proxies
    # Nothing that the server sends may change the session: its cookies are all that threads would share.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = HTTPAdapter(pool_connections=1, pool_maxsize=connections, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _checked(key: SecretStr | None, path: str) -> SecretStr | None:
    """The key without the line break that files end with. The HTTP library would show a key that it refuses."""
    if key is None:
        return None
    text = key.get_secret_value().strip()
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        raise ConfigurationError(
            f"{path}.key: expected an API key of visible ASCII characters in the environment variable, "
            "found another form; set it for the worker again"
        )
    return SecretStr(text)


def _failed_before_sending(error: requests.RequestException) -> bool:
    cause = error.args[0] if error.args else None
    return isinstance(getattr(cause, "reason", cause), _NOT_SENT)


Post = Callable[[bytes], Reply | NoReply]
"""What :meth:`ChatEndpoint.post` does: body of a request to what came back."""
