import logging
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ommatid_connectors.kafka.client_logging import Admitted, RepeatFilter, RepeatLimit


def line(text: str) -> logging.LogRecord:
    return logging.LogRecord("client", logging.ERROR, __file__, 1, text, (), None)


def test_lines_that_differ_only_in_numbers_are_one_kind() -> None:
    limit = RepeatLimit(period_s=30.0)

    answers = [limit.admit(f"connect to 127.0.0.1:{port} failed after {port} ms", 0.0) for port in (1, 2, 3)]

    assert answers == [Admitted(0), None, None]


def test_a_line_that_passes_again_tells_how_many_were_held_back() -> None:
    limit = RepeatLimit(period_s=30.0)

    answers = [limit.admit("connection refused", at_s) for at_s in (0.0, 10.0, 20.0, 30.0)]

    assert answers == [Admitted(0), None, None, Admitted(2)]


@given(gaps_s=st.lists(st.floats(0.0, 60.0), max_size=50))
def test_no_kind_passes_twice_within_a_period(gaps_s: list[float]) -> None:
    """Whatever the arrival times, two lines that pass are at least a period apart and every line is counted."""
    limit, at_s, counted = RepeatLimit(period_s=30.0), 0.0, 0
    passed_at_s: list[float] = []
    for gap_s in gaps_s:
        at_s += gap_s
        admitted = limit.admit("connection refused", at_s)
        if admitted is not None:
            passed_at_s.append(at_s)
            counted += 1 + admitted.suppressed

    assert all(later - earlier >= 30.0 for earlier, later in pairwise(passed_at_s))
    assert counted <= len(gaps_s)


def test_only_so_many_kinds_are_remembered() -> None:
    limit = RepeatLimit(period_s=30.0, kinds=2)
    for text in ("a", "b", "c"):
        limit.admit(text, 0.0)

    assert limit.admit("a", 1.0) == Admitted(0)


def test_a_repeated_line_is_held_back_from_the_log() -> None:
    repeats = RepeatFilter(RepeatLimit(period_s=30.0), now=lambda: 0.0)

    assert [repeats.filter(line("broker down")) for _ in range(2)] == [True, False]


def test_credentials_do_not_reach_the_log() -> None:
    record = line("proxy http://user:secret@10.0.0.1 refused")

    RepeatFilter(RepeatLimit(period_s=30.0), now=lambda: 0.0).filter(record)

    assert record.getMessage() == "proxy http://***@10.0.0.1 refused"
