"""Memory that the C library keeps although it is free."""

import ctypes


def release_free_memory() -> bool:
    """Give free pages of all of this process's heaps back to the operating system, as malloc_trim(3) does.

    A frame is received in one thread, written by a second, copied for a third and freed in a fourth, beside small
    things that stay. The heaps keep the holes, so that without this memory rises for hours to the most that each
    thread ever had under way, and looks like a leak.

    Returns:
        Whether there was anything to give back; False also where the C library has no such function.
    """
    malloc_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return malloc_trim is not None and malloc_trim(0) == 1
