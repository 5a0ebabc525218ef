"""Signatures and secrets of the Standard Webhooks specification (https://www.standardwebhooks.com)."""

import base64
import binascii
import secrets
from datetime import UTC, datetime

from pydantic import SecretStr
from standardwebhooks.webhooks import Webhook

from ommatid_schemas.errors import ConfigurationError

_PREFIX = "whsec_"
_MIN_BYTES, _MAX_BYTES = 24, 64


def new_secret() -> SecretStr:
    """A fresh secret of 32 random bytes, as ``whsec_`` and Base64."""
    return SecretStr(_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode())


class Signer:
    """Signs messages with one secret.

    Args:
        secret: ``whsec_`` and Base64 of 24 to 64 bytes.
        path: Place of the secret in the configuration, for the error.

    Raises:
        ConfigurationError: The secret has another form.
    """

    def __init__(self, secret: SecretStr, path: str = "webhook secret") -> None:
        self._webhook = Webhook(_key(secret, path))

    def headers(self, message_id: str, sent_at_s: int, body: bytes) -> dict[str, str]:
        """The header ``webhook-signature`` of a message.

        Args:
            message_id: Value of ``webhook-id``.
            sent_at_s: Value of ``webhook-timestamp``, seconds since the Unix epoch.
            body: The request's body, UTF-8.
        """
        sent_at = datetime.fromtimestamp(sent_at_s, tz=UTC)
        return {"webhook-signature": self._webhook.sign(message_id, sent_at, body.decode())}


def _key(secret: SecretStr, path: str) -> bytes:
    text = secret.get_secret_value()
    try:
        key = base64.b64decode(text.removeprefix(_PREFIX) + "=" * (-len(text.removeprefix(_PREFIX)) % 4), validate=True)
    except binascii.Error:
        key = b""
    if not text.startswith(_PREFIX) or not _MIN_BYTES <= len(key) <= _MAX_BYTES:
        raise ConfigurationError(
            f"{path}: expected {_PREFIX} and Base64 of {_MIN_BYTES} to {_MAX_BYTES} bytes, found another form; "
            f"create one with: echo {_PREFIX}$(openssl rand -base64 32)"
        )
    return key
