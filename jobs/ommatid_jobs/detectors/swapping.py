"""A model whose version can change while frames are looked at: none of them waits, and none is lost."""

import logging
import threading
from collections.abc import Callable, Sequence

from ommatid_jobs.detectors.detector import Detector, Gauges, InferenceFailed, ModelUnavailable, Picture, Seen
from ommatid_jobs.detectors.model_repository import Pointer
from ommatid_jobs.detectors.model_swap import SwapState, on_failed, on_loaded, on_pointer, on_unreadable
from ommatid_schemas.errors import OmmatidError

_LOG = logging.getLogger(__name__)


class SwappingDetector:
    """Serves one version and follows the pointer: another one is loaded and warmed up beside it, then takes over.

    A batch is looked at by the version that serves when its call begins, to the end; both versions
    are in memory until the last such call is done. Only :meth:`poll` changes anything, and it
    belongs to one thread.

    Args:
        name: Name in the fleet file.
        read: Reads the pointer.
        load: Loads a version and warms it up.

    Raises:
        OmmatidError: What ``read`` raises, or ``load`` about the version that is active at the start
            when the one that was active before does not load either.
    """

    def __init__(self, name: str, read: Callable[[], Pointer], load: Callable[[str], Detector]) -> None:
        self.name = name
        self._read = read
        self._load = load
        self._serving, self._state = self._first(read())
        self._closed = threading.Event()

    @property
    def version(self) -> str:
        """The one that serves."""
        return self._serving.version

    @property
    def enough_px(self) -> int:
        """What the version that serves needs; for one batch around a swap it can be the other's."""
        return self._serving.enough_px

    @property
    def gauges(self) -> Gauges:
        """Swaps and failures, and what the version that serves has to show."""
        return {
            "model_swaps": lambda: self._state.swaps,
            "model_swap_failures": lambda: self._state.failures,
            **{name: lambda name=name: self._serving.gauges[name]() for name in self._serving.gauges},
        }

    def detect(self, pictures: Sequence[Picture]) -> list[Seen | InferenceFailed]:
        """Look at a batch; see :class:`ommatid_jobs.detectors.Detector`."""
        # One reading of the reference: the version that begins a batch ends it.
        return self._serving.detect(pictures)

    def follow(self, interval_s: float) -> None:
        """Read the pointer at this interval, in a thread that ends with :meth:`close`."""
        threading.Thread(
            target=self._follow, args=(interval_s,), name=f"model-versions-{self.name}", daemon=True
        ).start()

    def close(self) -> None:
        """Stop following; a version that is being loaded will not serve any more."""
        self._closed.set()
        self._serving.close()

    def poll(self) -> None:
        """Read the pointer once, and swap if it names another version."""
        try:
            pointer = self._read()
        except OmmatidError as exc:
            self._note_trouble(str(exc))
            return
        self._state = on_pointer(self._state, pointer)
        if self._state.loading is not None:
            self._swap(self._state.loading)

    def _follow(self, interval_s: float) -> None:
        while not self._closed.wait(interval_s):
            try:
                self.poll()
            # The outermost supervisor of this thread: whatever a bug does to it, the old version serves.
            except Exception:  # noqa: BLE001
                self._state = on_failed(self._state)
                _LOG.exception("model %s: following its versions failed; %s serves on", self.name, self.version)

    def _first(self, pointer: Pointer) -> tuple[Detector, SwapState]:
        """What serves first: a worker that starts again must come to what the others kept when a swap failed."""
        try:
            return self._load(pointer.active), SwapState(pointer.active, pointer)
        except OmmatidError as exc:
            if not pointer.before:
                raise
            before = pointer.before[0]
            _LOG.error("model %s: version %s does not load, taking %s: %s", self.name, pointer.active, before, exc)
            try:
                return self._load(before), SwapState(before, pointer, failures=1)
            except OmmatidError:
                raise exc from None

    def _swap(self, version: str) -> None:
        _LOG.info("model %s: loading version %s; %s serves meanwhile", self.name, version, self.version)
        try:
            loaded = self._loaded_beside(version)
        except OmmatidError as exc:
            self._state = on_failed(self._state)
            _LOG.error("model %s: version %s does not load, %s serves on: %s", self.name, version, self.version, exc)
            return
        if self._closed.is_set():
            loaded.close()
            return
        before, self._serving = self._serving, loaded
        self._state = on_loaded(self._state)
        before.close()
        _LOG.info("model %s: version %s serves, after %s", self.name, version, before.version)

    def _loaded_beside(self, version: str) -> Detector:
        """With memory for one version only, another one can come up on the CPU: worse than the old one on the GPU."""
        loaded = self._load(version)
        if _on_gpu(self._serving) and not _on_gpu(loaded):
            loaded.close()
            raise ModelUnavailable(
                f"expected version {version} on a GPU, as {self.version} is, found it on the CPU only; both have to fit"
            )
        return loaded

    def _note_trouble(self, reason: str) -> None:
        before, self._state = self._state, on_unreadable(self._state, reason)
        if before is not self._state:
            _LOG.error("model %s: %s serves on: %s", self.name, self.version, reason)


def _on_gpu(detector: Detector) -> bool:
    read = detector.gauges.get("on_gpu")
    return read is not None and read() == 1
