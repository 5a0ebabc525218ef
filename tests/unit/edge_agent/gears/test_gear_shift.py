from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from ommatid_edge.gears.gear_shift import Cue, Gear
from ommatid_edge.gears.settings import GearSettings
from tests.strategies import gear_scripts, gear_settings
from tests.unit.edge_agent.gears.rides import Passing, Ride

SECOND_US = 1_000_000
SETTINGS = GearSettings(max_blind_us=2 * SECOND_US, quiet_us=5 * SECOND_US, buffer_bytes=200_000)
KEY, OTHER = Passing(key=True, size_bytes=10_000), Passing(key=False)


def group(frames: int = 20, *, moves: bool = False, wanted: bool = False) -> list[Passing]:
    """A group of pictures, 10 frames per second."""
    return [replace(it, moves=moves, wanted=wanted) for it in [KEY, *[OTHER] * (frames - 1)]]


still_groups = st.lists(st.integers(5, 20), min_size=1, max_size=8)
short_groups = st.lists(st.integers(5, 10), min_size=1, max_size=8)


@given(settings=gear_settings, script=gear_scripts)
def test_every_packet_gives_its_frame_or_is_counted_as_skipped_exactly_once(
    settings: GearSettings, script: list[Passing]
):
    ride = Ride(settings).run(script).rest()

    assert sorted([*ride.given, *ride.skipped]) == list(range(len(script)))


@given(settings=gear_settings, script=gear_scripts)
def test_frames_come_in_the_order_of_their_packets(settings: GearSettings, script: list[Passing]):
    ride = Ride(settings).run(script).rest()

    assert ride.given == sorted(ride.given)


@given(settings=gear_settings, script=gear_scripts)
def test_what_is_kept_beside_a_key_frame_stays_within_the_buffer(settings: GearSettings, script: list[Passing]):
    assert Ride(settings).run(script).most_kept_bytes <= settings.buffer_bytes


@given(lengths=still_groups)
def test_of_a_still_scene_only_key_frames_are_decoded(lengths: list[int]):
    script = [passing for length in lengths for passing in group(length)]

    ride = Ride(SETTINGS).run(script).rest()

    assert all(script[number].key for number in ride.given)
    assert set(ride.gears) == {Gear.IDLE}


@given(lengths=short_groups)
def test_when_a_key_frame_moves_the_whole_group_before_it_is_decoded_in_order(lengths: list[int]):
    script = [passing for length in lengths for passing in group(length)]
    ride = Ride(SETTINGS).run(script)
    looked_at_last = ride.given[-1]
    moving_key = len(script)

    # A second later, so that this key frame is looked at however short the last groups were.
    ride.run([replace(KEY, moves=True, gap_us=1_000_000)])

    assert ride.given[-(moving_key - looked_at_last + 1) :] == list(range(looked_at_last, moving_key + 1))
    assert ride.state.gear is Gear.FULL


@given(lengths=short_groups, position=st.integers(1, 19))
def test_on_a_trigger_everything_since_the_last_key_frame_is_decoded_at_once(lengths: list[int], position: int):
    script = [passing for length in lengths for passing in group(length)]
    ride = Ride(SETTINGS).run([*script, replace(KEY, gap_us=1_000_000), *[OTHER] * (position - 1)])
    key = len(script)

    ride.run([replace(OTHER, wanted=True)])

    assert ride.given[-(position + 1) :] == list(range(key, key + position + 1))
    assert ride.state.cue is Cue.TRIGGER


@given(quiet_groups=st.integers(4, 10))
def test_idle_comes_back_at_the_first_key_frame_after_the_quiet_time(quiet_groups: int):
    ride = Ride(SETTINGS).run([*group(), *group(moves=True), *group() * quiet_groups])

    # The last moving frame is number 39; 5 s later, the next key frame is number 100.
    full = [number for number, gear in enumerate(ride.gears) if gear is Gear.FULL]
    assert full == list(range(20, 100))


def test_motion_in_between_puts_the_quiet_time_off():
    ride = Ride(SETTINGS).run([*group(), *group(moves=True), *group() * 2, *group(moves=True), *group() * 2])

    assert set(ride.gears[20:]) == {Gear.FULL}


def test_an_open_event_keeps_everything_decoded():
    ride = Ride(SETTINGS).run([*group(), *group(wanted=True) * 20, *group()])

    assert set(ride.gears[20:]) == {Gear.FULL}


@given(frames=st.integers(23, 60), groups=st.integers(2, 6))
def test_key_frames_too_far_apart_mean_full_decoding_for_good(frames: int, groups: int):
    ride = Ride(SETTINGS).run(group(frames) * groups)

    assert set(ride.gears[frames:]) == {Gear.FULL}
    assert ride.state.cue is Cue.KEY_FRAMES_TOO_FAR_APART


@given(frames=st.integers(27, 60))
def test_a_key_frame_that_does_not_come_is_not_waited_for_longer_than_a_quarter_over_the_limit(frames: int):
    ride = Ride(SETTINGS).run([*group(), *group(frames)])

    blind = [number for number, gear in enumerate(ride.gears) if gear is Gear.IDLE]
    assert blind[-1] == 20 + 25
    assert ride.given[-(frames - 1) :] == list(range(21, 20 + frames))


def test_shorter_key_frame_distances_bring_idle_back():
    ride = Ride(SETTINGS).run([*group(40) * 2, *group() * 10])

    assert ride.state.gear is Gear.IDLE


def test_a_group_larger_than_the_buffer_means_full_decoding_and_loses_nothing():
    large = [replace(passing, size_bytes=20_000) for passing in group()]

    ride = Ride(SETTINGS).run(large * 4).rest()

    assert ride.given == list(range(80))
    assert ride.state.cue is Cue.BUFFER_TOO_SMALL


def test_key_frames_that_cannot_be_decoded_alone_mean_full_decoding():
    ride = Ride(SETTINGS).run([replace(passing, readable=False) for passing in group()] * 3)

    assert set(ride.gears) == {Gear.FULL}
    assert ride.state.cue is Cue.KEY_FRAME_UNREADABLE


def test_of_a_stream_of_key_frames_about_one_a_second_is_decoded_while_it_is_still():
    ride = Ride(SETTINGS).run([replace(KEY, size_bytes=20_000, gap_us=66_667)] * 150).rest()

    assert 8 <= len(ride.given) <= 20


def test_what_arrives_in_a_burst_after_a_stall_is_looked_at_as_if_it_had_come_in_time():
    groups = group() * 6
    burst = [replace(it, late_us=(len(groups) - number) * 99_000) for number, it in enumerate(groups)]

    ride = Ride(SETTINGS).run(burst).rest()

    assert ride.given == [0, 20, 40, 60, 80, 100]


def test_always_full_decodes_everything_from_the_first_packet():
    ride = Ride(replace(SETTINGS, always_full=True)).run(group() * 3).rest()

    assert ride.given == list(range(60))


def test_without_any_key_frame_everything_is_decoded_after_a_while():
    ride = Ride(SETTINGS).run([OTHER] * 40).rest()

    assert ride.given == list(range(40))


def test_a_rise_of_packet_sizes_is_a_cue_where_history_says_so():
    steady = group()
    busy = [passing if passing.key else replace(passing, size_bytes=8_000) for passing in group(moves=True)]
    ride = Ride(SETTINGS).run([*steady * 20, *busy * 3, *steady * 5])
    assert ride.state.gear is Gear.IDLE
    start = len(ride.gears)

    ride.run([*steady[:5], *busy[1:6]])

    assert ride.state.gear is Gear.FULL
    assert set(range(start, start + 10)) <= set(ride.given)


def test_a_rise_that_motion_does_not_confirm_is_followed_up_for_a_second_only():
    steady = group()
    busy = [passing if passing.key else replace(passing, size_bytes=8_000) for passing in group(moves=True)]
    ride = Ride(SETTINGS).run([*steady * 20, *busy * 3, *steady * 5])

    ride.run([KEY, *[replace(OTHER, size_bytes=8_000)] * 5, *[OTHER] * 14, *steady])

    assert ride.gears[-26:-21] != [Gear.IDLE] * 5
    assert ride.state.gear is Gear.IDLE
    assert ride.state.sizes.still.risen > 0


def test_a_clock_that_is_set_back_does_not_keep_everything_decoded_for_hours():
    ride = Ride(SETTINGS).run([*group(), *group(moves=True)])

    ride.run([replace(KEY, gap_us=-3600 * SECOND_US), *group() * 40])

    assert ride.state.gear is Gear.IDLE
