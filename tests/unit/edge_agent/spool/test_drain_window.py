from hypothesis import given
from hypothesis import strategies as st

from ommatid_edge.spool.drain_window import DrainWindow, after_acknowledgement

KB = 1024
WINDOW = DrainWindow(largest_bytes=4096 * KB, latency_s=0.5)


def test_the_window_doubles_per_round_trip_until_latency_rises():
    window = WINDOW
    for _ in range(8):
        window = after_acknowledgement(window, 32 * KB, took_s=0.01, at_s=1.0)

    assert window.window_bytes == 512 * KB


def test_one_rise_of_latency_cuts_the_window_once():
    window = DrainWindow(4096 * KB, 0.5, window_bytes=1024 * KB)
    for at_s in (1.0, 1.1, 1.2):
        window = after_acknowledgement(window, 32 * KB, took_s=0.9, at_s=at_s)

    assert (window.window_bytes, window.probing) == (512 * KB, False)


def test_after_a_cut_the_window_grows_by_one_frame_per_round_trip():
    window = DrainWindow(4096 * KB, 0.5, window_bytes=320 * KB, probing=False)
    for _ in range(10):
        window = after_acknowledgement(window, 32 * KB, took_s=0.01, at_s=1.0)

    assert 350 * KB <= window.window_bytes <= 352 * KB


@given(st.lists(st.tuples(st.integers(1, 2**21), st.floats(0, 100), st.floats(0, 1000)), max_size=50))
def test_the_window_stays_between_its_bounds(acknowledgements: list[tuple[int, float, float]]):
    window = WINDOW
    for size_bytes, took_s, at_s in acknowledgements:
        window = after_acknowledgement(window, size_bytes, took_s, at_s)
        assert 64 * KB <= window.window_bytes <= window.largest_bytes
