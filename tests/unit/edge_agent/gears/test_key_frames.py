from hypothesis import given
from hypothesis import strategies as st

from ommatid_edge.gears.key_frames import KeyFrames, key_frame, other_frame
from ommatid_edge.gears.settings import GearSettings

NOON_US = 1_795_000_000_000_000
SECOND_US = 1_000_000


def test_distance_is_taken_from_the_streams_own_clock_whatever_the_network_does():
    known = KeyFrames()
    for number, late_us in enumerate([0, 300_000, 0, 700_000]):
        known = key_frame(known, NOON_US + number * 2 * SECOND_US + late_us, number * 2 * SECOND_US, 1_000)

    assert known.distances_us == (2 * SECOND_US,) * 3


def test_without_usable_timestamps_distance_is_taken_from_arrival():
    known = key_frame(KeyFrames(), NOON_US, None, 1_000)
    known = key_frame(known, NOON_US + SECOND_US, 90_000_000, 1_000)
    known = key_frame(known, NOON_US + 3 * SECOND_US, 5_000, 1_000)  # wrapped

    assert known.distances_us == (SECOND_US, 2 * SECOND_US)


def test_a_camera_that_stretches_its_groups_is_judged_by_the_longest_of_the_last_three():
    known = KeyFrames()
    for second in (0, 2, 10, 12, 14):
        known = key_frame(known, NOON_US, second * SECOND_US, 1_000)
    assert known.distance_us == 8 * SECOND_US

    known = key_frame(known, NOON_US, 16 * SECOND_US, 1_000)
    assert known.distance_us == 2 * SECOND_US


def test_the_distance_is_unknown_before_the_second_key_frame():
    assert key_frame(KeyFrames(), NOON_US, 0, 1_000).distance_us is None


@given(sizes=st.lists(st.integers(1, 100_000), min_size=1, max_size=20))
def test_the_size_of_a_group_is_that_of_all_its_packets(sizes: list[int]):
    known = key_frame(KeyFrames(), NOON_US, 0, sizes[0])
    for size in sizes[1:]:
        known = other_frame(known, NOON_US, size)

    assert key_frame(known, NOON_US, SECOND_US, 1).last_group_bytes == sum(sizes)


def test_a_stream_that_begins_in_the_middle_of_a_group_waits_since_its_first_packet():
    known = other_frame(other_frame(KeyFrames(), NOON_US, 10), NOON_US + SECOND_US, 10)

    assert known.waiting_since_us == NOON_US
    assert known.arrived_at_us is None


def test_a_limit_that_equals_the_distance_tolerates_its_jitter():
    settings = GearSettings(max_blind_us=2 * SECOND_US)

    assert settings.tolerates(2_070_000)
    assert not settings.tolerates(2_300_000)
