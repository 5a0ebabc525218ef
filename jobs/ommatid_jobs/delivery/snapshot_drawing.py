"""Boxes and zones drawn on an evidence frame. Pixels away from outlines and labels stay as they are."""

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ommatid_jobs.detectors import Image, Undecodable, decode_jpeg
from ommatid_schemas.events import Box

Polygon = Sequence[float]
"""Corners as x1, y1, x2, y2, ... relative to the frame, 0..1, origin top left."""

Hide = Callable[[Image], Image]
"""Makes a copy of a picture on which nobody can be recognised who is not to be."""

_BOX_BGR = (60, 60, 230)
_ZONE_BGR = (40, 200, 240)
_TEXT_BGR = (255, 255, 255)
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_JPEG_QUALITY = 90
_PADDING_PX = 3


def draw_snapshot(
    jpeg: bytes, boxes: Sequence[Box], zones: Sequence[Polygon] = (), *, hide: Hide
) -> bytes | Undecodable:
    """Draw on a JPEG as :func:`draw_frame` does.

    Returns:
        A JPEG of the same size, or why the frame could not be decoded. Nothing else of the frame is kept: no
        thumbnail, no metadata.
    """
    drawn = draw_frame(jpeg, boxes, zones, hide=hide)
    return drawn if isinstance(drawn, Undecodable) else encode_jpeg(drawn)


def draw_frame(jpeg: bytes, boxes: Sequence[Box], zones: Sequence[Polygon] = (), *, hide: Hide) -> Image | Undecodable:
    """Draw on a frame, after people on it have been hidden.

    Args:
        jpeg: The evidence frame.
        boxes: Drawn with label and score.
        zones: Outlines of the zones in which the object stood.
        hide: Is given the picture first; :func:`everything_shown` where nobody is hidden.

    Returns:
        (H, W, 3) uint8 BGR, or why the frame could not be decoded.
    """
    image = decode_jpeg(jpeg)
    return image if isinstance(image, Undecodable) else draw(hide(image), boxes, zones)


def encode_jpeg(image: Image) -> bytes:
    """The image, (H, W, 3) uint8 BGR, as a JPEG."""
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])[1].tobytes()


def everything_shown(image: Image) -> Image:
    """The picture as it is."""
    return image


def draw(image: Image, boxes: Sequence[Box], zones: Sequence[Polygon] = ()) -> Image:
    """Draw on a copy of an image, zones below boxes.

    Args:
        image: (H, W, 3) uint8 BGR.
        boxes: Drawn with label and score.
        zones: Outlines.
    """
    drawn = image.copy()
    for zone in zones:
        cv2.polylines(drawn, [corners_px(zone, image)], isClosed=True, color=_ZONE_BGR, thickness=line_px(image))
    for box in boxes:
        left, top, right, bottom = rectangle_px(box, image)
        cv2.rectangle(drawn, (left, top), (right, bottom), _BOX_BGR, line_px(image))
    for box in boxes:
        _draw_label(drawn, box)
    return drawn


def rectangle_px(box: Box, image: Image) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of a box in pixels, clipped to the image, both ends included."""
    height_px, width_px = image.shape[:2]
    left, right = (_clip(at * width_px, width_px) for at in (box.x, box.x + box.w))
    top, bottom = (_clip(at * height_px, height_px) for at in (box.y, box.y + box.h))
    return left, top, right, bottom


def corners_px(polygon: Polygon, image: Image) -> NDArray[np.int32]:
    """(n, 2) int32, x and y of a polygon's corners in pixels."""
    height_px, width_px = image.shape[:2]
    scale = np.array([width_px - 1, height_px - 1])
    return np.rint(np.array(polygon, dtype=np.float64).reshape(-1, 2) * scale).astype(np.int32)


def line_px(image: Image) -> int:
    """Thickness of outlines, pixels."""
    return max(1, round(max(image.shape[:2]) / 400))


def label_area_px(box: Box, image: Image) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of a box's label: above the box, or inside at its top where there is no room."""
    (width_px, height_px), baseline_px = cv2.getTextSize(_text(box), _FONT, _font_scale(image), 1)
    high_px = height_px + baseline_px + 2 * _PADDING_PX
    left, top, _, _ = rectangle_px(box, image)
    left = max(0, min(left, image.shape[1] - 1 - width_px - 2 * _PADDING_PX))
    top = top - high_px if top >= high_px else top
    return left, top, left + width_px + 2 * _PADDING_PX, top + high_px


def _draw_label(image: Image, box: Box) -> None:
    left, top, right, bottom = label_area_px(box, image)
    cv2.rectangle(image, (left, top), (right, bottom), _BOX_BGR, cv2.FILLED)
    baseline_px = cv2.getTextSize(_text(box), _FONT, _font_scale(image), 1)[1]
    at = (left + _PADDING_PX, bottom - _PADDING_PX - baseline_px)
    cv2.putText(image, _text(box), at, _FONT, _font_scale(image), _TEXT_BGR, 1, cv2.LINE_AA)


def _text(box: Box) -> str:
    # OpenCV's fonts have ASCII only and draw anything else as question marks.
    label = box.label.encode("ascii", "replace").decode()
    return f"{label} {box.score:.0%}"


def _font_scale(image: Image) -> float:
    return max(0.35, max(image.shape[:2]) / 1600)


def _clip(at_px: float, size_px: int) -> int:
    return int(min(max(round(at_px), 0), size_px - 1))
