"""Frames that are not on disk: for a moment before each commit, and longer while the disk takes none."""

from collections.abc import Iterator, Sequence

from ommatid_edge.spool.spooled_frame import SpooledFrame, size_of


class UnsavedFrames:
    """Frames in memory, oldest first."""

    def __init__(self) -> None:
        self._frames: dict[int, SpooledFrame] = {}
        self._bytes = 0

    def __len__(self) -> int:
        """How many there are."""
        return len(self._frames)

    def __iter__(self) -> Iterator[int]:
        """Their rows."""
        return iter(self._frames)

    @property
    def total_bytes(self) -> int:
        """Bytes that they would take on disk."""
        return self._bytes

    def add(self, spooled: SpooledFrame) -> None:
        """Keep a frame."""
        self._frames[spooled.row_id] = spooled
        self._bytes += size_of(spooled)

    def get(self, row_id: int) -> SpooledFrame | None:
        """A frame; None when it is not here."""
        return self._frames.get(row_id)

    def discard(self, row_id: int) -> bool:
        """Forget a frame; returns whether it was here."""
        spooled = self._frames.pop(row_id, None)
        if spooled is None:
            return False
        self._bytes -= size_of(spooled)
        return True

    def oldest(self, most_bytes: int) -> Sequence[SpooledFrame]:
        """The oldest frames that together take at most so many bytes."""
        fitting: list[SpooledFrame] = []
        for spooled in self._frames.values():
            most_bytes -= size_of(spooled)
            if most_bytes < 0:
                break
            fitting.append(spooled)
        return fitting
