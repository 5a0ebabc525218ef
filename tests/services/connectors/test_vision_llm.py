"""The client against a real HTTP server that behaves as the API does."""

import logging
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pydantic import SecretStr

from ommatid_connectors.retry_schedule import RetrySchedule
from ommatid_connectors.vision_llm import (
    Answered,
    BudgetExhausted,
    Outcome,
    RateLimited,
    Refused,
    RetryPolicy,
    Surroundings,
    Unavailable,
    Unusable,
    VisionLlmClient,
)
from ommatid_schemas import ConfigurationError
from ommatid_schemas.fleet_file import VisionLlm
from tests.services.connectors.vision_api import Scripted, VisionApi, api_error, completion

JPEG = b"\xff\xd8 one \xff\xd9"
GOOD = '{"parcel":true,"carrier":"post"}'
ONCE = RetryPolicy(max_attempts=1)
KEY = SecretStr("sk-hunter2")


def settings(url: str, **changes: Any) -> VisionLlm:
    given: dict[str, Any] = {
        "kind": "vision_llm",
        "url": url,
        "model": "small-vision",
        "prompt": "Does somebody carry a parcel?",
        "answer": {"parcel": {"type": "boolean"}, "carrier": {"type": "text", "choices": ["post", "none"]}},
        "rate": 1000,
        "timeout": 5,
    }
    return VisionLlm.model_validate(given | changes)


class Pauses:
    """Notes how long the client would have waited, and does not wait."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def __call__(self, closing: threading.Event, seconds: float) -> bool:
        if seconds:
            self.seconds.append(seconds)
        return closing.is_set()


def client(
    api: VisionApi, pauses: Pauses | None = None, retries: RetryPolicy | None = None, **changes: Any
) -> VisionLlmClient:
    surroundings = Surroundings(draw=lambda: 1.0, pause=pauses or Pauses())
    return VisionLlmClient("parcels", settings(api.url, **changes), KEY, retries=retries, surroundings=surroundings)


def ask(api: VisionApi, jpegs: Sequence[bytes] = (JPEG,), pauses: Pauses | None = None, **changes: Any) -> Outcome:
    with client(api, pauses, **changes) as asking:
        return asking.ask(jpegs)


def test_several_frames_are_one_request_with_the_key_in_its_header():
    with VisionApi() as api:
        outcome = ask(api, (b"first", b"second"))
        [asked] = api.asked

    assert outcome == Answered((GOOD, GOOD))
    assert asked.path == "/v1/chat/completions"
    assert (asked.headers["authorization"], asked.headers["content-type"]) == ("Bearer sk-hunter2", "application/json")
    assert asked.jpegs == [b"first", b"second"]
    assert asked.body["model"] == "small-vision"
    assert asked.body["response_format"]["json_schema"]["strict"] is True


def test_without_a_key_no_authorisation_is_sent_even_if_netrc_has_one(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
):
    netrc = tmp_path_factory.mktemp("home") / "netrc"
    netrc.write_text("default login somebody password hunter2\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with VisionApi() as api, VisionLlmClient("parcels", settings(api.url), None) as asking:
        assert isinstance(asking.ask([JPEG]), Answered)
        assert "authorization" not in api.asked[0].headers


@pytest.mark.parametrize("status", [500, 502, 503, 529])
def test_a_server_in_trouble_is_asked_again(status: int):
    pauses = Pauses()
    with VisionApi([api_error(status, "server_error"), api_error(status, "overloaded")]) as api:
        outcome = ask(api, pauses=pauses)

    assert outcome == Answered((GOOD,))
    assert len(api.asked) == 3
    assert pauses.seconds == [1.0, 2.0]


def test_too_many_requests_are_asked_again_when_the_server_wants():
    pauses = Pauses()
    with VisionApi([api_error(429, "rate_limit_exceeded", retry_after="7")]) as api:
        outcome = ask(api, pauses=pauses)

    assert outcome == Answered((GOOD,))
    assert pauses.seconds == [7.0]


def test_a_wait_beyond_all_patience_is_not_begun():
    pauses = Pauses()
    with VisionApi([api_error(429, "rate_limit_exceeded", retry_after="3600")]) as api:
        outcome = ask(api, pauses=pauses)

    assert isinstance(outcome, Unavailable)
    assert outcome.reason.endswith("answered 429 (rate_limit_exceeded)")
    assert pauses.seconds == []


@pytest.mark.parametrize(
    ("status", "code"), [(400, "context_length_exceeded"), (401, "invalid_api_key"), (404, "model_not_found")]
)
def test_a_refusal_is_final(status: int, code: str):
    with VisionApi([api_error(status, code)]) as api:
        outcome = ask(api)
        where = f"detectors.parcels at {api.url.removesuffix('/v1')}"

    assert outcome == Refused(f"{where}: answered {status} ({code})")
    assert len(api.asked) == 1


def test_a_redirect_is_not_followed():
    with VisionApi() as elsewhere, VisionApi([Scripted(307, b"", {"location": f"{elsewhere.url}/x"})]) as api:
        outcome = ask(api)

        assert isinstance(outcome, Refused)
        assert elsewhere.asked == []


@pytest.mark.parametrize(
    ("moment", "cause"),
    [
        (Scripted(hang_up=True), "RemoteDisconnected"),
        (Scripted(cut_at=20), "IncompleteRead"),
        (Scripted(cut_at=0), "IncompleteRead"),
        (Scripted(body=b" " * 2_000_000), "more than 1048576 bytes"),
    ],
)
def test_a_broken_connection_is_asked_again(moment: Scripted, cause: str):
    with VisionApi([moment]) as api:
        assert ask(api) == Answered((GOOD,))
    with VisionApi([moment]) as api:
        lost = ask(api, retries=ONCE)

    assert isinstance(lost, Unavailable)
    assert cause in lost.reason


@pytest.mark.parametrize(
    ("moment", "cause"), [(Scripted(silent=True), "TimeoutError"), (Scripted(drips=True), "0.2 s")]
)
def test_a_slow_answer_is_asked_again(moment: Scripted, cause: str):
    with VisionApi([moment]) as api:
        assert ask(api, timeout=0.2) == Answered((GOOD,))
    with VisionApi([moment]) as api:
        lost = ask(api, timeout=0.2, retries=ONCE)

    assert isinstance(lost, Unavailable)
    assert cause in lost.reason


def test_a_server_that_is_away_costs_nothing(free_port: int):
    configured = settings(f"http://127.0.0.1:{free_port}/v1", budget=1, prices={"input": 1, "output": 1})
    with VisionLlmClient("parcels", configured, KEY, retries=ONCE) as asking:
        outcome = asking.ask([JPEG])

    assert outcome == Unavailable(
        f"detectors.parcels at http://127.0.0.1:{free_port}: no answer (ConnectionRefusedError)"
    )
    assert asking.statistics().spent_micros == 0


WRONG = {
    "no JSON at all": Scripted(body=b"<html>"),
    "truncated JSON": Scripted(body=completion("x")[:-9]),
    "no choices": Scripted(body=b'{"choices": []}'),
    "prose": Scripted(body=completion("I see a parcel.")),
    "truncated answer": Scripted(body=completion('{"frames": [{"parcel": tr', finish="length")),
    "another type": Scripted(body=completion('{"frames": [{"parcel": "yes", "carrier": "post"}]}')),
    "another field": Scripted(body=completion('{"frames": [{"parcel": true, "carrier": "post", "sure": true}]}')),
    "too few entries": Scripted(body=completion('{"frames": []}')),
}


@pytest.mark.parametrize("moment", WRONG.values(), ids=WRONG.keys())
def test_an_answer_of_the_wrong_form_is_asked_for_once_more(moment: Scripted):
    with VisionApi([moment]) as api:
        assert ask(api) == Answered((GOOD,))
    with VisionApi([moment] * 2) as api:
        outcome = ask(api)

    assert isinstance(outcome, Unusable)
    assert len(api.asked) == 2


def test_attempts_are_bounded():
    with VisionApi([api_error(503, "overloaded")] * 20) as api:
        outcome = ask(api, retries=RetryPolicy(RetrySchedule(give_up_after_s=1e6), max_attempts=5))

    assert isinstance(outcome, Unavailable)
    assert len(api.asked) == 5


def test_a_spent_budget_is_an_answer_and_no_request():
    answer = completion('{"frames": [{"parcel": true, "carrier": "post"}]}', tokens=(1_000_000, 0))
    with (
        VisionApi([Scripted(body=answer)]) as api,
        client(api, budget=1, prices={"input": 0.9, "output": 0.5}) as asking,
    ):
        outcomes = [asking.ask([JPEG]) for _ in range(3)]

    assert outcomes[0] == Answered((GOOD,))
    assert [type(outcome) for outcome in outcomes[1:]] == [BudgetExhausted, BudgetExhausted]
    assert len(api.asked) == 1
    counted = asking.statistics()
    assert (counted.requests, counted.answered, counted.budget_exhausted) == (1, 1, 2)
    assert (counted.input_tokens, counted.spent_micros) == (1_000_000, 900_000)


def test_requests_keep_to_the_rate():
    pauses = Pauses()
    still = Surroundings(now_s=lambda: 0.0, pause=pauses)
    with VisionApi() as api:
        configured = settings(api.url, rate=0.1, in_flight=2, give_up_after=15)
        with VisionLlmClient("parcels", configured, KEY, surroundings=still) as asking:
            outcomes = [asking.ask([JPEG]) for _ in range(4)]

    assert [type(outcome) for outcome in outcomes] == [Answered, Answered, Answered, RateLimited]
    assert len(api.asked) == 3
    assert pauses.seconds == [10.0]


def test_the_error_rate_counts_every_attempt():
    with VisionApi([api_error(503, "overloaded")] * 3) as api, client(api) as asking:
        asking.ask([JPEG])

    counted = asking.statistics()
    assert (counted.requests, counted.failed_requests, counted.error_rate) == (4, 3, 0.75)


def test_several_threads_may_ask_at_once():
    with VisionApi() as api, client(api) as asking, ThreadPoolExecutor(8) as threads:
        frames = [f"frame {number}".encode() for number in range(32)]
        outcomes = list(threads.map(asking.ask, [[frame] for frame in frames]))

    assert outcomes == [Answered((GOOD,))] * 32
    assert sorted(asked.jpegs[0] for asked in api.asked) == sorted(frames)
    assert asking.statistics().requests == 32


def test_closing_ends_a_wait():
    with VisionApi([api_error(429, "rate_limit_exceeded", retry_after="50")]) as api:
        waiting, outcomes = threading.Event(), list[Outcome]()

        def pause(closing: threading.Event, seconds: float) -> bool:
            if seconds:
                waiting.set()
            return closing.wait(seconds)

        asking = VisionLlmClient("parcels", settings(api.url), KEY, surroundings=Surroundings(pause=pause))
        thread = threading.Thread(target=lambda: outcomes.append(asking.ask([JPEG])))
        thread.start()
        assert waiting.wait(30)
        asking.close()
        thread.join(30)

    assert [type(outcome) for outcome in outcomes] == [Unavailable]


def test_the_key_is_shown_nowhere(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    moments = [api_error(401, "sk-hunter2"), Scripted(hang_up=True), Scripted(body=b"sk-hunter2"), api_error(500, "x")]
    for moment in moments:
        with VisionApi([moment] * 2) as api, client(api, retries=ONCE) as asking:
            shown = repr((asking, asking.ask([JPEG]), asking.statistics()))
            assert "hunter2" not in shown

    assert "hunter2" not in caplog.text


@pytest.mark.parametrize("key", ["", "  ", "sk hunter2", "sk-hünter2", "sk-hunter2\nx: y"])
def test_a_key_that_no_header_can_hold_is_refused_and_not_shown(key: str):
    with pytest.raises(ConfigurationError, match=r"detectors\.parcels\.key: expected an API key") as refused:
        VisionLlmClient("parcels", settings("http://127.0.0.1:1/v1"), SecretStr(key))

    assert "nter2" not in str(refused.value)


def test_a_line_break_after_the_key_does_no_harm():
    with VisionApi() as api, VisionLlmClient("parcels", settings(api.url), SecretStr("sk-hunter2\n")) as asking:
        assert isinstance(asking.ask([JPEG]), Answered)
        assert api.asked[0].headers["authorization"] == "Bearer sk-hunter2"
