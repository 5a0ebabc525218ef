"""How footage is encoded: what a user sets in the video menu of a camera."""

import math
from dataclasses import dataclass, replace
from enum import StrEnum


class Codec(StrEnum):
    """Video formats that a camera can send."""

    H264 = "h264"
    H265 = "h265"
    MJPEG = "mjpeg"


@dataclass(frozen=True, slots=True)
class Encoding:
    """One setting of a camera's encoder. The same value always gives the same bytes.

    Attributes:
        codec: Video format.
        size_px: Width and height, None for those of the scene; the scene is cropped to the shape, then scaled.
        frames_per_s: Frames per second, None for those of the scene. Frames in between are blended from their
            neighbours, so that the scene keeps its speed and no frame repeats another.
        key_frame_every_s: Distance of key frames, seconds; without meaning for MJPEG.
        bit_rate: Bits per second, constant; None for constant quality and with it a bit rate that follows the scene.
        start_s: Where in the scene the footage begins, seconds.
        length_s: Length before it starts over, seconds; rounded up to whole groups of pictures.
        scale: Factor on the size, for a camera that changes it.
    """

    codec: Codec = Codec.H264
    size_px: tuple[int, int] | None = None
    frames_per_s: int | None = None
    key_frame_every_s: float = 2.0
    bit_rate: int | None = None
    start_s: float = 0.0
    length_s: float = 10.0
    scale: float = 1.0

    def picture_px(self, scene_px: tuple[int, int]) -> tuple[int, int]:
        """Width and height of the pictures, multiples of 8 as RFC 2435 needs them.

        Args:
            scene_px: Width and height of the scene.
        """
        width, height = self.size_px or scene_px
        return _multiple_of_8(width * self.scale), _multiple_of_8(height * self.scale)

    def group_frames(self, frames_per_s: float) -> int:
        """Frames from one key frame to the next, at least 1."""
        return max(1, round(self.key_frame_every_s * frames_per_s))

    def total_frames(self, frames_per_s: float) -> int:
        """Frames of the whole footage, in whole groups of pictures."""
        group = self.group_frames(frames_per_s)
        return math.ceil(max(self.length_s * frames_per_s, 1) / group) * group


def other_codec(encoding: Encoding) -> Encoding:
    """The same footage in a format that a client of this one cannot decode."""
    return replace(encoding, codec=Codec.H265 if encoding.codec is Codec.H264 else Codec.H264)


def _multiple_of_8(length_px: float) -> int:
    return max(8, round(length_px / 8) * 8)


def blend(frame: int, frames_per_s: float, scene_frames_per_s: float) -> tuple[int, float]:
    """Which frames of the scene make up a frame at another rate.

    Args:
        frame: Index at the new rate.
        frames_per_s: New rate.
        scene_frames_per_s: Rate of the scene.

    Returns:
        Index of the earlier frame of the scene, and the weight of the one that follows it, 0..1.
    """
    position = frame * scene_frames_per_s / frames_per_s
    earlier = math.floor(position + 1e-9)
    return earlier, max(0.0, position - earlier)
