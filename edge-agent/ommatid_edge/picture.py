"""What a connection hands over: arrived frames, and the packets that gave none."""

from dataclasses import dataclass, field
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray


class Picture(Protocol):
    """A decoded picture that is converted only as far as somebody looks."""

    def luma(self) -> NDArray[np.uint8]:
        """(H, W) uint8 luma plane; a view into the decoder's memory, never written to."""
        ...

    def bgr(self) -> NDArray[np.uint8]:
        """(H, W, 3) uint8 BGR, contiguous, owned by the caller."""
        ...


@dataclass(frozen=True, slots=True)
class ArrivedFrame:
    """One decoded frame.

    Attributes:
        arrived_at_us: Wall-clock time at which its packet was read, us UTC.
        rtcp_at_us: Capture time by the camera's RTCP sender reports, us UTC; None without one.
        corrupt: Whether the decoder concealed lost data in it.
        picture: Its pixels.
    """

    arrived_at_us: int
    rtcp_at_us: int | None
    corrupt: bool
    picture: Picture = field(repr=False)


@dataclass(frozen=True, slots=True)
class UndecodedPacket:
    """A packet of which the decoder made nothing; counts as a captured frame that was dropped."""

    arrived_at_us: int


@dataclass(frozen=True, slots=True)
class SkippedPackets:
    """Packets in a row that nobody decoded and nobody will; each counts as a captured frame that was dropped."""

    count: int


@dataclass(frozen=True, slots=True)
class ArrayPicture:
    """A picture that is already pixels, for tests and replays.

    Attributes:
        pixels: (H, W, 3) uint8 BGR.
    """

    pixels: NDArray[np.uint8] = field(repr=False)

    def luma(self) -> NDArray[np.uint8]:
        """(H, W) uint8 luma, BT.601."""
        return cv2.cvtColor(self.pixels, cv2.COLOR_BGR2GRAY).astype(np.uint8, copy=False)

    def bgr(self) -> NDArray[np.uint8]:
        """A copy of the pixels."""
        return self.pixels.copy()
