"""What a worker that looks at frames sets for its own process, once, before the first."""

import ctypes
import sys

_SWITCH_INTERVAL_S = 0.0005

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h
_KEPT_BYTES = 128 * 1024 * 1024
_LARGEST_FROM_HEAP_BYTES = 32 * 1024 * 1024  # the most that glibc allows


def prepare_worker_process() -> None:
    """Let waiting threads have the interpreter sooner, and freed memory stay in the process.

    Each frame passes through a reader, the bundle's thread, an event loop, a decoder and an emitter; by default each
    of them waits up to 5 ms for the interpreter. Figures: docs/decisions/010-bundles-and-batches.md.
    """
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    _keep_freed_memory()


def _keep_freed_memory() -> None:
    """Decoded images and tensors, megabytes each, are freed with every batch, and by default given back to the system.

    The next batch then finds every page of its memory missing, which costs half as much as decoding. Other C libraries
    than glibc have no such setting.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _LARGEST_FROM_HEAP_BYTES)
        mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)
