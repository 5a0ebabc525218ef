"""From a decoded picture to the bytes that are published."""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from ommatid_edge.privacy_mask import PrivacyMasks

ENCODING = "jpeg"
"""Value of ``FrameEvent.encoding``."""


@dataclass(frozen=True, slots=True)
class JpegSettings:
    """Size and quality of published frames: ``max_width_px``, and JPEG ``quality`` 1..100."""

    max_width_px: int = 640
    quality: int = 80


@dataclass(frozen=True, slots=True)
class Jpeg:
    """An encoded picture and its size in pixels."""

    image: bytes = field(repr=False)
    width_px: int
    height_px: int


def encode_jpeg(settings: JpegSettings, masks: PrivacyMasks, bgr: NDArray[np.uint8]) -> Jpeg | None:
    """Black out, scale down, encode.

    Masks are burnt in first, at full size: neither scaling nor JPEG then has anything of what
    they hide to smear into the picture.

    Args:
        settings: Size and quality.
        masks: What to hide.
        bgr: (H, W, 3) uint8, contiguous; masked pixels are blackened in place.

    Returns:
        The picture, or None when the encoder refuses it.
    """
    masks.burn(bgr)
    scaled = _scaled(bgr, settings.max_width_px)
    try:
        done, image = cv2.imencode(".jpg", scaled, [cv2.IMWRITE_JPEG_QUALITY, settings.quality])
    except cv2.error:
        return None
    if not done:
        return None
    return Jpeg(image.tobytes(), width_px=scaled.shape[1], height_px=scaled.shape[0])


def _scaled(bgr: NDArray[np.uint8], max_width_px: int) -> NDArray[np.uint8]:
    height_px, width_px = bgr.shape[:2]
    if width_px <= max_width_px:
        return bgr
    size = (max_width_px, max(1, round(height_px * max_width_px / width_px)))
    return cv2.resize(bgr, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
