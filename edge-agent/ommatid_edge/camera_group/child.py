"""The process of a camera group: its cameras' threads, and the pipe to the agent."""

import faulthandler
import os
import resource
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from functools import partial
from types import FrameType
from typing import BinaryIO, NoReturn, cast

import cv2
import structlog

from ommatid_connectors.process_logs import configure_logs
from ommatid_edge.camera_group.messages import (
    Alive,
    Begin,
    Command,
    OpenEvent,
    ReplanCamera,
    RunCamera,
    Stop,
    StopCamera,
)
from ommatid_edge.camera_group.outbox import Outbox
from ommatid_edge.camera_group.running_cameras import RunningCameras
from ommatid_edge.camera_group.wire import read_command
from ommatid_edge.camera_plan import CameraPlan
from ommatid_edge.connect_limit import LockFiles
from ommatid_edge.gears.onlooker import Onlooker
from ommatid_edge.rtsp_stream import RtspStream, StreamLimits, open_rtsp

_log = structlog.get_logger(__name__)

_TICK_S = 0.25
_ALIVE_EVERY_S = 1.0
_CAMERAS_STOP_S = 1.5
_SENDER_STOP_S = 2.0


def serve(pipe_fd: int) -> NoReturn:
    """Be the process of a camera group until the agent says stop, or is gone.

    Args:
        pipe_fd: Connected stream socket to the agent, inherited.
    """
    configure_logs(os.environ)
    faulthandler.enable()
    # A core dump would hold pictures and passwords.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Cameras are the unit of parallel work; a pool of OpenCV's own would only fight with their threads.
    cv2.setNumThreads(1)
    pipe = socket.socket(fileno=pipe_fd)
    _stop_on_sigterm(pipe)
    commands = cast("BinaryIO", pipe.makefile("rb"))
    begin = read_command(commands)
    if isinstance(begin, Begin):
        _Group(begin, pipe).serve(commands)
    # FFmpeg cannot be interrupted while it connects, and a thread that comes back from it while the
    # interpreter shuts down can crash the process. All that was to be told is told by now.
    sys.stderr.flush()
    os._exit(0)


class _Group:
    """One life of the process."""

    def __init__(self, begin: Begin, pipe: socket.socket) -> None:
        settings = begin.settings
        _yield_cpu(settings.nice, settings.cpus)
        limits = StreamLimits(
            open_s=settings.open_timeout_s,
            stall_s=settings.stall_timeout_s,
            undecodable_packets=settings.undecodable_packets,
        )
        self._pipe = pipe
        self._outbox = Outbox(settings.queue_bytes)
        places = LockFiles(settings.places, settings.connects_per_site)
        self._cameras = RunningCameras(settings, partial(_connect, limits), places, self._outbox, _now_us)
        self._closing = threading.Event()
        self._next_alive_s = 0.0

    def serve(self, commands: BinaryIO) -> None:
        """Obey until told to stop or the agent is gone, then end in order."""
        sender = threading.Thread(target=self._send, name="reports", daemon=True)
        sender.start()
        while (command := read_command(commands)) is not None and not isinstance(command, Stop):
            self._obey(command)
        self._cameras.stop_all(_CAMERAS_STOP_S)
        self._closing.set()
        sender.join(_SENDER_STOP_S)

    def _obey(self, command: Command) -> None:
        match command:
            case RunCamera(plan):
                self._cameras.run(plan)
            case ReplanCamera(plan):
                self._cameras.replan(plan)
            case StopCamera(camera_id):
                self._cameras.stop(camera_id)
            case OpenEvent():
                self._cameras.open_event(command)
            case Begin() | Stop():
                pass

    def _send(self) -> None:
        """Send reports until closing and nothing waits; the loop of one thread."""
        # The agent is gone when sending fails: the main thread reads the end of the pipe and stops.
        with suppress(OSError):
            next_tick_s = 0.0
            while True:
                closing = self._closing.is_set()
                if closing or time.monotonic() >= next_tick_s:
                    next_tick_s = time.monotonic() + _TICK_S
                    self._gather()
                encoded = self._outbox.take(0.0 if closing else _TICK_S)
                if encoded is not None:
                    self._pipe.sendall(encoded)
                elif closing:
                    return

    def _gather(self) -> None:
        """Queue what is told in batches."""
        self._outbox.flush_counts()
        if time.monotonic() >= self._next_alive_s:
            self._next_alive_s = time.monotonic() + _ALIVE_EVERY_S
            self._cameras.flush()
            self._outbox.put(Alive(_rss_bytes(), time.process_time(), threading.active_count()))


def _connect(
    limits: StreamLimits, plan: CameraPlan, onlooker: Onlooker, stopping: Callable[[], bool]
) -> AbstractContextManager[RtspStream]:
    return open_rtsp(plan, onlooker, limits, _now_us, stopping)


def _now_us() -> int:
    return time.time_ns() // 1000


def _stop_on_sigterm(pipe: socket.socket) -> None:
    """SIGTERM ends the process in order; Ctrl-C, which the terminal sends to all, is left to the agent."""

    def end_commands(number: int, frame: FrameType | None) -> None:
        del number, frame
        with suppress(OSError):
            pipe.shutdown(socket.SHUT_RD)

    signal.signal(signal.SIGTERM, end_commands)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


def _yield_cpu(nice: int, cpus: int) -> None:
    try:
        os.nice(nice)
        if cpus:
            os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cpus])
    except OSError as exc:
        _log.warning("CPU bound not set", reason=f"expected to be allowed to, found {exc.strerror}; going on without")


def _rss_bytes() -> int:
    with open("/proc/self/statm", "rb") as statm:  # noqa: PTH123 - procfs, once a second
        return int(statm.read().split()[1]) * resource.getpagesize()
