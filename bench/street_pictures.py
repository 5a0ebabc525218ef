"""JPEGs that benches publish as frames: as an agent does by default, 640 px wide, quality 80, about 40 KB."""

from pathlib import Path

import cv2

WIDTH_PX, HEIGHT_PX, QUALITY = 640, 360, 80

_STREET = Path(__file__).parents[1] / "tests" / "assets" / "street.jpg"
_STEP_PX = 15


def pictures() -> list[bytes]:
    """Different cuts of one street.

    Raises:
        FileNotFoundError: The picture is not there.
    """
    street = cv2.imread(str(_STREET))
    if street is None:
        raise FileNotFoundError(_STREET)
    crops = [street[top : top + HEIGHT_PX, :WIDTH_PX] for top in range(0, street.shape[0] - HEIGHT_PX, _STEP_PX)]
    encoded = [cv2.imencode(".jpg", crop, [cv2.IMWRITE_JPEG_QUALITY, QUALITY]) for crop in crops]
    return [jpeg.tobytes() for _, jpeg in encoded]
