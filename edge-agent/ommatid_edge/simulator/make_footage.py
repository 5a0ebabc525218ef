"""Reproduces the committed clips in `footage/` from OpenCV's sample video `vtest.avi`.

Run it only to change the footage; the simulator reads the committed clips and never encodes:

    python -m ommatid_edge.simulator.make_footage path/to/vtest.avi edge-agent/ommatid_edge/simulator/footage

The empty street is the per-pixel median over time. The sparse clip is that street with sensor noise and three real
walks cut in: inside a window that follows one person, pixels that differ from the median are taken from the source
frame. Every walk begins and ends at the border of the picture or at the lamp post, so nobody pops up in the open,
and its first and last frame are known exactly (`sparse.events.csv`). Noise comes from a seeded generator and x264 runs
on one thread, so the same library versions give the same bytes.
"""

# PyAV leaves the type argument of Packet and the options of add_stream open.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import av
import cv2
import numpy as np
import numpy.typing as npt
import typer
from av.container import OutputContainer
from av.video.frame import PictureType
from av.video.stream import VideoStream

Image = npt.NDArray[np.uint8]

FRAMES_PER_S = 10
KEY_FRAME_EVERY = 20
CRF = "30"
SPARSE_FRAMES = 600
EMPTY_FRAMES = 200
# The source cuts from one take to the next here; clips that do not need its full length stay on one side.
SECOND_TAKE = 404
CROP_X_PX, CROP_Y_PX, CROP_WIDTH_PX, CROP_HEIGHT_PX = 240, 96, 528, 400


@dataclass(frozen=True, slots=True)
class Walk:
    """One person of the source, and where the sparse clip shows them.

    Attributes:
        shown_at: Frame of the sparse clip that shows the first frame of the walk.
        track: (frame of the source, x1, y1, x2, y2) in source pixels, origin top left; linear in between.
    """

    shown_at: int
    track: tuple[tuple[int, int, int, int, int], ...]

    @property
    def source_frames(self) -> range:
        """Frames of the source in which the person is visible."""
        return range(self.track[0][0], self.track[-1][0] + 1)

    def box_px(self, source_frame: int) -> tuple[int, int, int, int]:
        """Where the person is in one source frame: x1, y1, x2, y2 in pixels."""
        rows = np.array(self.track, dtype=np.float64)
        x1, y1, x2, y2 = (round(float(np.interp(source_frame, rows[:, 0], rows[:, i]))) for i in range(1, 5))
        return x1, y1, x2, y2


WALKS = (
    # from the right border to the lamp post
    Walk(
        100,
        (
            (421, 745, 288, 770, 384),
            (431, 685, 269, 715, 369),
            (441, 605, 254, 643, 353),
            (451, 552, 242, 593, 335),
            (463, 495, 220, 526, 311),
            (473, 437, 213, 467, 298),
        ),
    ),
    # from the lamp post to the left border
    Walk(
        280,
        (
            (478, 414, 202, 446, 290),
            (490, 358, 193, 385, 270),
            (500, 308, 187, 334, 264),
            (510, 260, 183, 288, 258),
            (520, 223, 178, 254, 250),
            (530, 187, 171, 219, 244),
            (540, 157, 169, 184, 237),
            (550, 125, 165, 153, 232),
            (560, 82, 169, 106, 236),
            (570, 25, 172, 48, 242),
            (578, 0, 182, 19, 243),
        ),
    ),
    # from the right border to the lamp post, further up
    Walk(
        480,
        (
            (219, 742, 238, 769, 323),
            (229, 671, 217, 710, 299),
            (239, 616, 203, 649, 280),
            (249, 557, 190, 584, 265),
            (259, 494, 179, 521, 251),
            (269, 432, 173, 458, 241),
        ),
    ),
)


def read_frames(path: Path) -> list[Image]:
    """Decode a whole clip: (H, W, 3) uint8 BGR each."""
    with av.open(str(path)) as container:
        return [np.asarray(frame.to_ndarray(format="bgr24"), np.uint8) for frame in container.decode(video=0)]


def write_clip(path: Path, frames: Iterable[Image]) -> None:
    """Encode frames as H.264 the way an RTSP camera sends it: no B-frames, a key frame each 2 s, repeated headers."""
    with av.open(str(path), "w") as container:
        stream: VideoStream | None = None
        for index, image in enumerate(frames):
            if stream is None:
                stream = _h264_stream(container, width=image.shape[1], height=image.shape[0])
            frame = av.VideoFrame.from_ndarray(image, format="bgr24").reformat(format="yuv420p")
            frame.pts, frame.time_base, frame.pict_type = index, Fraction(1, FRAMES_PER_S), PictureType.NONE
            container.mux(stream.encode(frame))
        if stream is not None:
            container.mux(stream.encode(None))


def _h264_stream(container: OutputContainer, width: int, height: int) -> VideoStream:
    stream = container.add_stream("libx264", rate=FRAMES_PER_S)
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    interval = f"keyint={KEY_FRAME_EVERY}:min-keyint={KEY_FRAME_EVERY}:scenecut=0:bframes=0"
    stream.options = {"crf": CRF, "preset": "veryslow", "x264-params": f"{interval}:repeat-headers=1:threads=1"}
    return stream


def median_background(frames: list[Image]) -> Image:
    """The street without people: per-pixel median over time, (H, W, 3) uint8 BGR."""
    return np.median(np.stack(frames[::4]), axis=0).astype(np.uint8)


def with_noise(image: Image, generator: np.random.Generator) -> Image:
    """Add mild luma noise, as a sensor by daylight has it (sigma 1.2 levels)."""
    noise = np.asarray(generator.normal(0.0, 1.2, image.shape[:2]), np.float64)
    return np.asarray(np.clip(image + noise[:, :, np.newaxis], 0, 255), np.float64).astype(np.uint8)


def cut_in(background: Image, source: Image, box_px: tuple[int, int, int, int]) -> Image:
    """Paste one person of a source frame onto the background.

    Args:
        background: (H, W, 3) uint8 BGR, the empty street.
        source: (H, W, 3) uint8 BGR, the frame with the person.
        box_px: The person, x1, y1, x2, y2 in pixels.

    Returns:
        (H, W, 3) uint8 BGR. The edge of the pasted part is feathered over about 3 pixels.
    """
    difference = cv2.absdiff(source, background).max(axis=2)
    moving = ((difference > 18) & (_window(difference.shape, box_px) > 0)).astype(np.uint8)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))
    closed = cv2.morphologyEx(moving, cv2.MORPH_CLOSE, kernel)
    alpha = cv2.GaussianBlur(cv2.dilate(closed, kernel).astype(np.float32), (7, 7), 0)[:, :, np.newaxis]
    return (source * alpha + background * (1 - alpha)).astype(np.uint8)


def _window(shape: tuple[int, ...], box_px: tuple[int, int, int, int]) -> Image:
    x1, y1, x2, y2 = box_px
    margin_px = 8
    window = np.zeros(shape, np.uint8)
    window[max(0, y1 - margin_px) : y2 + margin_px, max(0, x1 - margin_px) : x2 + margin_px] = 1
    return window


def sparse_frames(frames: list[Image], background: Image) -> Iterator[Image]:
    """The empty street with the walks cut in."""
    generator = np.random.default_rng(4)
    shown = {
        walk.shown_at + index: (walk, source_frame)
        for walk in WALKS
        for index, source_frame in enumerate(walk.source_frames)
    }
    for index in range(SPARSE_FRAMES):
        scene = background
        if index in shown:
            walk, source_frame = shown[index]
            scene = cut_in(background, frames[source_frame], walk.box_px(source_frame))
        yield with_noise(scene, generator)


def empty_frames(background: Image) -> Iterator[Image]:
    """The empty street with sensor noise."""
    generator = np.random.default_rng(5)
    for _ in range(EMPTY_FRAMES):
        yield with_noise(background, generator)


def write_events(path: Path) -> None:
    """Write when people are visible in the sparse clip: start inclusive, end exclusive, seconds from its start."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("start_s", "end_s"))
        for walk in WALKS:
            end = walk.shown_at + len(walk.source_frames)
            writer.writerow((walk.shown_at / FRAMES_PER_S, end / FRAMES_PER_S))


def main(
    source: Annotated[Path, typer.Argument(help="vtest.avi of OpenCV's samples", exists=True)],
    folder: Annotated[Path, typer.Argument(help="Folder for the clips", exists=True, file_okay=False)],
) -> None:
    """Write all clips and the event times of the sparse one."""
    frames = read_frames(source)
    background = median_background(frames)
    right, bottom = CROP_X_PX + CROP_WIDTH_PX, CROP_Y_PX + CROP_HEIGHT_PX
    write_clip(folder / "people.mp4", frames)
    write_clip(folder / "people-mirrored.mp4", (np.fliplr(frame) for frame in frames[SECOND_TAKE:]))
    write_clip(folder / "people-crop.mp4", (f[CROP_Y_PX:bottom, CROP_X_PX:right] for f in frames[:SECOND_TAKE]))
    write_clip(folder / "sparse.mp4", sparse_frames(frames, background))
    write_clip(folder / "empty.mp4", empty_frames(background))
    write_events(folder / "sparse.events.csv")


if __name__ == "__main__":
    typer.run(main)
