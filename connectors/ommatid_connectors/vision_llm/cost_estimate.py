"""What a frame will probably cost: as much as the dearest one lately. Pure."""

from dataclasses import dataclass

MEMORY_S = 3600.0
"""After this long an outlier is forgotten, or one senseless count of tokens would end all questions for good."""

_MOST = 100


@dataclass(frozen=True, slots=True)
class CostMemory:
    """When frames were paid for (seconds on a monotonic clock), and how much each cost (micros); oldest first."""

    paid: tuple[tuple[float, int], ...] = ()


def learn(memory: CostMemory, frame_micros: int, now_s: float) -> CostMemory:
    """Remember the cost of a frame."""
    return CostMemory((*memory.paid, (now_s, frame_micros))[-_MOST:])


def dearest_frame_micros(memory: CostMemory, now_s: float) -> int | None:
    """Cost of the dearest frame of the last hour, or None without one."""
    return max((micros for at_s, micros in memory.paid if at_s > now_s - MEMORY_S), default=None)
