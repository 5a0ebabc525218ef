from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from structlog.testing import capture_logs

from ommatid_edge.camera_plan import CameraPlan
from ommatid_edge.chosen_frame import InMemoryOutlet
from ommatid_edge.decoding import Decoded
from ommatid_edge.frame_handler import FrameHandler
from ommatid_edge.frame_selection import DropReason
from ommatid_edge.gears.onlooker import GearReport
from ommatid_edge.jpeg import JpegSettings
from ommatid_edge.picture import ArrayPicture, ArrivedFrame, SkippedPackets, UndecodedPacket
from ommatid_edge.privacy_mask import PrivacyMasks
from ommatid_edge.trigger_board import TriggerBoard
from ommatid_schemas.events import Clock, Reason, Tampering
from tests.unit.edge_agent.footage import NOON_US, Footage


@dataclass
class Told:
    """Remembers what a handler reports."""

    offsets_us: list[int | None] = field(default_factory=list[int | None])
    gears: list[tuple[str, int | None]] = field(default_factory=list[tuple[str, int | None]])
    tampered: list[dict[Tampering, int]] = field(default_factory=list[dict[Tampering, int]])
    jumps: int = 0
    drift_ppm: float | None = None

    def clock(self, offset_us: int | None, drift_ppm: float | None = None, jumps: int = 0) -> None:
        self.offsets_us.append(offset_us)
        self.jumps = jumps
        self.drift_ppm = drift_ppm

    def gear(self, name: str, key_frame_distance_us: int | None) -> None:
        self.gears.append((name, key_frame_distance_us))

    def tampering(self, found: Mapping[Tampering, int]) -> None:
        self.tampered.append(dict(found))


@pytest.fixture
def outlet() -> InMemoryOutlet:
    return InMemoryOutlet()


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def handler(plan: CameraPlan, outlet: InMemoryOutlet, board: TriggerBoard, told: Told) -> FrameHandler:
    return FrameHandler(plan, outlet, board, told)


def pixels_of(image: bytes) -> NDArray[np.uint8]:
    decoded = cv2.imdecode(np.frombuffer(image, np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    return decoded.astype(np.uint8)


def test_a_chosen_frame_is_handed_over_encoded_with_its_capture_time(
    handler: FrameHandler, outlet: InMemoryOutlet, footage: Footage
):
    handler.handle(footage.still(1)[0])

    (frame,) = outlet.frames
    assert (frame.camera_id, frame.captured_at_us, frame.clock) == ("lobby-1", NOON_US - 80_000, Clock.RTCP)
    assert (frame.reason, frame.width_px, frame.height_px) == (Reason.BASELINE, 133, 100)
    assert pixels_of(frame.image).shape == (100, 133, 3)


def test_what_a_privacy_mask_hides_is_black_in_the_frame_that_is_handed_over(
    plan: CameraPlan, outlet: InMemoryOutlet, board: TriggerBoard, told: Told, footage: Footage
):
    left_half = replace(plan, masks=PrivacyMasks(((0.0, 0.0, 0.5, 0.0, 0.5, 1.0, 0.0, 1.0),)))

    FrameHandler(left_half, outlet, board, told).handle(footage.still(1, level=200)[0])

    image = pixels_of(outlet.frames[0].image)
    assert image[:, :60].max() < 10
    assert image[:, 75:].min() > 190


def test_a_chosen_frame_shows_no_pixel_in_its_repr(handler: FrameHandler, outlet: InMemoryOutlet, footage: Footage):
    frame = footage.still(1)[0]
    handler.handle(frame)

    assert "image" not in repr(outlet.frames[0])
    assert "picture" not in repr(frame)


def test_skipped_packets_are_counted_as_not_decoded(handler: FrameHandler, outlet: InMemoryOutlet):
    handler.handle(SkippedPackets(29))

    assert outlet.drops == {DropReason.NOT_DECODED: 29}


def test_another_plan_takes_effect_with_the_next_frame(
    plan: CameraPlan, handler: FrameHandler, outlet: InMemoryOutlet, footage: Footage
):
    first, second = footage.still(1)[0], footage.still(1, start=300)[0]
    handler.handle(first)
    handler.replan(replace(plan, jpeg=JpegSettings(max_width_px=64)))
    handler.handle(second)

    assert [frame.width_px for frame in outlet.frames] == [133, 64]


class UnreadablePicture(ArrayPicture):
    """Fails in a way that nobody foresaw."""

    def luma(self) -> NDArray[np.uint8]:
        raise RuntimeError("unforeseen")


def test_a_frame_at_which_the_agent_itself_fails_is_still_accounted_for(
    handler: FrameHandler, outlet: InMemoryOutlet, footage: Footage
):
    frame = replace(footage.still(1)[0], picture=UnreadablePicture(np.zeros((2, 2, 3), np.uint8)))

    with pytest.raises(RuntimeError, match="unforeseen"):
        handler.handle(frame)

    assert outlet.drops == {DropReason.AGENT_FAULT: 1}


def test_a_camera_clock_that_is_off_is_reported_once(handler: FrameHandler, told: Told, footage: Footage):
    with capture_logs() as logs:
        for frame in footage.still(5):
            handler.handle(replace(frame, rtcp_at_us=frame.arrived_at_us + 3600 * 1_000_000))

    assert [line["event"] for line in logs] == ["camera clock not trusted"]
    assert "found +3600.0 s" in logs[0]["reason"]
    assert told.offsets_us[-1] == 3600 * 1_000_000


def test_drift_and_jumps_of_a_camera_clock_are_reported(handler: FrameHandler, told: Told, footage: Footage):
    with capture_logs() as logs:
        for number, frame in enumerate(footage.still(300)):
            jumped_us = 1_000_000 if number >= 150 else 0
            handler.handle(replace(frame, rtcp_at_us=frame.arrived_at_us - 80_000 + jumped_us))

    assert [(line["event"], line["by_s"], line["jumps"]) for line in logs] == [("camera clock jumped", 1.0, 1)]
    assert told.jumps == 1


def test_the_gear_is_passed_on(handler: FrameHandler, told: Told):
    handler.shifted(GearReport("idle", "", 2_000_000))

    assert told.gears == [("idle", 2_000_000)]


def test_why_key_frames_do_not_suffice_is_said_once(handler: FrameHandler):
    with capture_logs() as logs:
        for distance_us in (4_000_000, 5_000_000):
            handler.shifted(GearReport("full", "key_frames_too_far_apart", distance_us))

    assert [line["event"] for line in logs] == ["every frame is decoded"]
    assert "found 4.0 s" in logs[0]["reason"]


STILL = ArrayPicture(np.full((100, 133, 3), 60, np.uint8))
arrivals: st.SearchStrategy[Decoded] = st.one_of(
    st.builds(UndecodedPacket, st.just(NOON_US)),
    st.builds(SkippedPackets, st.integers(1, 30)),
    st.builds(
        ArrivedFrame,
        arrived_at_us=st.integers(NOON_US, NOON_US + 100_000_000),
        rtcp_at_us=st.none(),
        corrupt=st.booleans(),
        picture=st.just(STILL),
    ),
)


@given(arrived=st.lists(arrivals, max_size=15))
def test_every_captured_frame_is_handed_over_or_counted_once(plan: CameraPlan, arrived: list[Decoded]):
    outlet = InMemoryOutlet()
    everything = replace(plan, policy=replace(plan.policy, shadow_share=0.5))
    handler = FrameHandler(everything, outlet, TriggerBoard(["lobby-1"]), Told())

    for decoded in arrived:
        handler.handle(decoded)

    assert outlet.total == sum(it.count if isinstance(it, SkippedPackets) else 1 for it in arrived)


def test_a_camera_that_is_covered_is_told_of_once_and_so_is_its_end(
    handler: FrameHandler, told: Told, footage: Footage
):
    street = np.tile(np.linspace(0, 250, 133, dtype=np.uint8)[np.newaxis, :, np.newaxis], (100, 1, 3))
    covered = np.full_like(street, 9)
    with capture_logs() as logs:
        for number in range(12):
            handler.handle(footage.frame(number * 100, covered if 3 <= number < 8 else street))

    assert told.tampered == [{Tampering.BLACK: NOON_US + 30_000_000}, {}]
    said = [it for it in logs if "picture" in it["event"]]
    assert [(it["log_level"], it.get("found")) for it in said] == [("warning", "black"), ("info", None)]
