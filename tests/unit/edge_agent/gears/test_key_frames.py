from ommatid_edge.gears.key_frames import KeyFrames, anchored, first_packet, key_frame
from ommatid_edge.gears.settings import GearSettings

NOON_US = 1_795_000_000_000_000
SECOND_US = 1_000_000


def test_distance_is_taken_from_the_streams_own_clock_whatever_the_network_does():
    known = KeyFrames()
    for number, late_us in enumerate([0, 300_000, 0, 700_000]):
        known = key_frame(known, NOON_US + number * 2 * SECOND_US + late_us, number * 2 * SECOND_US)

    assert known.distances_us == (2 * SECOND_US,) * 3


def test_without_usable_timestamps_distance_is_taken_from_arrival():
    known = key_frame(KeyFrames(), NOON_US, None)
    known = key_frame(known, NOON_US + SECOND_US, 90_000_000)
    known = key_frame(known, NOON_US + 3 * SECOND_US, 5_000)  # wrapped

    assert known.distances_us == (SECOND_US, 2 * SECOND_US)


def test_a_camera_that_stretches_its_groups_is_judged_by_the_longest_of_the_last_three():
    known = KeyFrames()
    for second in (0, 2, 10, 12, 14):
        known = key_frame(known, NOON_US, second * SECOND_US)
    assert known.distance_us == 8 * SECOND_US

    known = key_frame(known, NOON_US, 16 * SECOND_US)
    assert known.distance_us == 2 * SECOND_US


def test_the_distance_is_unknown_before_the_second_key_frame():
    assert key_frame(KeyFrames(), NOON_US, 0).distance_us is None


def test_a_machine_that_is_behind_does_not_think_that_key_frames_are_late():
    known = key_frame(KeyFrames(), NOON_US, 0)

    assert known.since_us(NOON_US + 60 * SECOND_US, SECOND_US) == SECOND_US


def test_a_first_key_frame_without_timestamp_is_placed_by_the_packet_after_it():
    known = anchored(key_frame(KeyFrames(), NOON_US, None), NOON_US + 66_667, 500_000)

    late_us = 7 * SECOND_US
    assert key_frame(known, NOON_US + 2 * SECOND_US + late_us, 433_333 + 2 * SECOND_US).distance_us == 2 * SECOND_US


def test_a_stream_that_begins_in_the_middle_of_a_group_waits_since_its_first_packet():
    known = first_packet(NOON_US, None)

    assert known.since_us(NOON_US + SECOND_US, None) == SECOND_US
    assert key_frame(known, NOON_US + SECOND_US, None).distance_us is None


def test_a_limit_that_equals_the_distance_tolerates_its_jitter():
    settings = GearSettings(max_blind_us=2 * SECOND_US)

    assert settings.tolerates(2_070_000)
    assert not settings.tolerates(2_300_000)
