"""Sends one camera to one client in real time."""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from ommatid_edge.simulator.behaviour import CameraBehaviour, camera_clock_us
from ommatid_edge.simulator.damage import damaged
from ommatid_edge.simulator.live_camera import LiveCamera
from ommatid_edge.simulator.sender import RtpSender

MAX_UNSENT_BYTES = 1_000_000
# Shorter hold-ups are caught up with; after longer ones a burst of stale frames would help nobody.
_SKIP_AFTER_S = 1.0


def _epoch_us() -> int:
    return time.time_ns() // 1_000


@dataclass(frozen=True, slots=True)
class Clocks:
    """The time that a player goes by, and chance.

    Attributes:
        monotonic_s: Monotonic clock to pace frames, seconds.
        epoch_us: Wall clock for capture times, microseconds since the Unix epoch.
        draw: Random numbers in [0, 1), for damage.
    """

    monotonic_s: Callable[[], float] = time.monotonic
    epoch_us: Callable[[], int] = _epoch_us
    draw: Callable[[], float] = random.random


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
    sender: RtpSender, transport: asyncio.WriteTransport, camera: LiveCamera, traffic: Traffic, clocks: Clocks
) -> None:
    """Send frames when they are due and reports when their time has come, until the connection closes.

    The capture time of a frame is the time when it was due, so it does not depend on how busy this machine is. What is
    switched at the camera takes effect with the next frame.
    """
    started_s = clocks.monotonic_s()
    report_due_s = camera.behaviour.first_report_after_s
    while not transport.is_closing():
        elapsed_s = clocks.monotonic_s() - started_s
        late_s = elapsed_s - sender.due_s()
        if late_s < 0:
            await asyncio.sleep(-late_s)
            continue
        if late_s > _SKIP_AFTER_S:
            sender.skip_to(elapsed_s)
            late_s = elapsed_s - sender.due_s()
        behaviour = camera.behaviour
        sender.show(camera.clip)
        if behaviour.stalled:
            sender.drop()
            continue
        if transport.get_write_buffer_size() > MAX_UNSENT_BYTES:
            sender.drop()
            traffic.frames_dropped += 1
            continue
        if behaviour.sender_reports and sender.due_s() >= report_due_s:
            report_due_s = sender.due_s() + behaviour.sender_report_period_s
            captured_us = clocks.epoch_us() - round(late_s * 1_000_000)
            running_s = started_s + elapsed_s - camera.started_s
            transport.write(sender.report(camera_clock_us(behaviour, captured_us, running_s)))
        _send_frame(sender, transport, behaviour, traffic, clocks)


def _send_frame(
    sender: RtpSender,
    transport: asyncio.WriteTransport,
    behaviour: CameraBehaviour,
    traffic: Traffic,
    clocks: Clocks,
) -> None:
    packets = sender.next_packets()
    if not packets:
        traffic.frames_dropped += 1
        return
    if behaviour.loss or behaviour.bit_flips:
        packets = damaged(packets, behaviour.loss, behaviour.bit_flips, clocks.draw)
    transport.write(packets)
    traffic.frames_sent += 1
