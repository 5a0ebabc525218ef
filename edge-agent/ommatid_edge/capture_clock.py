"""When a frame was captured: by the camera's clock if it can be believed, else by arrival.

Cameras that send RTCP sender reports (RFC 3550, 6.4.1) tie their media clock to wall-clock time;
FFmpeg passes the result on as producer reference time. Cameras also boot in 1970 and drift by
hours, so that time counts only while it agrees with the time of arrival.
"""

from dataclasses import dataclass, field

from ommatid_edge.clock_drift import DriftState, measured
from ommatid_schemas.events import Clock

TRUSTED_OFFSET_US = 2_000_000
"""Largest difference to arrival at which a camera's clock is believed, microseconds."""


@dataclass(frozen=True, slots=True)
class ClockState:
    """What is known of one camera's clock.

    Attributes:
        last_captured_at_us: Capture time given to the last frame.
        offset_us: Camera's clock minus arrival at its last report, microseconds; it includes the
            delay of network and decoder, so a good clock shows a small negative number. None
            before the first report.
        drift: How the offset moves over minutes, and whether it jumped.
    """

    last_captured_at_us: int = 0
    offset_us: int | None = None
    drift: DriftState = field(default_factory=DriftState)

    @property
    def trusted(self) -> bool:
        """Whether the camera's last report was within the limit."""
        return self.offset_us is not None and abs(self.offset_us) <= TRUSTED_OFFSET_US


@dataclass(frozen=True, slots=True)
class Stamp:
    """The next state, and the capture time of a frame with its source."""

    state: ClockState
    captured_at_us: int
    clock: Clock


def stamp(state: ClockState, arrived_at_us: int, rtcp_at_us: int | None) -> Stamp:
    """Give a frame its capture time.

    Capture times of a camera increase strictly, because they are its frames' identity and order:
    a frame that a correction of the clock would put at or before its predecessor comes one
    microsecond after it. Only when time goes back by more than twice the trusted offset (this
    machine's own clock was set) does the sequence start over.

    Args:
        state: Clock of this camera.
        arrived_at_us: Wall-clock time at which the frame's packet was read, us UTC.
        rtcp_at_us: Capture time by the camera's sender reports, us UTC; None without one.
    """
    offset_us, drift = state.offset_us, state.drift
    if rtcp_at_us is not None:
        offset_us = rtcp_at_us - arrived_at_us
        drift = measured(drift, arrived_at_us, offset_us)
    if rtcp_at_us is not None and abs(rtcp_at_us - arrived_at_us) <= TRUSTED_OFFSET_US:
        believed_us, clock = rtcp_at_us, Clock.RTCP
    else:
        believed_us, clock = arrived_at_us, Clock.ARRIVAL
    captured_at_us = _in_order(state.last_captured_at_us, believed_us)
    return Stamp(ClockState(captured_at_us, offset_us, drift), captured_at_us, clock)


def _in_order(last_us: int, believed_us: int) -> int:
    went_back_us = last_us - believed_us
    return last_us + 1 if 0 <= went_back_us <= 2 * TRUSTED_OFFSET_US else believed_us
