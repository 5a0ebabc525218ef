from datetime import UTC, datetime

import pytest
from pydantic import SecretStr
from standardwebhooks.webhooks import Webhook

from ommatid_connectors.webhook import Signer, WebhookSender, new_secret
from ommatid_schemas.errors import ConfigurationError


@pytest.mark.parametrize(
    "url", ["soc.example/hook", "ftp://soc.example", "https://", "http://soc.example:x", "http://["]
)
def test_a_url_of_another_form_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^deliveries\.soc: expected a URL such as .* found another form$"):
        WebhookSender(SecretStr(url), path="deliveries.soc")


@pytest.mark.parametrize("secret", ["", "password", "whsec_", "whsec_c2hvcnQ=", "whsec_!!!"])
def test_a_secret_of_another_form_is_refused_without_being_shown(secret: str) -> None:
    with pytest.raises(ConfigurationError, match=r"expected whsec_ and Base64 of 24 to 64 bytes") as raised:
        Signer.of([SecretStr(secret)])

    assert "password" not in str(raised.value)


def test_a_fresh_secret_signs_what_the_reference_library_verifies() -> None:
    secret = new_secret()
    body = '{"camera": "Eingang Süd"}'.encode()

    signed = Signer.of([secret]).headers("alert-1", 1_790_000_000, body)

    expected = Webhook(secret.get_secret_value()).sign(
        "alert-1", datetime.fromtimestamp(1_790_000_000, tz=UTC), body.decode()
    )
    assert signed == {"webhook-signature": expected}


def test_each_secret_signs_and_the_signatures_stand_beside_each_other() -> None:
    current, previous = new_secret(), new_secret()

    signed = Signer.of([current, previous]).headers("alert-1", 1_790_000_000, b"{}")["webhook-signature"]

    alone = [Signer.of([secret]).headers("alert-1", 1_790_000_000, b"{}") for secret in (current, previous)]
    assert signed.split(" ") == [it["webhook-signature"] for it in alone]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "10.0.0.7", "[::1]", "169.254.169.254"])
def test_a_private_address_in_the_url_is_refused_before_anything_starts(host: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^deliveries\.soc: expected (a public|no) address"):
        WebhookSender(SecretStr(f"https://{host}/hook"), path="deliveries.soc")


def test_a_sender_does_not_show_its_path_or_password() -> None:
    sender = WebhookSender(SecretStr("https://user:password@soc.example:8443/hooks/token?key=secret"))

    assert repr(sender) == "WebhookSender('https://soc.example:8443')"
