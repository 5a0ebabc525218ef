import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from ommatid_edge.jpeg import JpegSettings, encode_jpeg
from ommatid_edge.privacy_mask import PrivacyMasks

RIM_PX = 18
"""JPEG mixes neighbours within a block; with subsampled chroma that is 16 pixels, and 2 for interpolation."""

shares = st.floats(0, 1)
rectangles = st.tuples(shares, shares, shares, shares).map(
    lambda it: (min(it[0], it[2]), min(it[1], it[3]), max(it[0], it[2]), max(it[1], it[3]))
)


def decoded(image: bytes) -> NDArray[np.uint8]:
    bgr = cv2.imdecode(np.frombuffer(image, np.uint8), cv2.IMREAD_COLOR)
    assert bgr is not None
    return bgr.astype(np.uint8, copy=False)


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32 - 1), rectangle=rectangles, max_width_px=st.sampled_from([160, 320, 640]))
def test_masked_pixels_are_black_in_the_decoded_picture(
    seed: int, rectangle: tuple[float, float, float, float], max_width_px: int
):
    left, top, right, bottom = rectangle
    masks = PrivacyMasks(((left, top, right, top, right, bottom, left, bottom),))
    bgr = np.random.default_rng(seed).integers(0, 255, (240, 320, 3), dtype=np.uint8)

    jpeg = encode_jpeg(JpegSettings(max_width_px), masks, bgr)

    assert jpeg is not None
    size = np.array([jpeg.width_px, jpeg.height_px])
    x0, y0 = np.floor(np.array([left, top]) * size).astype(int) + RIM_PX
    x1, y1 = np.ceil(np.array([right, bottom]) * size).astype(int) - RIM_PX
    hidden = decoded(jpeg.image)[y0 : max(y0, y1), x0 : max(x0, x1)]
    assert hidden.size == 0 or hidden.max() <= 12


def test_nothing_of_what_a_mask_hides_changes_the_bytes():
    masks = PrivacyMasks(((0.25, 0.25, 0.75, 0.25, 0.75, 0.75, 0.25, 0.75),))
    scene = np.full((240, 320, 3), 90, np.uint8)
    secret = scene.copy()
    secret[60:181, 80:241] = 255

    one = encode_jpeg(JpegSettings(160), masks, scene)
    other = encode_jpeg(JpegSettings(160), masks, secret)

    assert one == other


def test_a_wide_picture_is_scaled_down_with_its_aspect_ratio():
    jpeg = encode_jpeg(JpegSettings(max_width_px=640), PrivacyMasks(), np.zeros((576, 768, 3), np.uint8))

    assert jpeg is not None
    assert (jpeg.width_px, jpeg.height_px) == (640, 480)
    assert decoded(jpeg.image).shape == (480, 640, 3)


def test_a_narrow_picture_keeps_its_size():
    jpeg = encode_jpeg(JpegSettings(max_width_px=640), PrivacyMasks(), np.zeros((240, 320, 3), np.uint8))

    assert jpeg is not None
    assert (jpeg.width_px, jpeg.height_px) == (320, 240)


def test_a_picture_that_the_encoder_refuses_gives_none():
    assert encode_jpeg(JpegSettings(), PrivacyMasks(), np.zeros((70_000, 1, 3), np.uint8)) is None


@given(rectangle=rectangles)
def test_the_gates_raster_covers_what_is_burnt_in(rectangle: tuple[float, float, float, float]):
    left, top, right, bottom = rectangle
    masks = PrivacyMasks(((left, top, right, top, right, bottom, left, bottom),))
    bgr = np.full((100, 133, 3), 255, np.uint8)
    masks.burn(bgr)

    raster = masks.raster((100, 133))

    assert raster is not None
    assert np.array_equal(raster, bgr[:, :, 0] == 0)
