"""How a simulated camera behaves at one moment."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CameraBehaviour:
    """How a camera differs from a well-behaved one. What is switched while it runs is a new value of this type.

    Attributes:
        sender_reports: Whether RTCP sender reports are sent; without them a client has no capture time.
        sender_report_period_s: Time between sender reports, seconds.
        first_report_after_s: Time from PLAY to the first report, seconds; some cameras take several.
        ntp_skew_s: How far the camera's clock is ahead of true time, seconds; negative when it is behind.
        clock_drift_ppm: How much faster than true time the camera's clock runs, microseconds per second.
        first_timestamp: RTP timestamp of the first frame, None for a random one as RFC 3550 asks for.
        mute: Requests are read and never answered.
        reply_delay_s: Time from a request to its answer, seconds.
        refuses_passwords: Everybody who is not playing yet gets 401, with the right password too.
        missing: Everybody who is not playing yet gets 404.
        bad_description: DESCRIBE is answered with a session description that describes nothing.
        stalled: Neither media nor reports are sent; requests are answered.
        loss: Share of RTP packets that are left out, 0..1.
        bit_flips: Share of RTP packets of which one bit of the payload is inverted, 0..1.
    """

    sender_reports: bool = True
    sender_report_period_s: float = 5.0
    first_report_after_s: float = 0.0
    ntp_skew_s: float = 0.0
    clock_drift_ppm: float = 0.0
    first_timestamp: int | None = None
    mute: bool = False
    reply_delay_s: float = 0.0
    refuses_passwords: bool = False
    missing: bool = False
    bad_description: bool = False
    stalled: bool = False
    loss: float = 0.0
    bit_flips: float = 0.0


def camera_clock_us(behaviour: CameraBehaviour, true_us: int, running_s: float) -> int:
    """What the camera's own clock says.

    Args:
        behaviour: Skew and drift.
        true_us: True time, microseconds since the Unix epoch.
        running_s: How long the camera has been running, seconds; the drift adds up over it.
    """
    drift_us = behaviour.clock_drift_ppm * running_s
    return true_us + round(behaviour.ntp_skew_s * 1_000_000 + drift_us)
