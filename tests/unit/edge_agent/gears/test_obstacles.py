import pytest

from ommatid_edge.gears.gear_shift import Cue
from ommatid_edge.gears.obstacles import obstacle_to_idle
from ommatid_edge.gears.onlooker import GearReport
from ommatid_edge.gears.settings import GearSettings


@pytest.mark.parametrize(
    ("cue", "distance_us", "found"),
    [
        (Cue.KEY_FRAMES_TOO_FAR_APART, 4_000_000, "at most 2.0 s apart, found 4.0 s; set a shorter"),
        (Cue.KEY_FRAMES_TOO_FAR_APART, None, "found none in time"),
        (Cue.KEY_FRAMES_TOO_FAR_APART, 2_000_000, "found none in time"),
        (Cue.BUFFER_TOO_SMALL, 2_000_000, "within 4194304 bytes, found more; raise decode.buffer_bytes"),
        (Cue.KEY_FRAME_UNREADABLE, 2_000_000, "found one that cannot, as with intra refresh"),
    ],
)
def test_what_keeps_a_stream_from_idling_is_said_with_what_to_do(cue: Cue, distance_us: int | None, found: str):
    obstacle = obstacle_to_idle(GearSettings(), GearReport("full", cue, distance_us))

    assert obstacle is not None
    assert found in obstacle


@pytest.mark.parametrize("reason", ["", Cue.MOTION, Cue.TRIGGER, Cue.PACKET_SIZE, Cue.ALWAYS])
def test_what_is_meant_to_be_is_no_obstacle(reason: str):
    assert obstacle_to_idle(GearSettings(), GearReport("full", reason, 2_000_000)) is None
