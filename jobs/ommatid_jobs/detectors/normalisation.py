"""From pixels to the input tensor, as the card says."""

import numpy as np
from numpy.typing import NDArray

from ommatid_jobs.detectors.model_card import ModelCard


def normalised(card: ModelCard, pixels: NDArray[np.uint8], out: NDArray[np.float32]) -> None:
    """Write letterboxed images into an input tensor.

    Args:
        card: Says channel order, mean and standard deviation.
        pixels: (n, H, W, 3) uint8 BGR.
        out: (n, 3, H, W) float32; overwritten whole.
    """
    channels = (0, 1, 2) if card.input.channel_order == "BGR" else (2, 1, 0)
    for plane, (channel, mean, std) in enumerate(zip(channels, card.input.mean, card.input.std, strict=True)):
        np.multiply(pixels[..., channel], np.float32(1 / std), out=out[:, plane])
        out[:, plane] -= np.float32(mean / std)
