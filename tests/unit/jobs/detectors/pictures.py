"""Pictures and a vision language model for tests of detectors."""

from typing import Any

import numpy as np

from ommatid_jobs.detectors import Picture
from ommatid_schemas.fleet_file import VisionLlm

_IMAGE = np.zeros((4, 4, 3), dtype=np.uint8)


def picture(camera_id: str = "lobby-1", jpeg: bytes = b"jpeg") -> Picture:
    """A dark one."""
    return Picture(camera_id, jpeg, _IMAGE)


def vision_settings(**changes: Any) -> VisionLlm:
    """Settings with one boolean to answer."""
    given: dict[str, Any] = {
        "kind": "vision_llm",
        "url": "https://api.example/v1",
        "model": "small-vision",
        "key": "{VISION_KEY}",
        "prompt": "Do you see it?",
        "answer": {"seen": {"type": "boolean"}},
    }
    return VisionLlm.model_validate(given | changes)
