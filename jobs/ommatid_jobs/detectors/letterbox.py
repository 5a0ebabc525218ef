"""Fit an image into a model's input without changing its aspect ratio, and map boxes back."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ommatid_jobs.detectors.detector import Image


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the image lies in the input, pixels of the input, origin top left."""

    x_px: int
    y_px: int
    width_px: int
    height_px: int


def place(image_width_px: int, image_height_px: int, width_px: int, height_px: int) -> Placement:
    """Largest centred placement of an image in an input of ``width_px`` x ``height_px``."""
    scale = min(width_px / image_width_px, height_px / image_height_px)
    width = min(max(round(image_width_px * scale), 1), width_px)
    height = min(max(round(image_height_px * scale), 1), height_px)
    return Placement((width_px - width) // 2, (height_px - height) // 2, width, height)


def letterbox(image: Image, canvas: Image, bar_value: int) -> Placement:
    """Draw an image into a canvas, with bars where it does not reach.

    Args:
        image: (H, W, 3) uint8.
        canvas: (height, width, 3) uint8, the model's input size; overwritten whole.
        bar_value: Value of the bars in every channel.
    """
    height_px, width_px = canvas.shape[:2]
    placed = place(image.shape[1], image.shape[0], width_px, height_px)
    canvas[:] = bar_value
    rows = slice(placed.y_px, placed.y_px + placed.height_px)
    columns = slice(placed.x_px, placed.x_px + placed.width_px)
    # Averaging areas would cost 2 to 7 ms a frame instead of 0.3; the decoder already halves large frames well.
    canvas[rows, columns] = cv2.resize(image, (placed.width_px, placed.height_px), interpolation=cv2.INTER_LINEAR)
    return placed


def to_relative(boxes: NDArray[np.float32], placed: Placement) -> NDArray[np.float64]:
    """Map boxes of the input back to the image.

    Args:
        boxes: (n, 4) float32, xyxy, pixels of the input; may reach beyond it.
        placed: Where the image lies in the input.

    Returns:
        (n, 4) float64, left, top, width, height relative to the image, cut off at its edges. A box
        that lies outside of the image has width or height 0.
    """
    offset = np.array([placed.x_px, placed.y_px] * 2, dtype=np.float64)
    size = np.array([placed.width_px, placed.height_px] * 2, dtype=np.float64)
    corners = np.clip((boxes - offset) / size, 0.0, 1.0)
    return np.concatenate([corners[:, :2], np.maximum(corners[:, 2:] - corners[:, :2], 0.0)], axis=1)
