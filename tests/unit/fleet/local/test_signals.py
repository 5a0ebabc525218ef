import os
import signal
from contextlib import ExitStack

import pytest

from ommatid_fleet.local.signals import terminate_on_sigterm, uninterrupted


def test_sigterm_becomes_an_exit_that_runs_what_must_be_cleaned_up():
    cleaned: list[str] = []

    def work() -> None:
        with terminate_on_sigterm(), ExitStack() as opened:
            opened.callback(cleaned.append, "state folder")
            os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(SystemExit, match="143"):
        work()
    assert cleaned == ["state folder"]


def test_the_earlier_handler_is_put_back():
    before = signal.getsignal(signal.SIGTERM)

    with terminate_on_sigterm():
        assert signal.getsignal(signal.SIGTERM) != before

    assert signal.getsignal(signal.SIGTERM) == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_does_not_break_off_the_cleaning_up(number: signal.Signals):
    with uninterrupted():
        os.kill(os.getpid(), number)
