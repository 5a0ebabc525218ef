"""Where an object will be after any time: constant velocity that fades, with growing uncertainty.

A Kalman filter over centre and velocity. Both axes share one covariance, measured in sizes of the object (the side of
the square of the same area), so that one set of constants serves near and far objects. Velocity reverts to zero with
the time constant :data:`FADE_S` (the Ornstein-Uhlenbeck case of Singer, "Estimating optimal filter tracking
performance for manned maneuvering targets", 1970): a person seen at 2 frames a second keeps its way, and one that was
not seen for 10 s is not expected at the other end of the picture.
"""

from dataclasses import dataclass
from math import exp

from ommatid_jobs.operators.tracking.overlap import Extent

FADE_S = 2.0
"""Time constant with which velocity fades, seconds."""
HORIZON_S = 3.0
"""Time after which nothing is known of a motion, seconds."""

_MEASURED = 0.1**2
_FIRST_VELOCITY = 2.0**2
_ACCELERATION = 2.0**2
_SIZE_GAIN = 0.5


@dataclass(frozen=True, slots=True)
class Motion:
    """State of motion of one object at the time of its last frame.

    Attributes:
        x: Centre, relative to the frame.
        y: Centre, relative to the frame.
        w: Width, smoothed.
        h: Height, smoothed.
        vx: Velocity, per second.
        vy: Velocity, per second.
        position_variance: Of either axis, in sizes squared.
        covariance: Of position and velocity, in sizes squared per second.
        velocity_variance: In sizes squared per second squared.
    """

    x: float
    y: float
    w: float
    h: float
    vx: float = 0.0
    vy: float = 0.0
    position_variance: float = _MEASURED
    covariance: float = 0.0
    velocity_variance: float = _FIRST_VELOCITY

    @property
    def extent(self) -> Extent:
        """Box around the centre."""
        return Extent(self.x, self.y, self.w, self.h)

    @property
    def reach(self) -> float:
        """Standard deviation of where the next box will be, in sizes."""
        return (self.position_variance + _MEASURED) ** 0.5


def predicted(motion: Motion, after_s: float) -> Motion:
    """Motion after a time without observation; beyond :data:`HORIZON_S` the object is where it was."""
    if after_s > HORIZON_S:
        return Motion(motion.x, motion.y, motion.w, motion.h)
    kept = exp(-after_s / FADE_S)
    way_s = FADE_S * (1 - kept)
    return Motion(
        motion.x + motion.vx * way_s,
        motion.y + motion.vy * way_s,
        motion.w,
        motion.h,
        motion.vx * kept,
        motion.vy * kept,
        motion.position_variance
        + 2 * way_s * motion.covariance
        + way_s**2 * motion.velocity_variance
        + _ACCELERATION * after_s**4 / 4,
        kept * (motion.covariance + way_s * motion.velocity_variance) + _ACCELERATION * after_s**3 / 2,
        kept**2 * motion.velocity_variance + _ACCELERATION * after_s**2,
    )


def corrected(motion: Motion, seen: Extent) -> Motion:
    """Motion after the object was seen, at the time that ``motion`` is predicted for."""
    total = motion.position_variance + _MEASURED
    gain, velocity_gain = motion.position_variance / total, motion.covariance / total
    dx, dy = seen.x - motion.x, seen.y - motion.y
    return Motion(
        motion.x + gain * dx,
        motion.y + gain * dy,
        motion.w + _SIZE_GAIN * (seen.w - motion.w),
        motion.h + _SIZE_GAIN * (seen.h - motion.h),
        motion.vx + velocity_gain * dx,
        motion.vy + velocity_gain * dy,
        (1 - gain) * motion.position_variance,
        (1 - gain) * motion.covariance,
        motion.velocity_variance - velocity_gain * motion.covariance,
    )
