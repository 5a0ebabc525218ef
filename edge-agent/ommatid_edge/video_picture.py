"""Pixels of a PyAV frame, converted only as far as somebody looks."""

from collections.abc import Callable
from typing import Any

import av
import numpy as np
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

_PLANAR_8_BIT = frozenset({"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "nv12", "nv21", "gray"})
"""Pixel formats whose first plane is 8-bit luma."""


class VideoPicture:
    """A :class:`Picture` on top of a decoded frame.

    Args:
        frame: Decoded frame; it may be a reference of later frames and is never written to.
        reformatter: Converter of the stream, which keeps its tables between frames.
    """

    __slots__ = ("_frame", "_reformatter")

    def __init__(self, frame: av.VideoFrame, reformatter: VideoReformatter) -> None:
        self._frame = frame
        self._reformatter = reformatter

    def luma(self) -> NDArray[np.uint8]:
        """(H, W) uint8 luma plane; a view where the decoder's format allows."""
        frame = self._frame
        if frame.format.name not in _PLANAR_8_BIT:
            frame = self._reformatter.reformat(frame, format="gray", threads=1)
        plane = frame.planes[0]
        # A plane offers the buffer protocol, which its stubs do not say.
        buffer: Any = plane
        rows = np.frombuffer(buffer, np.uint8).reshape(-1, plane.line_size)
        return rows[: frame.height, : frame.width]

    def bgr(self) -> NDArray[np.uint8]:
        """(H, W, 3) uint8 BGR, contiguous, owned by the caller."""
        pixels = self._reformatter.reformat(self._frame, format="bgr24", threads=1).to_ndarray()
        return np.ascontiguousarray(pixels, dtype=np.uint8)


class RedecodedPicture:
    """A picture that was decoded in a hurry, and is decoded again when its pixels are to be published.

    Args:
        hurried: Good enough to be compared with others.
        again: Decodes it in full quality; None when that fails.
    """

    __slots__ = ("_again", "_hurried")

    def __init__(self, hurried: VideoPicture, again: Callable[[], VideoPicture | None]) -> None:
        self._hurried = hurried
        self._again = again

    def luma(self) -> NDArray[np.uint8]:
        """(H, W) uint8 luma plane of the hurried picture."""
        return self._hurried.luma()

    def bgr(self) -> NDArray[np.uint8]:
        """(H, W, 3) uint8 BGR in full quality, contiguous, owned by the caller."""
        return (self._again() or self._hurried).bgr()
