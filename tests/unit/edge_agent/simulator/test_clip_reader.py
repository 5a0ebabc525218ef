# PyAV leaves the type argument of Packet open.
# pyright: reportUnknownMemberType=false

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from ommatid_edge.simulator.clip_reader import read_clip
from ommatid_edge.simulator.errors import UnusableClipError
from ommatid_edge.simulator.scenes import SCENES


def test_a_file_that_is_no_video_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.mp4"
    path.write_text("no video")

    with pytest.raises(UnusableClipError, match=r"notes\.mp4: cannot be read as video"):
        read_clip(path)


@pytest.mark.parametrize("scene", ["empty", "street-crop"])
def test_committed_footage_has_a_key_frame_each_two_seconds(scene: str) -> None:
    clip = read_clip(SCENES[scene])

    assert clip.frame_rate == 10
    assert [i for i, frame in enumerate(clip.frames) if frame.key_frame] == list(range(0, len(clip.frames), 20))


def test_a_clip_in_another_format_is_refused_with_what_was_found(tmp_path: Path) -> None:
    path = tmp_path / "other.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        frame = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="bgr24")
        frame.pts, frame.time_base = 0, Fraction(1, 10)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))

    with pytest.raises(UnusableClipError, match=r"expected H\.264, H\.265 or MJPEG .*, found mpeg4 at 10"):
        read_clip(path)
