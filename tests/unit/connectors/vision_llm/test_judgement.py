import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ommatid_connectors.vision_llm.answer_schema import AnswerSchema
from ommatid_connectors.vision_llm.completion import Tokens
from ommatid_connectors.vision_llm.judgement import Failed, Judgement, NoReply, Reply, judge
from ommatid_connectors.vision_llm.outcomes import Answered, Refused
from tests.strategies import small_json
from tests.unit.connectors.vision_llm.vision_settings import vision_settings

SCHEMA = AnswerSchema(vision_settings().answer)
CONTENT = '{"frames": [{"parcel": true, "carrier": "post"}]}'
USAGE = {"prompt_tokens": 100, "completion_tokens": 7, "total_tokens": 107}


def judged(reply: Reply | NoReply) -> Judgement:
    return judge(SCHEMA, 1, reply, "here")


def completion(content: str | None = CONTENT, finish: str = "stop", **changes: Any) -> Reply:
    message = {"role": "assistant", "content": content, "refusal": changes.pop("refusal", None)}
    body = {"id": "1", "choices": [{"index": 0, "message": message, "finish_reason": finish}], "usage": USAGE}
    return Reply(200, json.dumps(body | changes).encode())


def error(status: int, **detail: str) -> Reply:
    return Reply(status, json.dumps({"error": {"message": "Incorrect API key: hunter2", **detail}}).encode(), 7.0)


def test_a_good_answer_is_billed_as_the_api_counted():
    assert judged(completion()) == Judgement(
        Answered(('{"parcel":true,"carrier":"post"}',)), Tokens(input=100, output=7), billed=True
    )


@pytest.mark.parametrize("usage", [None, {}, {"prompt_tokens": -1}, {"prompt_tokens": 10**400}, "many", [1]])
def test_a_server_that_does_not_count_is_billed_without_tokens(usage: Any):
    found = judged(completion(usage=usage))

    assert isinstance(found.result, Answered)
    assert (found.tokens, found.billed) == (None, True)


@pytest.mark.parametrize(
    "reply",
    [
        completion("no JSON"),
        completion(""),
        completion(None),
        completion('{"frames": [{"parcel": "perhaps", "carrier": "post"}]}'),
        completion(finish="length"),
        completion(choices=[]),
        Reply(200, b"<html>Bad gateway</html>"),
        Reply(200, b'{"choices": [{"message": {"content": "{'),
        Reply(200, b""),
    ],
)
def test_an_answer_of_the_wrong_form_is_asked_again(reply: Reply):
    found = judged(reply)

    assert isinstance(found.result, Failed)
    assert found.result.malformed
    assert found.billed


def test_an_answer_of_the_wrong_form_is_billed_too():
    assert judged(completion("no JSON")).tokens == Tokens(100, 7)
    assert judged(completion(choices=[])).tokens == Tokens(100, 7)


@pytest.mark.parametrize(
    "reply", [completion(None, refusal="I cannot look at people."), completion("", finish="content_filter")]
)
def test_a_model_that_declines_is_not_asked_again(reply: Reply):
    found = judged(reply)

    assert found.result == Refused("here: the model declined to answer")
    assert found.tokens == Tokens(100, 7)


@given(
    st.sampled_from([200, 400, 429, 500]), st.binary(max_size=20) | small_json.map(lambda it: json.dumps(it).encode())
)
def test_no_body_is_an_exception(status: int, body: bytes):
    assert not isinstance(judged(Reply(status, body)).result, Answered)


@given(st.text() | small_json.map(json.dumps), small_json, small_json)
def test_no_content_is_an_exception(content: str, finish: Any, usage: Any):
    assert not isinstance(judged(completion(content, finish, usage=usage)).result, Answered)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 529])
def test_a_server_in_trouble_is_asked_again_as_late_as_it_wants(status: int):
    assert judged(error(status)) == Judgement(Failed(f"here: answered {status}", retry_after_s=7.0))


@pytest.mark.parametrize("status", [204, 301, 400, 401, 403, 404, 413, 422])
def test_a_refusal_is_final_and_free(status: int):
    assert judged(error(status)) == Judgement(Refused(f"here: answered {status}"))


def test_an_account_without_money_is_not_asked_again():
    found = judged(error(429, code="insufficient_quota"))

    assert found.result == Refused("here: answered 429 (insufficient_quota)")


@pytest.mark.parametrize(
    ("detail", "shown"),
    [
        ({"code": "model_not_found"}, " (model_not_found)"),
        ({"type": "invalid_request_error"}, " (invalid_request_error)"),
        ({"code": "sk-hunter2"}, ""),
    ],
)
def test_of_an_error_only_its_code_is_shown(detail: dict[str, str], shown: str):
    assert judged(error(404, **detail)).result == Refused(f"here: answered 404{shown}")


def test_a_request_that_was_sent_may_be_billed_without_an_answer():
    assert judged(NoReply("TimeoutError", sent=True)) == Judgement(
        Failed("here: no answer (TimeoutError)"), billed=True
    )
    assert not judged(NoReply("ConnectionRefusedError", sent=False)).billed
