"""Latency by stage, computed from the stamps that each stage leaves."""

from collections.abc import Sequence
from itertools import pairwise


def latency_by_stage_ms(stamps_us: Sequence[tuple[str, int]]) -> dict[str, float]:
    """Time spent between neighbouring stamps, and in all.

    Args:
        stamps_us: (stage that ends here, microseconds since the epoch), oldest first. The first
            entry only starts the clock; its name is not used.

    Returns:
        Milliseconds by stage, and ``total`` from the first stamp to the last. A negative value
        means that two machines' clocks disagree; it is kept, so that it can be seen.
    """
    by_stage = {stage: (at_us - before_us) / 1000 for (_, before_us), (stage, at_us) in pairwise(stamps_us)}
    by_stage["total"] = (stamps_us[-1][1] - stamps_us[0][1]) / 1000
    return by_stage
