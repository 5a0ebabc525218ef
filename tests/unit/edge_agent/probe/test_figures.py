from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ommatid_edge.probe.facts import CpuFacts, PacketFact
from ommatid_edge.probe.figures import cost_figures, stream_figures
from tests.unit.edge_agent.probe.streams import cpu, figures, stream


@given(
    fps=st.floats(2, 60),
    key_every=st.integers(2, 120),
    groups=st.integers(2, 5),
    first_s=st.floats(0, 95_000),
)
def test_a_regular_stream_measures_as_what_it_is(fps: float, key_every: int, groups: int, first_s: float):
    seconds = groups * key_every / fps

    measured = stream_figures(stream(seconds, fps, key_every, first_s=first_s))

    distance = measured.key_frame_distance
    assert measured.frames == groups * key_every
    assert measured.fps == pytest.approx(fps, rel=1e-3)
    assert measured.seconds == pytest.approx(seconds, rel=1e-3)
    assert distance.count == groups - 1
    assert (distance.min_s, distance.median_s, distance.max_s) == pytest.approx(3 * (key_every / fps,), rel=1e-3)


@given(
    sizes=st.lists(st.integers(1, 10**6), min_size=2, max_size=60),
    keys=st.lists(st.booleans(), min_size=60, max_size=60),
    gaps=st.lists(st.floats(0.001, 5), min_size=60, max_size=60),
)
def test_whatever_arrives_the_figures_are_consistent(sizes: list[int], keys: list[bool], gaps: list[float]):
    at_s, packets = 0.0, list[PacketFact]()
    for size, key, gap in zip(sizes, keys, gaps, strict=False):
        at_s += gap
        packets.append(PacketFact(at_s, None, size, key))

    measured = stream_figures(packets)

    distance = measured.key_frame_distance
    assert measured.bit_rate_kbit_s * measured.seconds == pytest.approx(sum(sizes) * 8 / 1000)
    assert measured.fps * measured.seconds == pytest.approx(len(packets))
    assert distance.count == max(0, sum(it.key for it in packets) - 1)
    assert 0 <= distance.at_least_s <= at_s
    if distance.count:
        assert distance.min_s is not None
        assert distance.median_s is not None
        assert distance.max_s is not None
        assert distance.min_s <= distance.median_s <= distance.max_s <= distance.at_least_s


def test_the_burst_of_packets_at_the_start_does_not_raise_the_frame_rate():
    burst = tuple(replace(it, arrived_s=max(it.arrived_s, 102.0)) for it in stream(fps=15))

    assert stream_figures(burst).fps == pytest.approx(15)


def test_a_first_packet_without_a_time_is_put_before_the_second():
    first, *others = stream(fps=10, first_s=50.0)

    assert stream_figures((replace(first, media_s=None), *others)) == stream_figures((first, *others))


def test_a_stream_without_a_clock_is_measured_by_arrival():
    packets = tuple(replace(it, media_s=None) for it in stream(fps=10))

    assert stream_figures(packets).fps == pytest.approx(10)


def test_the_time_since_the_last_key_frame_counts_for_the_distance():
    # key           key                             end
    # |--- 1 s -----|------------ 3 s --------------|
    packets = stream(seconds=4.0, fps=10, key_every=10)
    packets = tuple(replace(it, key=index in (0, 10)) for index, it in enumerate(packets))

    distance = stream_figures(packets).key_frame_distance

    assert distance.max_s == pytest.approx(1.0)
    assert distance.at_least_s == pytest.approx(2.9)


def test_a_stream_with_one_key_frame_has_no_distance_but_a_lower_bound():
    distance = figures(seconds=8, key_every=1000).key_frame_distance

    assert (distance.count, distance.median_s) == (0, None)
    assert distance.at_least_s == pytest.approx(8, abs=0.1)


def test_frames_that_are_shown_in_another_order_are_noticed():
    one, two, three, *rest = stream()

    assert stream_figures((one, three, two, *rest)).reordered
    assert not stream_figures((one, two, three, *rest)).reordered


def test_a_bit_rate_that_repeats_in_every_group_is_constant_and_one_that_doubles_is_not():
    steady = stream(seconds=8, fps=15, key_every=15)
    rising = tuple(replace(it, size_bytes=it.size_bytes * (1 + index // 60)) for index, it in enumerate(steady))

    assert stream_figures(steady).bit_rate_spread == pytest.approx(0, abs=0.02)
    assert (stream_figures(rising).bit_rate_spread or 0) > 0.2


def test_a_bit_rate_is_not_judged_by_less_than_four_windows():
    assert stream_figures(stream(seconds=6, fps=15, key_every=30)).bit_rate_spread is None


@pytest.mark.parametrize(
    ("offset_s", "sender_reports", "trusted"), [(None, False, False), (-0.1, True, True), (-3600.0, True, False)]
)
def test_a_clock_is_trusted_as_the_agent_trusts_it(offset_s: float | None, sender_reports: bool, trusted: bool):
    clock = stream_figures(stream(clock_offset_s=offset_s)).clock

    assert (clock.sender_reports, clock.offset_s, clock.trusted) == (sender_reports, offset_s, trusted)


def test_a_still_camera_costs_reading_and_key_frames_and_a_moving_one_every_frame():
    # 2 ms + 1 key frame per second x 10 ms; 2 ms + 15 frames per second x 4 ms
    cost = cost_figures(cpu(), figures(), key_frames_suffice=True)

    assert cost.idle_ms_per_s == pytest.approx(12, rel=0.01)
    assert cost.moving_ms_per_s == pytest.approx(62, rel=0.01)
    assert (cost.cameras_per_core_idle, cost.cameras_per_core_moving) == (83, 16)


def test_where_key_frames_do_not_suffice_a_still_camera_costs_as_much_as_a_moving_one():
    cost = cost_figures(cpu(), figures(), key_frames_suffice=False)

    assert cost.idle_ms_per_s == cost.moving_ms_per_s


def test_a_stream_that_does_not_decode_has_no_cost_of_decoding():
    cost = cost_figures(CpuFacts(8.0, 0.016, 0, 0.0, 0, 0.0, 120), figures(), key_frames_suffice=True)

    assert cost.demux_ms_per_s == pytest.approx(2)
    assert (cost.idle_ms_per_s, cost.moving_ms_per_s, cost.cameras_per_core_idle) == (None, None, None)
