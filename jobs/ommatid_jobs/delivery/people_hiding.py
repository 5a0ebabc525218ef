"""Faces or whole persons of a picture made unrecognisable, by the boxes of a detector. Pure.

A hidden area keeps no more than the mean colour of nine blocks at most, between which it is
interpolated. Mosaics of many small blocks can be told apart by a model that was trained on them
(R. McPherson, R. Shokri, V. Shmatikov, "Defeating Image Obfuscation with Deep Learning", 2016), hence so few.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from ommatid_jobs.detectors.detector import Image
from ommatid_jobs.detectors.fleet_models import PERSON
from ommatid_schemas.events import Box
from ommatid_schemas.fleet_file import Redaction

_BLOCKS = 3
"""Along the longer side of an area."""
_MARGIN = 0.1
"""Of a box's size, on each side: boxes are seldom drawn too large."""
_HEAD_OF_HEIGHT, _HEAD_OF_WIDTH = 0.3, 0.75
"""A head is in the top of a box; where only the upper body is in the picture, the width says in how much of it."""


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of pixels; ``right`` and ``bottom`` are outside."""

    left: int
    top: int
    right: int
    bottom: int


def hide_people(image: Image, boxes: Iterable[Box], redaction: Redaction) -> Image:
    """A copy of an image in which persons, or their heads, cannot be recognised.

    Args:
        image: (H, W, 3) uint8 BGR.
        boxes: All that a detector saw in it.
        redaction: What is hidden.
    """
    hidden = image.copy()
    for area in hidden_areas(boxes, redaction, (image.shape[1], image.shape[0])):
        part = hidden[area.top : area.bottom, area.left : area.right]
        part[:] = _smooth(block_means(part), (part.shape[1], part.shape[0]))
    return hidden


def hidden_areas(boxes: Iterable[Box], redaction: Redaction, size_px: tuple[int, int]) -> tuple[Area, ...]:
    """What of a picture is hidden.

    Args:
        boxes: All that a detector saw in it.
        redaction: What is hidden.
        size_px: Width and height of the picture.
    """
    if redaction is Redaction.NONE:
        return ()
    return tuple(area for box in boxes if box.label == PERSON for area in _areas(box, redaction, size_px))


def block_edges(size_px: int, longer_px: int) -> list[int]:
    """Where the blocks along one side of an area begin, and where the last one ends."""
    blocks = min(size_px, max(1, round(_BLOCKS * size_px / longer_px)))
    return [size_px * number // blocks for number in range(blocks + 1)]


def block_means(part: Image) -> Image:
    """Mean colour of each block of an area, rounded down; all that is kept of it."""
    longer_px = max(part.shape[:2])
    rows, columns = (block_edges(size_px, longer_px) for size_px in part.shape[:2])
    means = [
        [_mean(part[top:bottom, left:right]) for left, right in pairwise(columns)] for top, bottom in pairwise(rows)
    ]
    return np.array(means, dtype=np.uint8)


def _mean(block: Image) -> list[int]:
    # Sums of bytes are exact in double precision, in whatever order they are added.
    return [int(total) // (block.shape[0] * block.shape[1]) for total in cv2.sumElems(block)[:3]]


def _smooth(means: Image, size_px: tuple[int, int]) -> NDArray[np.uint8]:
    return cv2.resize(means, size_px, interpolation=cv2.INTER_LINEAR).astype(np.uint8, copy=False)


def _areas(box: Box, redaction: Redaction, size_px: tuple[int, int]) -> Iterator[Area]:
    width_px, height_px = size_px
    if not all(map(math.isfinite, (box.x, box.y, box.w, box.h))):
        # Nobody knows where this person is.
        yield Area(0, 0, width_px, height_px)
        return
    left, top, wide, high = box.x * width_px, box.y * height_px, box.w * width_px, box.h * height_px
    shown = high if redaction is Redaction.PERSONS else min(high, max(_HEAD_OF_HEIGHT * high, _HEAD_OF_WIDTH * wide))
    aside, above = _MARGIN * wide, _MARGIN * shown
    sides = _clip(left - aside, left + wide + aside, width_px), _clip(top - above, top + shown + above, height_px)
    (left_px, right_px), (top_px, bottom_px) = sides
    if left_px < right_px and top_px < bottom_px:
        yield Area(left_px, top_px, right_px, bottom_px)


def _clip(begin: float, end: float, size_px: int) -> tuple[int, int]:
    """Whole pixels that an interval touches, within the picture."""
    return max(0, math.floor(min(begin, size_px))), min(size_px, math.ceil(max(end, 0.0)))
