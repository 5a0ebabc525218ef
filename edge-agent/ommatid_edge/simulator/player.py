"""Sends one camera to one client in real time."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from ommatid_edge.simulator.scenes import CameraBehaviour
from ommatid_edge.simulator.sender import RtpSender

MAX_UNSENT_BYTES = 1_000_000
# Shorter hold-ups are caught up with; after longer ones a burst of stale frames would help nobody.
_SKIP_AFTER_S = 1.0


def _epoch_us() -> int:
    return time.time_ns() // 1_000


@dataclass(frozen=True, slots=True)
class Clocks:
    """The time that a player goes by: a monotonic clock to pace, the wall clock for capture times."""

    monotonic_s: Callable[[], float] = time.monotonic
    epoch_us: Callable[[], int] = _epoch_us


@dataclass(slots=True)
class Traffic:
    """What a server has sent so far, all clients together.

    Attributes:
        frames_sent: Frames handed to the network.
        frames_dropped: Frames left out because a client did not read, up to the key frame where it can go on.
    """

    frames_sent: int = 0
    frames_dropped: int = 0


async def play(
    sender: RtpSender, transport: asyncio.WriteTransport, behaviour: CameraBehaviour, traffic: Traffic, clocks: Clocks
) -> None:
    """Send frames when they are due and reports when their time has come, until the connection closes.

    The capture time of a frame is the time when it was due, so it does not depend on how busy this machine is.
    """
    started_s = clocks.monotonic_s()
    report_due_s = 0.0
    while not transport.is_closing():
        elapsed_s = clocks.monotonic_s() - started_s
        late_s = elapsed_s - sender.due_s()
        if late_s < 0:
            await asyncio.sleep(-late_s)
            continue
        if late_s > _SKIP_AFTER_S:
            sender.skip_to(elapsed_s)
            late_s = elapsed_s - sender.due_s()
        if transport.get_write_buffer_size() > MAX_UNSENT_BYTES:
            sender.drop()
            traffic.frames_dropped += 1
            continue
        if behaviour.sender_reports and sender.due_s() >= report_due_s:
            report_due_s = sender.due_s() + behaviour.sender_report_period_s
            captured_us = clocks.epoch_us() - round(late_s * 1_000_000)
            transport.write(sender.report(captured_us + round(behaviour.ntp_skew_s * 1_000_000)))
        _send_frame(sender, transport, traffic)


def _send_frame(sender: RtpSender, transport: asyncio.WriteTransport, traffic: Traffic) -> None:
    packets = sender.next_packets()
    if packets:
        transport.write(packets)
        traffic.frames_sent += 1
    else:
        traffic.frames_dropped += 1
