from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ommatid_edge.capture_clock import TRUSTED_OFFSET_US, ClockState, stamp
from ommatid_schemas.events import Clock

NOON_US = 1_795_000_000_000_000

offsets_us = st.integers(-10_000_000, 10_000_000)


def test_a_sender_report_near_arrival_gives_the_capture_time():
    stamped = stamp(ClockState(), arrived_at_us=NOON_US, rtcp_at_us=NOON_US - 100_000)

    assert (stamped.captured_at_us, stamped.clock) == (NOON_US - 100_000, Clock.RTCP)


def test_without_sender_reports_arrival_is_the_capture_time():
    stamped = stamp(ClockState(), arrived_at_us=NOON_US, rtcp_at_us=None)

    assert (stamped.captured_at_us, stamped.clock) == (NOON_US, Clock.ARRIVAL)


def test_a_camera_that_lives_in_1970_is_not_believed_but_its_offset_is_kept():
    stamped = stamp(ClockState(), arrived_at_us=NOON_US, rtcp_at_us=1_000_000)

    assert (stamped.captured_at_us, stamped.clock) == (NOON_US, Clock.ARRIVAL)
    assert stamped.state.offset_us == 1_000_000 - NOON_US
    assert not stamped.state.trusted


def test_a_packet_without_a_report_keeps_the_last_offset():
    first = stamp(ClockState(), NOON_US, NOON_US - 80_000)
    second = stamp(first.state, NOON_US + 100_000, None)

    assert second.state.offset_us == -80_000


@given(offset_us=offsets_us)
def test_the_camera_is_believed_exactly_within_two_seconds_of_arrival(offset_us: int):
    stamped = stamp(ClockState(), NOON_US, NOON_US + offset_us)

    assert (stamped.clock is Clock.RTCP) == (abs(offset_us) <= TRUSTED_OFFSET_US)


@given(st.lists(st.none() | offsets_us, min_size=2, max_size=50))
def test_capture_times_increase_strictly_whatever_the_camera_claims(claims_us: list[int | None]):
    state, captured_us = ClockState(), list[int]()
    for number, claim_us in enumerate(claims_us):
        arrived_us = NOON_US + number * 100_000
        stamped = stamp(state, arrived_us, None if claim_us is None else arrived_us + claim_us)
        state = stamped.state
        captured_us.append(stamped.captured_at_us)

    assert all(earlier < later for earlier, later in pairwise(captured_us))


def test_when_this_machines_clock_is_set_back_by_an_hour_the_sequence_starts_over():
    before = stamp(ClockState(), NOON_US, None)
    after = stamp(before.state, NOON_US - 3600 * 1_000_000, None)

    assert after.captured_at_us == NOON_US - 3600 * 1_000_000


def test_drift_and_jumps_are_measured_from_the_sender_reports():
    state = ClockState()
    for second in range(400):
        skew_us = 200 * second + (60_000_000 if second >= 300 else 0)
        arrived_us = NOON_US + second * 1_000_000
        state = stamp(state, arrived_us, arrived_us + skew_us).state
        if second == 290:
            assert state.drift.drift_ppm is not None
            assert 199 < state.drift.drift_ppm < 201

    assert state.drift.jumps == 1
    assert not state.trusted


def test_a_camera_without_sender_reports_has_neither_drift_nor_jumps():
    state = ClockState()
    for second in range(200):
        state = stamp(state, NOON_US + second * 1_000_000, None).state

    assert (state.drift.drift_ppm, state.drift.jumps, state.offset_us) == (None, 0, None)
