"""Keeps one camera connected: the loop of one thread."""

import threading
import traceback
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from typing import Protocol

import structlog

from ommatid_edge.backoff import RetryPolicy
from ommatid_edge.camera_condition import CameraReporter
from ommatid_edge.camera_plan import CameraPlan
from ommatid_edge.connect_limit import ConnectLimit
from ommatid_edge.decoding import Decoded
from ommatid_edge.errors import CameraError, CameraUnauthorisedError
from ommatid_edge.frame_handler import FrameHandler
from ommatid_edge.gears.onlooker import Onlooker
from ommatid_schemas.events import CameraState
from ommatid_schemas.redaction import redact

_log = structlog.get_logger(__name__)

_PLACE_POLL_S = 0.2


class FrameSource(Protocol):
    """An open connection."""

    def frames(self) -> Iterable[Decoded]:
        """Frames as they arrive; raises a ``CameraError`` when they end for any reason but a stop."""
        ...


Connect = Callable[[CameraPlan, Onlooker, Callable[[], bool]], AbstractContextManager[FrameSource]]
"""Opens a connection to a camera, whose frames the onlooker judges; the last argument says when to stop reading."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a worker needs of the outside.

    Attributes:
        connect: Opens connections.
        connect_limit: Says when one may be opened.
        retry: When to try again.
        draw: Random numbers in [0, 1).
        monotonic_s: Monotonic clock, seconds.
        stop: Ends the worker.
    """

    connect: Connect
    connect_limit: ConnectLimit
    retry: RetryPolicy
    draw: Callable[[], float]
    monotonic_s: Callable[[], float]
    stop: threading.Event


class CameraWorker:
    """Connects, hands frames on, and connects again until stopped. Nothing it meets reaches other cameras.

    Args:
        plan: Camera.
        reporter: Told the state of the connection.
        handler: Takes the frames.
        surroundings: The outside.
    """

    def __init__(
        self, plan: CameraPlan, reporter: CameraReporter, handler: FrameHandler, surroundings: Surroundings
    ) -> None:
        self._plan = plan
        self._reporter = reporter
        self._handler = handler
        self._outside = surroundings
        self._failures = 0
        self._streaming_since_s: float | None = None

    def replan(self, plan: CameraPlan) -> None:
        """Take changed numbers of the same camera: for its next frame, and for its next connection."""
        self._plan = plan
        self._handler.replan(plan)

    def run(self) -> None:
        """Serve the camera; returns after the stop flag was set."""
        stop = self._outside.stop
        while not stop.is_set():
            stop.wait(self._attempt())

    def _attempt(self) -> float:
        """Serve one connection; returns how long to wait before the next, seconds."""
        self._streaming_since_s = None
        try:
            self._serve()
        except CameraError as fault:
            return self._failed(fault)
        # Outermost supervisor of this camera's thread: whatever a decoder or converter throws costs this
        # connection only. The text may quote a URL, so it is redacted, and no locals are shown.
        except Exception as fault:  # noqa: BLE001
            return self._broke(fault)
        return 0.0

    def _serve(self) -> None:
        with ExitStack() as opening:
            if not self._admitted(opening):
                return
            self._reporter.enter(CameraState.CONNECTING)
            with self._outside.connect(self._plan, self._handler, self._outside.stop.is_set) as source:
                opening.close()
                for decoded in source.frames():
                    if self._streaming_since_s is None:
                        self._started()
                    self._handler.handle(decoded)

    def _admitted(self, opening: ExitStack) -> bool:
        """Wait for a place to connect, which ``opening`` gives back; False when stopped meanwhile."""
        outside = self._outside
        while not outside.stop.is_set():
            release = outside.connect_limit.take(self._plan.site, self._failures)
            if release is not None:
                opening.callback(release)
                return True
            outside.stop.wait(_PLACE_POLL_S * (0.5 + outside.draw()))
        return False

    def _started(self) -> None:
        self._streaming_since_s = self._outside.monotonic_s()
        self._reporter.opened()
        _log.info("camera streaming", camera=self._plan.camera_id, url=self._plan.address.shown)

    def _failed(self, fault: CameraError) -> float:
        delay_s = self._delay_s(unauthorised=isinstance(fault, CameraUnauthorisedError))
        self._reporter.enter(fault.state)
        _log.warning(
            "camera unavailable",
            camera=self._plan.camera_id,
            reason=str(fault),
            failures=self._failures,
            retry_in_s=round(delay_s, 1),
        )
        return delay_s

    def _broke(self, fault: Exception) -> float:
        delay_s = self._delay_s(unauthorised=False)
        self._reporter.fault()
        self._reporter.enter(CameraState.BACKING_OFF)
        _log.error(
            "agent fault at camera",
            camera=self._plan.camera_id,
            reason=redact(repr(fault)),
            trace="".join(traceback.format_tb(fault.__traceback__)),
            retry_in_s=round(delay_s, 1),
        )
        return delay_s

    def _delay_s(self, *, unauthorised: bool) -> float:
        since_s = self._streaming_since_s
        streamed_s = 0.0 if since_s is None else self._outside.monotonic_s() - since_s
        self._failures = self._outside.retry.failures(self._failures, streamed_s)
        return self._outside.retry.delay_s(self._failures, self._outside.draw(), unauthorised=unauthorised)
