import base64
import json
from typing import Any

import pytest

from ommatid_connectors.vision_llm.answer_schema import AnswerSchema
from ommatid_connectors.vision_llm.question import request_body
from ommatid_schemas.fleet_file import VisionLlm
from tests.unit.connectors.vision_llm.vision_settings import vision_settings


def body(settings: VisionLlm, *jpegs: bytes) -> Any:
    return json.loads(request_body(settings, AnswerSchema(settings.answer), jpegs))


def test_frames_are_sent_in_order_as_base64_jpeg():
    parts = body(vision_settings(detail="low"), b"first", b"second")["messages"][1]["content"]
    images = [part["image_url"] for part in parts if part["type"] == "image_url"]

    assert [image["url"] for image in images] == [
        f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}" for jpeg in (b"first", b"second")
    ]
    assert {image["detail"] for image in images} == {"low"}
    assert [part["text"] for part in parts if part["type"] == "text"] == ["Picture 1 of 2:", "Picture 2 of 2:"]


def test_the_form_of_the_answer_is_sent_as_a_strict_schema():
    settings = vision_settings()
    sent = body(settings, b"one")

    assert sent["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "frames", "strict": True, "schema": AnswerSchema(settings.answer).json_schema()},
    }
    assert '"type"' not in sent["messages"][0]["content"]


@pytest.mark.parametrize(("structured", "sent"), [("json_object", {"type": "json_object"}), ("prompt", None)])
def test_without_support_for_schemas_the_schema_is_in_the_prompt(structured: str, sent: object):
    settings = vision_settings(structured=structured)
    found = body(settings, b"one")

    assert found.get("response_format") == sent
    assert json.dumps(AnswerSchema(settings.answer).json_schema()) in found["messages"][0]["content"]


def test_the_length_limit_grows_with_the_frames_under_the_name_that_the_model_wants():
    settings = vision_settings(max_output_tokens=100, output_limit="max_completion_tokens")
    sent = body(settings, b"one", b"two", b"three")

    assert sent["max_completion_tokens"] == 300
    assert "max_tokens" not in sent


def test_a_temperature_is_sent_only_when_it_is_set():
    assert "temperature" not in body(vision_settings(), b"one")
    assert body(vision_settings(temperature=0), b"one")["temperature"] == 0
