import numpy as np
from numpy.typing import NDArray

from ommatid_jobs.detectors import ModelCard, load_card
from ommatid_jobs.detectors.normalisation import normalised

CARD = load_card("nanodet-416")


def tensor(card: ModelCard, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    out = np.full((1, 3, 1, 1), np.nan, dtype=np.float32)
    normalised(card, pixels, out)
    return out.ravel()


def test_the_input_is_normalised_per_channel():
    pixels = np.array([10, 20, 30], dtype=np.uint8).reshape(1, 1, 1, 3)
    expected = [(10 - 103.53) / 57.375, (20 - 116.28) / 57.12, (30 - 123.675) / 58.395]
    rgb = CARD.model_copy(update={"input": CARD.input.model_copy(update={"channel_order": "RGB"})})

    np.testing.assert_allclose(tensor(CARD, pixels), expected, rtol=1e-6)
    np.testing.assert_allclose(tensor(rgb, pixels[..., ::-1]), expected, rtol=1e-6)
