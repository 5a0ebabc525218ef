"""How far the time of a region has come, also while nothing is reported from it."""

STILL_US = 20_000_000
"""Time without any report from which a region is still, microseconds: agents report every 10 s."""


def passed_us(watermark_us: int, heard_us: int, waited_us: int, now_us: int) -> int:
    """Event time up to which everything can be judged.

    While a region is still, its watermark stands; then event time goes on with the clock. It never passes the clock,
    so that one agent whose clock is ahead does not make the others silent.

    Args:
        watermark_us: Event time up to which all reports were taken; may be far in the past before the first.
        heard_us: Time of the newest report that is not in the future; 0 before the first.
        waited_us: Time since a report was taken, of whatever event time.
        now_us: Current time, microseconds since the epoch.
    """
    event_us = heard_us + waited_us if heard_us and waited_us >= STILL_US else watermark_us
    return min(max(watermark_us, event_us), now_us)
