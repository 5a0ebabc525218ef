"""Posts one message to one endpoint by the Standard Webhooks convention; the outcome is a value."""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import SplitResult, urlsplit

import requests
import urllib3
from pydantic import SecretStr

from ommatid_connectors.delivery_outcome import Accepted, Outcome, Refused, Retriable
from ommatid_connectors.guarded_connection import AddressRefused, GuardedAdapter
from ommatid_connectors.outbound_address import literal_refusal
from ommatid_connectors.outbound_http import innermost, is_loopback
from ommatid_connectors.retry_schedule import parse_retry_after
from ommatid_connectors.webhook.signing import Signer
from ommatid_schemas.errors import ConfigurationError

_RETRIABLE_STATUS = frozenset({408, 425, 429})
_ANSWER_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long one attempt may take.

    Attributes:
        connect_s: Until the connection stands.
        answer_s: Between two pieces of the answer.
    """

    connect_s: float = 5.0
    answer_s: float = 10.0


class WebhookSender:
    """One endpoint, over connections that are kept; to be used from one thread.

    Redirects are not followed, and the address that the host resolves to is looked at before each
    connection: see :mod:`ommatid_connectors.outbound_address`. Of the URL only scheme, host and port
    ever appear in an outcome or an error, because path and query often hold a token.

    Args:
        url: http or https.
        secrets: Sign the messages, the current one first; without one they are unsigned.
        timeouts: Of one attempt.
        path: Place of the endpoint in the configuration, for errors.
        allow_private: Whether loopback, private and link-local addresses are allowed.

    Raises:
        ConfigurationError: URL or secret have a wrong form, or the URL names an address that is not allowed.
    """

    def __init__(
        self,
        url: SecretStr,
        secrets: Sequence[SecretStr] = (),
        timeouts: Timeouts | None = None,
        path: str = "webhook",
        *,
        allow_private: bool = False,
    ) -> None:
        self._url = url
        parts = _checked(url, path, allow_private=allow_private)
        self._shown = f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")
        self._signer = Signer.of(secrets, path)
        self._timeouts = timeouts or Timeouts()
        self._session = requests.Session()
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, GuardedAdapter(allow_private=allow_private))
        # A proxy of the environment cannot reach this machine's own loopback interface.
        self._session.trust_env = not is_loopback(parts.hostname or "")

    def __repr__(self) -> str:
        """Scheme, host and port only."""
        return f"WebhookSender({self._shown!r})"

    def send(self, message_id: str, body: bytes, sent_at_s: float) -> Outcome:
        """Post a message once.

        Args:
            message_id: Value of ``webhook-id``; the same on every attempt, so that the endpoint can drop repeats.
            body: JSON, UTF-8.
            sent_at_s: Seconds since the Unix epoch, for ``webhook-timestamp``.
        """
        headers = self._headers(message_id, body, int(sent_at_s))
        try:
            with self._session.post(
                self._url.get_secret_value(),
                data=body,
                headers=headers,
                timeout=(self._timeouts.connect_s, self._timeouts.answer_s),
                allow_redirects=False,
                stream=True,
            ) as response:
                _drain(response)
                return self._judge(response, sent_at_s)
        except requests.RequestException as exc:
            return Retriable(f"{self._shown}: no answer ({_cause(exc)})")

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def __enter__(self) -> Self:
        """The sender itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def _headers(self, message_id: str, body: bytes, sent_at_s: int) -> dict[str, str]:
        headers = {
            "content-type": "application/json",
            "user-agent": "ommatid",
            "webhook-id": message_id,
            "webhook-timestamp": str(sent_at_s),
        }
        return headers | self._signer.headers(message_id, sent_at_s, body)

    def _judge(self, response: requests.Response, now_s: float) -> Outcome:
        status = response.status_code
        if 200 <= status < 300:
            return Accepted(status)
        reason = f"{self._shown}: answered {status} {response.reason or ''}".rstrip()
        if status >= 500 or status in _RETRIABLE_STATUS:
            return Retriable(reason, parse_retry_after(response.headers.get("retry-after"), now_s))
        return Refused(reason)


def _checked(url: SecretStr, path: str, *, allow_private: bool) -> SplitResult:
    parts = _split(url)
    if parts is None or not parts.hostname:
        raise ConfigurationError(f"{path}: expected a URL such as https://soc.example/hook, found another form")
    refused = literal_refusal(parts.hostname, allow_private=allow_private)
    if refused is not None:
        raise ConfigurationError(f"{path}: {refused}")
    return parts


def _split(url: SecretStr) -> SplitResult | None:
    with contextlib.suppress(ValueError):
        parts = urlsplit(url.get_secret_value())
        # Reading the port checks it.
        if parts.scheme in {"http", "https"} and parts.port != 0:
            return parts
    return None


def _cause(error: requests.RequestException) -> str:
    """What went wrong, without the URL that messages of the library hold."""
    inner = innermost(error)
    return str(inner) if isinstance(inner, AddressRefused) else type(inner).__name__


def _drain(response: requests.Response) -> None:
    """Read the answer's body, so that the connection can be used again; the status already decides."""
    with contextlib.suppress(urllib3.exceptions.HTTPError, OSError):
        response.raw.read(_ANSWER_BYTES)


Send = Callable[[str, bytes, float], Outcome]
"""What :meth:`WebhookSender.send` does: (message id, body, seconds since the epoch) to outcome."""
