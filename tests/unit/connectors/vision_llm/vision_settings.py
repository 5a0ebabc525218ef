"""A detector as the fleet file describes it."""

from typing import Any

from ommatid_schemas.fleet_file import VisionLlm


def vision_settings(**changes: Any) -> VisionLlm:
    """Settings with one boolean and one choice to answer."""
    given: dict[str, Any] = {
        "kind": "vision_llm",
        "url": "https://api.example/v1",
        "model": "small-vision",
        "prompt": "Does somebody carry a parcel?",
        "answer": {
            "parcel": {"type": "boolean", "description": "somebody carries one"},
            "carrier": {"type": "text", "choices": ["post", "courier", "none"]},
        },
    }
    return VisionLlm.model_validate(given | changes)
