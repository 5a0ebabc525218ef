"""What became of the frames, and what that costs."""

from collections.abc import Mapping
from dataclasses import dataclass

Counts = Mapping[str, int]
"""By reason, without those that are 0."""


@dataclass(frozen=True, slots=True)
class FrameAccounts:
    """Frames of one run; published = looked at + dropped + dead letters of the sampler.

    Attributes:
        captured: Frames of the footage; None where only those are known that were published.
        not_published: Those that the edge left out, by its reason; captured is the sum of these and of the published.
        published: By the edge's reason.
        dropped: By the sampler, by its reason.
        looked_at: By the model, by the sampler's reason.
        dead_letters: By stage.
    """

    captured: int | None
    not_published: Counts
    published: Counts
    dropped: Counts
    looked_at: Counts
    dead_letters: Counts

    @property
    def model_calls(self) -> int:
        """Frames that the model looked at. A job may put several into one batch; each counts."""
        return sum(self.looked_at.values())


@dataclass(frozen=True, slots=True)
class Price:
    """Money for one frame that the model looks at, and who says so."""

    per_call: float
    source: str


@dataclass(frozen=True, slots=True)
class Cost:
    """Money for the model.

    Attributes:
        calls: Frames that the model looked at.
        price: None where nobody says what a call costs.
        duration_s: Length of the footage, seconds.
        cameras: Cameras that it is of.
        spent: What vision language models were really paid in this run; None where none was asked.
    """

    calls: int
    price: Price | None
    duration_s: float
    cameras: int = 1
    spent: float | None = None

    @property
    def total(self) -> float | None:
        """For the whole footage, by the price."""
        return None if self.price is None else self.calls * self.price.per_call

    @property
    def per_camera_hour(self) -> float | None:
        """For a camera and an hour of such footage."""
        if self.total is None or self.duration_s <= 0:
            return None
        return self.total * 3600 / self.duration_s / self.cameras


def price_of(per_1000_calls: float | None, group: str, group_price: float) -> Price | None:
    """What a call costs: as the command says, else as the group's budget does.

    Args:
        per_1000_calls: Given with the command; None if it was not.
        group: Name of the group.
        group_price: ``frame_price`` and ``call_price`` of its budget; 0 stands for not known.
    """
    if per_1000_calls is not None:
        return Price(per_1000_calls / 1000, "--price-per-1000-calls")
    return Price(group_price, f"groups.{group}.budget") if group_price else None
