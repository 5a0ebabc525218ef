"""Several evidence frames as one short animated picture. Pure.

Form: https://developers.google.com/speed/webp/docs/riff_container, "Animation".
"""

import io
from collections.abc import Sequence
from itertools import pairwise

import cv2
from PIL import Image as Pillow

from ommatid_jobs.detectors.detector import Image

MAX_FRAMES = 12
"""Frames of a clip; of more, as many are chosen that lie evenly between the first and the last."""

MAX_CLIP_BYTES = 1024 * 1024

_WIDTHS_PX = (640, 480, 320, 160)
_QUALITY = 60
_SHOWN_MS = (100, 2_000)
_LAST_SHOWN_MS = 1_500


def chosen(frames: int) -> list[int]:
    """Numbers of the frames that a clip of so many shows: the first, the last, and evenly between them."""
    if frames <= MAX_FRAMES:
        return list(range(frames))
    return [number * (frames - 1) // (MAX_FRAMES - 1) for number in range(MAX_FRAMES)]


def durations_ms(captured_at_us: Sequence[int]) -> list[int]:
    """How long each frame is shown: until the next was captured, 0.1 s at least and 2 s at most.

    Args:
        captured_at_us: Oldest first, microseconds since the epoch.
    """
    shortest, longest = _SHOWN_MS
    until_next = (round((after - before) / 1000) for before, after in pairwise(captured_at_us))
    return [*(min(max(shown, shortest), longest) for shown in until_next), _LAST_SHOWN_MS]


def animated_webp(images: Sequence[Image], shown_ms: Sequence[int], max_bytes: int = MAX_CLIP_BYTES) -> bytes | None:
    """Encode a clip that repeats for ever, smaller and smaller until it is within the bound.

    Args:
        images: (H, W, 3) uint8 BGR each, two or more; all are scaled to the size of the first.
        shown_ms: How long each is shown, milliseconds.
        max_bytes: Longest file.

    Returns:
        None where even the smallest is too large.
    """
    height_px, width_px = images[0].shape[:2]
    for wide_px in _WIDTHS_PX:
        size_px = min(wide_px, width_px), max(1, round(height_px * min(wide_px, width_px) / width_px))
        clip = _encoded(images, shown_ms, size_px)
        if len(clip) <= max_bytes:
            return clip
    return None


def _encoded(images: Sequence[Image], shown_ms: Sequence[int], size_px: tuple[int, int]) -> bytes:
    scaled = (cv2.resize(image, size_px, interpolation=cv2.INTER_AREA) for image in images)
    first, *others = (Pillow.fromarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB)) for image in scaled)
    file = io.BytesIO()
    first.save(
        file,
        "WEBP",
        save_all=True,
        append_images=others,
        duration=list(shown_ms),
        loop=0,
        quality=_QUALITY,
        method=2,
    )
    return file.getvalue()
