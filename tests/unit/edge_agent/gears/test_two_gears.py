from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import cast

import numpy as np
import pytest
from av.packet import Packet
from av.video.stream import VideoStream
from hypothesis import given
from hypothesis import strategies as st

from ommatid_edge.gears.onlooker import GearReport
from ommatid_edge.gears.settings import GearSettings
from ommatid_edge.gears.two_gears import TwoGears
from ommatid_edge.picture import ArrayPicture, ArrivedFrame, Picture, SkippedPackets, UndecodedPacket
from tests.unit.edge_agent.gears.clips import clip, opened

GROUP, FRAMES = 20, 120
HIDDEN = -1
STEP_US = 100_000
NOON_US = 1_795_000_000_000_000

SETTINGS = GearSettings(quiet_us=1_000_000)


@dataclass
class Scripted:
    """Finds life in the frames that it is told, and wants what it is told; numbers are those of packets."""

    moving: Callable[[int], bool] = lambda _: False
    wanting: Callable[[int], bool] = lambda _: False
    alive: bool = False
    reports: list[GearReport] = field(default_factory=list[GearReport])

    def glance(self, frame: ArrivedFrame) -> bool:
        return self.moving(number_of(frame))

    def wanted(self, at_us: int) -> bool:
        return self.wanting((at_us - NOON_US) // STEP_US)

    def shifted(self, report: GearReport) -> None:
        self.reports.append(report)

    def judge(self, frame: ArrivedFrame) -> None:
        self.alive = self.moving(number_of(frame))


@dataclass
class Account:
    """What came out of the gears.

    Attributes:
        frames: Number of the packet of each frame, in order.
        bars_px: Where each frame shows its bar; HIDDEN where packets that were lost have damaged it.
    """

    frames: list[int] = field(default_factory=list[int])
    bars_px: list[int] = field(default_factory=list[int])
    skipped: int = 0
    undecoded: int = 0

    @property
    def total(self) -> int:
        return len(self.frames) + self.skipped + self.undecoded

    def take(self, decoded: ArrivedFrame | UndecodedPacket | SkippedPackets, onlooker: Scripted) -> None:
        match decoded:
            case ArrivedFrame():
                onlooker.judge(decoded)
                self.frames.append(number_of(decoded))
                bright = np.flatnonzero(decoded.picture.luma()[32] > 155)
                self.bars_px.append(int(bright[0]) if bright.size else HIDDEN)
            case SkippedPackets(count):
                self.skipped += count
            case UndecodedPacket():
                self.undecoded += 1


def number_of(frame: ArrivedFrame) -> int:
    return (frame.arrived_at_us - NOON_US) // STEP_US


def drive(encoded: bytes, onlooker: Scripted, settings: GearSettings = SETTINGS, skip: Sequence[int] = ()) -> Account:
    """Send a clip through the gears, one packet each 0.1 s, without the packets to ``skip``."""
    account, at_us = Account(), NOON_US
    with opened(encoded) as (stream, packets):
        gears = TwoGears(stream, settings, lambda: at_us, onlooker)
        for number, packet in enumerate(packets):
            if number in skip:
                continue
            at_us = NOON_US + number * STEP_US
            for decoded in gears.frames(packet):
                account.take(decoded, onlooker)
        for decoded in gears.rest():
            account.take(decoded, onlooker)
    return account


@pytest.fixture(scope="module")
def h264() -> bytes:
    return clip("libx264", FRAMES, GROUP)


@pytest.fixture(scope="module")
def reordered() -> bytes:
    """H.264 whose key frames are no instantaneous refresh, with frames that are shown before them but sent after."""
    return clip("libx264", FRAMES, GROUP, "bframes=2:b-adapt=0:open-gop=1")


@pytest.fixture(scope="module")
def h265() -> bytes:
    return clip("libx265", FRAMES, GROUP)


@pytest.fixture(scope="module")
def mjpeg() -> bytes:
    return clip("mjpeg", FRAMES, 1)


def test_of_a_still_scene_only_key_frames_are_decoded(h264: bytes, h265: bytes):
    for encoded in (h264, h265):
        account = drive(encoded, Scripted())

        assert account.frames == list(range(0, FRAMES, GROUP))
        assert account.skipped == FRAMES - len(account.frames)


def test_the_frames_before_a_key_frame_that_moves_come_first_and_show_what_they_should(h264: bytes, h265: bytes):
    for encoded in (h264, h265):
        account = drive(encoded, Scripted(moving=lambda number: 30 <= number < 45))

        # Key frame 40 moves, so 21 to 39 are decoded before it; quiet since 45, so idle again at 60.
        assert account.frames == [0, *range(20, 61), 80, 100]
        assert account.bars_px == account.frames


def test_on_a_trigger_the_group_is_decoded_up_to_the_packet_that_has_just_arrived(h264: bytes):
    account = drive(h264, Scripted(wanting=lambda number: number == 33))

    assert account.frames == [0, *range(20, 61), 80, 100]
    assert account.bars_px == account.frames


def test_always_full_gives_every_frame(h264: bytes, h265: bytes, mjpeg: bytes, reordered: bytes):
    for encoded in (h264, h265, mjpeg, reordered):
        account = drive(encoded, Scripted(), GearSettings(always_full=True))

        assert len(account.frames) == FRAMES


def test_key_frames_of_a_stream_with_reordered_frames_are_decoded_alone(reordered: bytes):
    account = drive(reordered, Scripted())

    assert len(account.frames) == FRAMES // GROUP
    assert account.total == FRAMES


def test_a_stream_with_reordered_frames_shows_the_onset_too(reordered: bytes):
    account = drive(reordered, Scripted(moving=lambda number: number > 30))

    assert account.total == FRAMES
    assert account.undecoded <= 2  # those that refer to the group before
    assert account.bars_px[1:] == sorted(account.bars_px[1:])


def test_a_stream_that_is_refreshed_without_key_frames_is_decoded_in_full_and_loses_nothing():
    onlooker = Scripted()
    account = drive(clip("libx264", 60, GROUP, "bframes=0:intra-refresh=1"), onlooker)

    assert account.frames == account.bars_px == list(range(60))
    assert onlooker.reports[-1].reason == "key_frame_unreadable"


def test_h265_with_open_groups_shows_the_onset_too():
    open_groups = clip("libx265", 80, GROUP, "bframes=2:open-gop=1:b-adapt=0")
    account = drive(open_groups, Scripted(moving=lambda number: number > 30))

    assert account.total == 80
    assert account.bars_px[1:] == sorted(account.bars_px[1:])
    assert len(account.frames) >= 60


def test_of_motion_jpeg_about_one_picture_a_second_is_decoded_while_it_is_still(mjpeg: bytes):
    account = drive(mjpeg, Scripted())

    assert 12 <= len(account.frames) <= 16


def test_motion_jpeg_shows_what_was_kept_when_something_moves(mjpeg: bytes):
    account = drive(mjpeg, Scripted(moving=lambda number: number >= 16))

    assert account.frames[2:] == list(range(account.frames[2], FRAMES))
    assert account.frames[2] <= 16


def test_a_key_frame_that_is_published_while_idle_has_full_quality(h264: bytes):
    glanced, decoded = (first_picture(h264, always_full=always_full) for always_full in (False, True))

    assert np.array_equal(glanced.bgr(), decoded.bgr())


def first_picture(encoded: bytes, *, always_full: bool) -> Picture:
    with opened(encoded) as (stream, packets):
        gears = TwoGears(stream, GearSettings(always_full=always_full), lambda: NOON_US, Scripted())
        decoded = [*gears.frames(packets[0]), *gears.rest()]
        frame = next(it for it in decoded if isinstance(it, ArrivedFrame))
        return ArrayPicture(frame.picture.bgr())


def test_frames_predicted_from_a_damaged_one_are_damaged_until_the_next_key_frame(h264: bytes):
    damaged = list[int]()
    at_us = NOON_US
    with opened(h264) as (stream, packets):
        gears = TwoGears(stream, GearSettings(always_full=True), lambda: at_us, Scripted())
        for number, packet in enumerate(packets):
            at_us = NOON_US + number * STEP_US
            taken = cut(packet) if number == 27 else packet
            damaged += [number_of(it) for it in gears.frames(taken) if isinstance(it, ArrivedFrame) and it.corrupt]

    # Number 27 is concealed, or refused; what follows is predicted from it.
    assert set(range(28, 40)) <= set(damaged) <= set(range(27, 40))


def cut(packet: "Packet[VideoStream]") -> "Packet[VideoStream]":
    """A packet of which the second half of the picture got lost."""
    whole = bytes(packet)
    half = cast("Packet[VideoStream]", Packet(whole[: len(whole) // 2] + bytes(len(whole) - len(whole) // 2)))
    half.pts, half.dts, half.time_base = packet.pts, packet.dts, packet.time_base
    return half


def test_a_stream_that_begins_in_the_middle_of_a_group_waits_for_its_key_frame(h264: bytes):
    account = drive(h264, Scripted(), skip=range(8))

    assert account.frames == [20, 40, 60, 80, 100]
    assert account.total == FRAMES - 8


def test_the_gear_and_the_key_frame_distance_are_told_once_each(h264: bytes):
    onlooker = Scripted(moving=lambda number: 30 <= number < 45)
    drive(h264, onlooker)

    told = [(report.gear, report.reason, report.key_frame_distance_us) for report in onlooker.reports]
    assert told == [
        ("idle", "", None),
        ("idle", "", 2_000_000),
        ("full", "motion", 2_000_000),
        ("idle", "", 2_000_000),
    ]


@given(
    motion=st.lists(st.integers(0, FRAMES), max_size=6),
    triggers=st.lists(st.integers(0, FRAMES), max_size=2),
    lost=st.lists(st.integers(0, FRAMES - 1), max_size=6),
    which=st.sampled_from(["h264", "reordered", "mjpeg"]),
)
def test_whatever_moves_is_asked_for_or_gets_lost_every_packet_is_accounted_for_once(
    h264: bytes,
    reordered: bytes,
    mjpeg: bytes,
    motion: list[int],
    triggers: list[int],
    lost: list[int],
    which: str,
):
    encoded = {"h264": h264, "reordered": reordered, "mjpeg": mjpeg}[which]
    starts = sorted(motion)

    def moving(number: int) -> bool:
        return sum(start <= number for start in starts) % 2 == 1

    onlooker = Scripted(moving, lambda number: number in triggers)
    account = drive(encoded, onlooker, GearSettings(quiet_us=1_000_000, max_blind_us=3_000_000), skip=lost)

    assert account.total == FRAMES - len(set(lost))
    assert len(set(account.frames)) == len(account.frames)
    if which != "reordered":
        assert account.frames == sorted(account.frames)
