import json
from typing import Any

import pytest

from ommatid_connectors.vision_llm.answer_schema import MAX_ANSWER_CHARS, AnswerSchema, Malformed
from ommatid_schemas.fleet_file import AnswerField
from tests.unit.connectors.vision_llm.vision_settings import vision_settings

SCHEMA = AnswerSchema(vision_settings().answer)
GOOD = {"parcel": True, "carrier": "post"}


def reply(*frames: Any) -> str:
    return json.dumps({"frames": frames})


def reason(content: str, frames: int = 1) -> str:
    parsed = SCHEMA.parse(content, frames)
    assert isinstance(parsed, Malformed)
    return parsed.reason


def test_the_schema_is_what_a_strict_api_wants():
    assert SCHEMA.json_schema() == {
        "type": "object",
        "properties": {
            "frames": {
                "type": "array",
                "description": "one entry for each picture, in the same order",
                "items": {
                    "type": "object",
                    "properties": {
                        "parcel": {"type": "boolean", "description": "somebody carries one"},
                        "carrier": {"type": "string", "enum": ["post", "courier", "none"]},
                    },
                    "required": ["parcel", "carrier"],
                    "additionalProperties": False,
                },
            }
        },
        "required": ["frames"],
        "additionalProperties": False,
    }


def test_each_frame_gets_its_own_answer_as_compact_json():
    content = reply(GOOD, {"carrier": "none", "parcel": False})

    assert SCHEMA.parse(content, 2) == ('{"parcel":true,"carrier":"post"}', '{"parcel":false,"carrier":"none"}')


def test_a_markdown_fence_around_the_answer_does_no_harm():
    assert SCHEMA.parse(f"```json\n{reply(GOOD)}\n```", 1) == ('{"parcel":true,"carrier":"post"}',)


@pytest.mark.parametrize("name", ["copy", "json", "schema", "model_config", "field_1", "frames"])
def test_a_field_may_be_called_as_anything(name: str):
    schema = AnswerSchema({name: AnswerField(type="integer"), "other": AnswerField(type="text")})

    assert schema.parse(reply({name: 3, "other": "x"}), 1) == (json.dumps({name: 3, "other": "x"}).replace(" ", ""),)


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("text", "ä", 1),
        ("texts", ["a", "b"], "a"),
        ("number", 1, "1"),
        ("number", 0.5, True),
        ("integer", 2, 2.5),
        ("boolean", False, 0),
    ],
)
def test_values_must_have_the_type_that_was_asked_for(kind: Any, good: Any, bad: Any):
    schema = AnswerSchema({"value": AnswerField(type=kind)})

    assert not isinstance(schema.parse(reply({"value": good}), 1), Malformed)
    assert isinstance(schema.parse(reply({"value": bad}), 1), Malformed)


def test_a_list_of_choices_holds_nothing_else():
    schema = AnswerSchema({"seen": AnswerField(type="texts", choices=("van", "bike"))})

    assert schema.parse(reply({"seen": ["van", "bike"]}), 1) == ('{"seen":["van","bike"]}',)
    assert isinstance(schema.parse(reply({"seen": ["boat"]}), 1), Malformed)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("I see a parcel.", "expected JSON"),
        (reply(GOOD)[:-4], "expected JSON"),
        ("", "expected JSON"),
        ("[]", "reply: model_type"),
        ("{}", "frames: missing"),
        (reply({"parcel": True}), r"frames.0.carrier: missing"),
        (reply({"parcel": "yes", "carrier": "post"}), "frames.0.parcel: bool_type"),
        (reply({"parcel": True, "carrier": "bike"}), "frames.0.carrier: literal_error"),
        (reply({**GOOD, "hunter2": 1}), "frames.0: extra_forbidden"),
        (reply(GOOD, GOOD), "expected 1 entries in frames, found 2"),
        (reply(), "expected 1 entries in frames, found 0"),
    ],
)
def test_an_answer_of_another_form_is_refused_without_quoting_it(content: str, fault: str):
    found = reason(content)

    assert fault in found
    assert "hunter2" not in found


def test_an_endless_answer_is_refused():
    schema = AnswerSchema({"value": AnswerField(type="text")})

    assert isinstance(schema.parse(reply({"value": "x" * MAX_ANSWER_CHARS}), 1), Malformed)


def test_numbers_are_finite():
    schema = AnswerSchema({"value": AnswerField(type="number")})

    assert isinstance(schema.parse('{"frames": [{"value": NaN}]}', 1), Malformed)
    assert isinstance(schema.parse('{"frames": [{"value": 1e999}]}', 1), Malformed)
