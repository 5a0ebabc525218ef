"""Signatures and secrets of the Standard Webhooks specification (https://www.standardwebhooks.com)."""

import base64
import binascii
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Self

from pydantic import SecretStr
from standardwebhooks.webhooks import Webhook

from ommatid_schemas.errors import ConfigurationError

_PREFIX = "whsec_"
_MIN_BYTES, _MAX_BYTES = 24, 64


def new_secret() -> SecretStr:
    """A fresh secret of 32 random bytes, as ``whsec_`` and Base64."""
    return SecretStr(_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode())


class Signer:
    """Signs messages with one or more secrets, so that receivers can change theirs without losing a message.

    Args:
        keys: Bytes of the secrets, from :func:`secret_key`; the first is the current one.
    """

    def __init__(self, *keys: bytes) -> None:
        self._webhooks = [Webhook(key) for key in keys]

    @classmethod
    def of(cls, secrets: Sequence[SecretStr], path: str = "webhook") -> Self:
        """Signer of secrets as they are configured.

        Args:
            secrets: ``whsec_`` and Base64 of 24 to 64 bytes, each; the current one first.
            path: Place in the configuration, for the error.

        Raises:
            ConfigurationError: A secret has another form.
        """
        return cls(*(secret_key(secret, f"{path} secret {number}") for number, secret in enumerate(secrets, start=1)))

    def headers(self, message_id: str, sent_at_s: int, body: bytes) -> dict[str, str]:
        """The header ``webhook-signature`` of a message: one signature per secret, separated by spaces.

        Args:
            message_id: Value of ``webhook-id``.
            sent_at_s: Value of ``webhook-timestamp``, seconds since the Unix epoch.
            body: The request's body, UTF-8.

        Returns:
            Nothing without a secret.
        """
        sent_at, text = datetime.fromtimestamp(sent_at_s, tz=UTC), body.decode()
        signatures = [webhook.sign(message_id, sent_at, text) for webhook in self._webhooks]
        return {"webhook-signature": " ".join(signatures)} if signatures else {}


def secret_key(secret: SecretStr, path: str) -> bytes:
    """Bytes of a secret.

    Raises:
        ConfigurationError: It has another form than ``whsec_`` and Base64 of 24 to 64 bytes.
    """
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
