"""The body of a request to ``/chat/completions``. Pure.

Follows OpenAI's API reference, "Create chat completion", of which only what compatible servers share is used.
"""

import base64
import json
from collections.abc import Sequence
from typing import Any

from ommatid_connectors.vision_llm.answer_schema import AnswerSchema
from ommatid_schemas.fleet_file import VisionLlm

_ORDER = (
    "You are given pictures of one camera, oldest first. "
    'Reply with JSON whose "frames" has one entry for each picture, in the same order.'
)
_CHARS_PER_TOKEN = 4
_TOKENS_PER_IMAGE = 1000


def request_body(settings: VisionLlm, schema: AnswerSchema, jpegs: Sequence[bytes]) -> bytes:
    """JSON of one request.

    Args:
        settings: Model, prompt and limits.
        schema: Form of the answer.
        jpegs: Frames of one camera, oldest first, as JPEG.
    """
    images = [part for number, jpeg in enumerate(jpegs, 1) for part in _picture(number, len(jpegs), jpeg, settings)]
    body: dict[str, Any] = {
        "model": settings.model,
        "messages": [
            {"role": "system", "content": _instructions(settings, schema)},
            {"role": "user", "content": images},
        ],
        settings.output_limit: settings.max_output_tokens * len(jpegs),
        **_response_format(settings, schema),
    }
    if settings.temperature is not None:
        body["temperature"] = settings.temperature
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def nominal_tokens(settings: VisionLlm, frames: int) -> tuple[int, int]:
    """Rough size of a question, input and output tokens, for as long as no answer has shown the real one.

    The output is the upper bound; an image is taken for 1,000 tokens, of which models make 85 to several thousand.
    """
    text = len(settings.prompt) // _CHARS_PER_TOKEN
    return text + _TOKENS_PER_IMAGE * frames, settings.max_output_tokens * frames


def _instructions(settings: VisionLlm, schema: AnswerSchema) -> str:
    parts = [settings.prompt.strip(), _ORDER]
    if settings.structured != "json_schema":
        parts.append(f"It must follow this JSON schema, with nothing around it:\n{json.dumps(schema.json_schema())}")
    return "\n\n".join(parts)


def _picture(number: int, of: int, jpeg: bytes, settings: VisionLlm) -> list[dict[str, Any]]:
    data = f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode('ascii')}"
    return [
        {"type": "text", "text": f"Picture {number} of {of}:"},
        {"type": "image_url", "image_url": {"url": data, "detail": settings.detail}},
    ]


def _response_format(settings: VisionLlm, schema: AnswerSchema) -> dict[str, Any]:
    if settings.structured == "prompt":
        return {}
    if settings.structured == "json_object":
        return {"response_format": {"type": "json_object"}}
    named = {"name": "frames", "strict": True, "schema": schema.json_schema()}
    return {"response_format": {"type": "json_schema", "json_schema": named}}
