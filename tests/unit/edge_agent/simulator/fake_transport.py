"""A transport without a network, for tests of what is written to it."""

import asyncio
from collections.abc import Iterable, Iterator
from itertools import chain, repeat


class FakeTransport(asyncio.Transport):
    """Keeps what is written and closes itself after so many writes.

    Args:
        closes_after: Writes until it closes.
        unsent_bytes: What `get_write_buffer_size` answers, call by call; 0 when used up.
    """

    def __init__(self, closes_after: int, unsent_bytes: Iterable[int] = ()) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.is_aborted = False
        self._closes_after = closes_after
        self._unsent_bytes: Iterator[int] = chain(unsent_bytes, repeat(0))

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))

    def is_closing(self) -> bool:
        return len(self.written) >= self._closes_after

    def abort(self) -> None:
        self.is_aborted = True

    def get_write_buffer_size(self) -> int:
        return next(self._unsent_bytes)
