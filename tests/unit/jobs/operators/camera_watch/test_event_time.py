"""How far event time has come."""

from hypothesis import given
from hypothesis import strategies as st

from ommatid_jobs.operators.camera_watch import STILL_US, passed_us

NOW_US = 1_700_000_000_000_000
S = 1_000_000


def test_while_reports_come_the_watermark_is_event_time():
    assert passed_us(NOW_US - 7 * S, NOW_US - 5 * S, 5 * S, NOW_US) == NOW_US - 7 * S


def test_while_nothing_is_reported_event_time_goes_on_with_the_clock():
    assert passed_us(NOW_US - 92 * S, NOW_US - 90 * S, 90 * S, NOW_US) == NOW_US


def test_what_is_read_late_is_as_late_while_nothing_more_comes():
    assert passed_us(NOW_US - 900 * S, NOW_US - 890 * S, 30 * S, NOW_US) == NOW_US - 860 * S


def test_a_region_of_which_nothing_is_known_has_no_time():
    assert passed_us(-(2**63) // 1000 * 1000, 0, 60 * S, NOW_US) < 0


@given(watermark_us=st.integers(0, 2 * NOW_US), heard_us=st.integers(0, NOW_US), waited_us=st.integers(0, 9 * STILL_US))
def test_event_time_never_passes_the_clock(watermark_us: int, heard_us: int, waited_us: int):
    assert passed_us(watermark_us, heard_us, waited_us, NOW_US) <= NOW_US
