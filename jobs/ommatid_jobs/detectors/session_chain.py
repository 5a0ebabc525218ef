"""The loaded model and, where that is allowed, what takes over when its device fails. Knows no runtime."""

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ommatid_jobs.detectors.detector import InferenceFailed, ModelUnavailable

Pixels = NDArray[np.uint8]
"""(n, H, W, 3) uint8 BGR, letterboxed to the model's input, n from 1 to 32."""

Outputs = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Boxes (n, A, 4) and scores (n, A, classes), float32; see :class:`ommatid_jobs.detectors.ModelCard`."""

_LOG = logging.getLogger(__name__)


class Session(Protocol):
    """A model on one device. Calls from several threads at once are allowed and do not mix."""

    @property
    def provider(self) -> str:
        """What it runs on, as onnxruntime calls it."""
        ...

    @property
    def on_gpu(self) -> bool:
        """Whether it leaves the CPU."""
        ...

    def run(self, pixels: Pixels) -> Outputs:
        """Run one batch.

        Raises:
            InferenceFailed: It did not work.
        """
        ...

    def warm_up(self) -> None:
        """Run every batch size that is prepared once.

        Raises:
            InferenceFailed: It did not work.
        """
        ...

    def works(self) -> bool:
        """Whether the device still runs the smallest batch there is."""
        ...


class SessionChain:
    """Opens the first session that works; when its device fails for good, the next one.

    A batch that fails on a device that works is a failure of that batch and changes nothing: it
    can be too large for the memory that is left, while single frames still fit.

    Args:
        model: Name of the model, for messages.
        openers: One for each device, best first; each may raise ModelUnavailable.

    Raises:
        ModelUnavailable: None of them opens and runs.
    """

    def __init__(self, model: str, openers: Sequence[Callable[[], Session]]) -> None:
        self._model = model
        self._waiting = list(openers)
        self._lock = threading.Lock()
        self._failures = 0
        self._given_up = False
        self._current = self._open_next()

    @property
    def current(self) -> Session:
        """The session in use."""
        return self._current

    @property
    def failures(self) -> int:
        """Devices that failed so far, at load or later."""
        return self._failures

    def run(self, pixels: Pixels) -> Outputs:
        """Run one batch; see :class:`Session`."""
        session = self._current
        try:
            return session.run(pixels)
        except InferenceFailed as exc:
            replacement = self._replacement(session, exc)
        return replacement.run(pixels)

    def _replacement(self, failed: Session, exc: InferenceFailed) -> Session:
        with self._lock:
            if self._current is failed:
                if failed.works():
                    self._given_up = False
                    raise exc
                self._note_failure(failed, exc)
                self._current = self._after(exc)
            return self._current

    def _note_failure(self, failed: Session, exc: InferenceFailed) -> None:
        """Once for a device, however many batches it fails."""
        if self._given_up:
            return
        self._failures += 1
        self._given_up = not self._waiting
        what = "has failed, and nothing may take over" if self._given_up else "has failed"
        _LOG.error("model %s: %s %s: %s", self._model, failed.provider, what, exc)

    def _after(self, exc: InferenceFailed) -> Session:
        if not self._waiting:
            raise exc
        try:
            return self._open_next()
        except ModelUnavailable as unavailable:
            raise InferenceFailed(str(unavailable)) from unavailable

    def _open_next(self) -> Session:
        while True:
            opener = self._waiting.pop(0)
            try:
                session = _opened(self._model, opener)
            except ModelUnavailable as exc:
                self._failures += 1
                if not self._waiting:
                    raise
                _LOG.warning("%s; trying the next device", exc)
            else:
                _LOG.info("model %s: runs on %s", self._model, session.provider)
                return session


def _opened(model: str, opener: Callable[[], Session]) -> Session:
    session = opener()
    try:
        session.warm_up()
    except InferenceFailed as exc:
        raise ModelUnavailable(f"model {model}: loads, but does not run on {session.provider}: {exc}") from exc
    return session
