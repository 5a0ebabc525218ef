import time
from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from ommatid_connectors.webhook import (
    Accepted,
    Answer,
    Refused,
    Retriable,
    Timeouts,
    WebhookReceiver,
    WebhookSender,
    new_secret,
)

BODY = b'{"alert_id": "alert-1"}'


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with WebhookReceiver() as receiver:
        yield receiver


def send(receiver: WebhookReceiver, secret: SecretStr | None = None, answer_s: float = 5.0) -> object:
    timeouts = Timeouts(connect_s=2.0, answer_s=answer_s)
    secrets = () if secret is None else (secret,)
    with WebhookSender(SecretStr(receiver.url), secrets, timeouts, allow_private=True) as sender:
        return sender.send("alert-1", BODY, time.time())


def test_a_signed_message_is_verified_and_accepted() -> None:
    secret = new_secret()
    with WebhookReceiver(secret=secret) as receiver:
        outcome = send(receiver, secret)

    assert outcome == Accepted(200)
    assert [it.payload for it in receiver.accepted] == [{"alert_id": "alert-1"}]


def test_a_wrong_signature_is_refused() -> None:
    with WebhookReceiver(secret=new_secret()) as receiver:
        outcome = send(receiver, new_secret())

    assert isinstance(outcome, Refused)
    assert "answered 401" in outcome.reason
    assert receiver.accepted == ()


def test_a_repeated_message_is_accepted_once(receiver: WebhookReceiver) -> None:
    outcomes = [send(receiver) for _ in range(2)]

    assert outcomes == [Accepted(200), Accepted(200)]
    assert [it.repeated for it in receiver.received] == [False, True]


@pytest.mark.parametrize("status", [500, 502, 503, 408, 429])
def test_a_failing_endpoint_is_tried_again(status: int) -> None:
    with WebhookReceiver([Answer(status, retry_after_s=7)]) as receiver:
        outcome = send(receiver)

    assert isinstance(outcome, Retriable)
    assert outcome.retry_after_s == 7.0


@pytest.mark.parametrize("status", [301, 400, 404, 410])
def test_a_refusal_is_final(status: int) -> None:
    with WebhookReceiver([Answer(status)]) as receiver:
        outcome = send(receiver)

    assert isinstance(outcome, Refused)


def test_a_receiver_may_change_its_secret_at_any_time() -> None:
    old, new = new_secret(), new_secret()
    for secret in (old, new):
        with (
            WebhookReceiver(secret=secret) as receiver,
            WebhookSender(SecretStr(receiver.url), (new, old), allow_private=True) as sender,
        ):
            assert sender.send("alert-1", BODY, time.time()) == Accepted(200)


def test_a_redirect_is_not_followed(receiver: WebhookReceiver) -> None:
    with WebhookReceiver([Answer(307, location=receiver.url)]) as first:
        outcome = send(first)

    assert isinstance(outcome, Refused)
    assert receiver.received == ()


def test_a_connection_that_is_reset_is_tried_again() -> None:
    with WebhookReceiver([Answer(reset=True)]) as receiver:
        outcome = send(receiver)

    assert isinstance(outcome, Retriable)


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f000001"])
def test_a_host_that_turns_out_to_be_private_is_not_connected_to(receiver: WebhookReceiver, host: str) -> None:
    """No address as far as its text says; only the look-up shows where it leads."""
    with WebhookSender(SecretStr(f"http://{host}:{receiver.port}/alerts")) as sender:
        outcome = sender.send("alert-1", BODY, time.time())

    assert isinstance(outcome, Retriable)
    assert "expected a public address, found 127.0.0.1; allow_private: true permits it" in outcome.reason
    assert receiver.received == ()


def test_an_endpoint_that_is_silent_is_tried_again() -> None:
    with WebhookReceiver([Answer(silent_s=30.0)]) as receiver:
        outcome = send(receiver, answer_s=0.1)

    assert isinstance(outcome, Retriable)
    assert "no answer (TimeoutError" in outcome.reason


def test_an_endpoint_that_is_away_is_named_without_its_path(free_port: int) -> None:
    with WebhookSender(SecretStr(f"http://user:password@127.0.0.1:{free_port}/token"), allow_private=True) as sender:
        outcome = sender.send("alert-1", BODY, time.time())

    assert outcome == Retriable(f"http://127.0.0.1:{free_port}: no answer (ConnectionRefusedError)")
