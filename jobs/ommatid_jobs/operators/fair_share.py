"""May a camera have one more frame wait for the model, or does it already crowd the others out?

A model that keeps up answers a frame before the camera's next ones come, and this question changes nothing. One that
does not keep up makes frames wait, and results leave in order: a quiet camera's frame is answered after everything
that was admitted before it. So a flood delays all others, however fairly batches are filled.

A camera may have as many frames wait as the model answers in ``SHARE_MS``. It is over its share while that many or more
wait that were captured in less time than ``GUARANTEED_PER_S`` would have taken for them. Hence:

* A camera of which no more than ``GUARANTEED_PER_S`` frames a second are wanted is never over its share, however slow
  the model is and however late its frames arrive. What an outage held back, or a restarted job finds in Kafka, comes in
  bunches, but was captured at that rate.
* One that floods has its share, and as long as that is not answered ``GUARANTEED_PER_S`` beside it.

It is fair queueing by refusal (Nagle, RFC 970) with a short queue for each camera: a longer one would only make the
flood's own results older.
"""

from dataclasses import replace

from ommatid_jobs.operators.sampler import Admitted, Dropped, DropReason, SamplerState, Verdict
from ommatid_schemas.events import FrameEvent

SHARE_MS = 25.0
"""Time of the model that the waiting frames of one camera may take, milliseconds."""

LEAST_FRAMES = 1
"""However slow the model is."""

MOST_FRAMES = 64
"""However fast the model is: as many as wait in all with the default batch size."""

GUARANTEED_PER_S = 5
"""Frames per second, by capture time, that a camera may always have: the default ``event_rate``."""

_INTERVAL_US = 1_000_000 // GUARANTEED_PER_S


def share_frames(frame_ms: float | None) -> int:
    """How many frames of one camera may wait.

    Args:
        frame_ms: Time of the model for one frame, milliseconds; None while it is not known.
    """
    if not frame_ms:
        return MOST_FRAMES
    return min(max(round(SHARE_MS / frame_ms), LEAST_FRAMES), MOST_FRAMES)


def is_over_share(share: int, waiting_us: frozenset[int], captured_at_us: int) -> bool:
    """Whether a camera may not have another frame wait.

    Args:
        share: How many of its frames may wait.
        waiting_us: Capture times of those that do, microseconds since the epoch.
        captured_at_us: Capture time of the frame in question.
    """
    if len(waiting_us) < share:
        return False
    apart_us = sorted(abs(captured_at_us - other_us) for other_us in waiting_us - {captured_at_us})
    # The n-th nearest should be n intervals away; a layer takes a frame up to half an interval early.
    return any(
        distance_us < count * _INTERVAL_US - _INTERVAL_US // 2
        for count, distance_us in enumerate(apart_us[share - 1 :], start=share)
    )


def admitted_within_share(
    share: int,
    waiting_us: frozenset[int],
    before: SamplerState,
    judged: tuple[SamplerState, Verdict],
    frame: FrameEvent,
) -> tuple[SamplerState, Verdict]:
    """Ask about a frame that the sampler has judged; what it dropped stays dropped.

    One that is refused leaves the layers of its camera as they were, like one over the budget.

    Args:
        share: How many frames of the camera may wait.
        waiting_us: Capture times of those that do.
        before: State of the camera before the frame.
        judged: What ``sampler.on_frame`` made of ``before`` and the frame.
        frame: The frame.
    """
    after, verdict = judged
    if not isinstance(verdict, Admitted) or not is_over_share(share, waiting_us, frame.captured_at_us):
        return judged
    return replace(after, layers=before.layers), Dropped(DropReason.OVER_SHARE)
