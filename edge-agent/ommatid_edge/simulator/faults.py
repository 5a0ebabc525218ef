"""Everything that a simulated camera can do wrong, by name, and what each fault changes."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from ommatid_edge.simulator.behaviour import CameraBehaviour
from ommatid_edge.simulator.encoding import Encoding, other_codec
from ommatid_edge.simulator.errors import FaultAmountError

_RTP_CLOCK_HZ = 90_000


class Fault(StrEnum):
    """Faults by the names that commands and the control endpoint use."""

    FIN = "fin"
    RST = "rst"
    BYE = "bye"
    RANDOM_BYTES = "random-bytes"
    BOGUS_LENGTH = "bogus-length"
    STALL = "stall"
    MUTE = "mute"
    SLOW = "slow"
    UNAUTHORISED = "unauthorised"
    NOT_FOUND = "not-found"
    BAD_SDP = "bad-sdp"
    LOSS = "loss"
    BIT_FLIPS = "bit-flips"
    NO_SENDER_REPORT = "no-sender-report"
    CLOCK_SKEW = "clock-skew"
    CLOCK_JUMP = "clock-jump"
    CLOCK_DRIFT = "clock-drift"
    TIMESTAMP_WRAP = "timestamp-wrap"
    RESOLUTION = "resolution"
    CODEC = "codec"
    KEY_FRAMES = "key-frames"
    BIT_RATE = "bit-rate"


@dataclass(frozen=True, slots=True)
class Nature:
    """What kind of fault it is.

    Attributes:
        what: What the camera does, one clause for `--help` and documentation.
        once: It happens at one moment to every client that is connected; others last until they are cleared.
        usual: Amount if none is given; None if the fault has no amount.
        unit: Unit of the amount.
        least: Smallest amount.
        most: Largest amount.
    """

    what: str
    once: bool = False
    usual: float | None = None
    unit: str = ""
    least: float = 0.0
    most: float = math.inf


NATURES: Mapping[Fault, Nature] = {
    Fault.FIN: Nature("closes its connections", once=True),
    Fault.RST: Nature("resets its connections", once=True),
    Fault.BYE: Nature("says RTCP BYE and sends nothing more on its connections", once=True),
    Fault.RANDOM_BYTES: Nature("writes random bytes into the stream", once=True, usual=5_000, unit="bytes", most=1e6),
    Fault.BOGUS_LENGTH: Nature("announces an interleaved packet of 65535 bytes that does not come", once=True),
    Fault.STALL: Nature("sends no media, answers requests"),
    Fault.MUTE: Nature("reads requests and never answers"),
    Fault.SLOW: Nature("answers each request late", usual=1.5, unit="s", most=600),
    Fault.UNAUTHORISED: Nature("answers 401 to new clients, whatever their password"),
    Fault.NOT_FOUND: Nature("answers 404 to new clients"),
    Fault.BAD_SDP: Nature("describes no stream to new clients"),
    Fault.LOSS: Nature("loses RTP packets", usual=0.05, unit="share", most=1),
    Fault.BIT_FLIPS: Nature("inverts one bit in RTP packets", usual=0.3, unit="share", most=1),
    Fault.NO_SENDER_REPORT: Nature("sends no RTCP sender reports"),
    Fault.CLOCK_SKEW: Nature("has a clock that is ahead (behind if negative)", usual=-3_600, unit="s", least=-1e10),
    Fault.CLOCK_JUMP: Nature("has a clock that jumps from where it is", usual=60, unit="s", least=-1e10),
    Fault.CLOCK_DRIFT: Nature("has a clock that runs too fast", usual=200, unit="ppm", least=-1e6),
    Fault.TIMESTAMP_WRAP: Nature("starts new clients so that RTP timestamps wrap soon", usual=3, unit="s", most=40_000),
    Fault.RESOLUTION: Nature("changes its picture size", usual=0.5, unit="factor", least=0.05, most=4),
    Fault.CODEC: Nature("changes its codec; who is connected keeps the old description"),
    Fault.KEY_FRAMES: Nature("changes its key frame distance", usual=10, unit="s", least=0.04, most=60),
    Fault.BIT_RATE: Nature(
        "changes to a constant bit rate (0: constant quality)", usual=500_000, unit="bit/s", most=1e8
    ),
}

ActiveFaults = Mapping[Fault, float]
"""Lasting faults that are switched on, with their amounts (0 where there is none)."""

_BEHAVIOUR: Mapping[Fault, Callable[[CameraBehaviour, float], CameraBehaviour]] = {
    Fault.STALL: lambda it, _: replace(it, stalled=True),
    Fault.MUTE: lambda it, _: replace(it, mute=True),
    Fault.SLOW: lambda it, amount: replace(it, reply_delay_s=amount),
    Fault.UNAUTHORISED: lambda it, _: replace(it, refuses_passwords=True),
    Fault.NOT_FOUND: lambda it, _: replace(it, missing=True),
    Fault.BAD_SDP: lambda it, _: replace(it, bad_description=True),
    Fault.LOSS: lambda it, amount: replace(it, loss=amount),
    Fault.BIT_FLIPS: lambda it, amount: replace(it, bit_flips=amount),
    Fault.NO_SENDER_REPORT: lambda it, _: replace(it, sender_reports=False),
    Fault.CLOCK_SKEW: lambda it, amount: replace(it, ntp_skew_s=amount),
    Fault.CLOCK_JUMP: lambda it, amount: replace(it, ntp_skew_s=it.ntp_skew_s + amount),
    Fault.CLOCK_DRIFT: lambda it, amount: replace(it, clock_drift_ppm=amount),
    Fault.TIMESTAMP_WRAP: lambda it, amount: replace(it, first_timestamp=2**32 - round(amount * _RTP_CLOCK_HZ)),
}

_ENCODING: Mapping[Fault, Callable[[Encoding, float], Encoding]] = {
    Fault.RESOLUTION: lambda it, amount: replace(it, scale=it.scale * amount),
    Fault.CODEC: lambda it, _: other_codec(it),
    Fault.KEY_FRAMES: lambda it, amount: replace(it, key_frame_every_s=amount),
    Fault.BIT_RATE: lambda it, amount: replace(it, bit_rate=round(amount) or None),
}


def checked_amount(fault: Fault, amount: float | None) -> float:
    """Amount of a fault: the given one, or the usual one, or 0 where the fault has none.

    Raises:
        FaultAmountError: An amount where there is none, or outside the bounds.
    """
    nature = NATURES[fault]
    if nature.usual is None:
        if amount is not None:
            raise FaultAmountError(f"fault {fault}: expected no amount, found {amount:g}; leave it out")
        return 0.0
    found = nature.usual if amount is None else amount
    if not nature.least <= found <= nature.most:
        raise FaultAmountError(
            f"fault {fault}: expected {nature.least:g} to {nature.most:g} {nature.unit}, found {found:g}; change it"
        )
    return found


def behaviour_under(base: CameraBehaviour, faults: ActiveFaults) -> CameraBehaviour:
    """Behaviour of a camera with faults, in the order in which they were switched on."""
    for fault, amount in faults.items():
        if fault in _BEHAVIOUR:
            base = _BEHAVIOUR[fault](base, amount)
    return base


def encoding_under(base: Encoding | None, faults: ActiveFaults) -> Encoding | None:
    """Encoding of a camera with faults; None for the scene's clip as it is."""
    for fault, amount in faults.items():
        if fault in _ENCODING:
            base = _ENCODING[fault](base or Encoding(), amount)
    return base
