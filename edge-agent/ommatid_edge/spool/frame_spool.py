"""Store and forward: what is chosen lies in the store until it is settled.

Everything here runs in one thread; time is passed in.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import structlog

from ommatid_edge.chosen_frame import ChosenFrame
from ommatid_edge.frame_selection import DropReason
from ommatid_edge.spool.disk_room import DiskRoom, after_acceptance, after_probe, after_refusal
from ommatid_edge.spool.drain_order import DrainLimits
from ommatid_edge.spool.drain_window import DrainWindow, after_acknowledgement
from ommatid_edge.spool.entry import Entry
from ommatid_edge.spool.errors import SpoolDamaged, SpoolFull
from ommatid_edge.spool.eviction_order import eviction_key
from ommatid_edge.spool.spool_index import SpoolIndex
from ommatid_edge.spool.spool_store import Changes, SpoolStore
from ommatid_edge.spool.spooled_frame import Destination, SpooledFrame
from ommatid_edge.spool.unsaved_frames import UnsavedFrames

_log = structlog.get_logger(__name__)

_DELETES_AT_ONCE = 256
_DELETES_WAIT_S = 0.2


@dataclass(frozen=True, slots=True)
class SpoolLimits:
    """Bounds of a spool.

    Attributes:
        disk_bytes: Frames on disk.
        memory_bytes: Frames in memory while the disk takes none.
        under_way_bytes: Frames handed to the producer and not acknowledged.
        drain_bytes: Of these, frames of backlogs.
        drain_latency_s: Acknowledgement time above which backlogs drain more slowly, seconds.
    """

    disk_bytes: int = 1024**3
    memory_bytes: int = 32 * 1024 * 1024
    under_way_bytes: int = 8 * 1024 * 1024
    drain_bytes: int = 4 * 1024 * 1024
    drain_latency_s: float = 0.5


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A frame that left the spool without being sent, and why."""

    entry: Entry
    reason: DropReason


class FrameSpool:
    """The frames that are not acknowledged.

    A frame is added, committed with others, taken when it is its turn, and settled, put back or held. What is
    given up on the way is reported by :meth:`commit`.

    Args:
        store: Where frames lie.
        limits: Bounds.
    """

    def __init__(self, store: SpoolStore, limits: SpoolLimits) -> None:
        self._store = store
        self._under_way_limit_bytes = limits.under_way_bytes
        self._index = SpoolIndex(DrainLimits(limits.under_way_bytes))
        self._window = DrainWindow(limits.drain_bytes, limits.drain_latency_s)
        self._room = DiskRoom(limits.disk_bytes, limits.memory_bytes)
        self._unsaved = UnsavedFrames()
        self._at_hand: dict[int, SpooledFrame] = {}
        self._deleted: list[Entry] = []
        self._deleted_since_s: float | None = None
        self._given_up: list[GivenUp] = []
        self._imageless: set[int] = set()
        self._next_sequences: dict[str, int] = {}
        self._unsaved_sequences: set[str] = set()
        self._next_row_id = 1

    @property
    def memory_bytes(self) -> int:
        """Most bytes of frames that may be in memory without being on disk."""
        return self._room.memory_bytes

    def __len__(self) -> int:
        """Frames in the spool."""
        return len(self._index)

    @property
    def total_bytes(self) -> int:
        """Bytes of frames in the spool."""
        return self._index.total_bytes

    @property
    def oldest_at_us(self) -> int | None:
        """When the oldest frame was taken in, microseconds since the Unix epoch."""
        oldest = self._index.oldest()
        return None if oldest is None else oldest.spooled_at_us

    def restore(self, at_s: float, at_us: int = 1) -> Sequence[Entry]:
        """Find what an earlier run left; call it once, before anything else.

        Args:
            at_s: Monotonic time, seconds.
            at_us: Microseconds since the Unix epoch.

        Returns:
            Its frames, oldest first; they are sent as any others.
        """
        try:
            self._next_sequences = dict(self._store.next_sequences())
            found = self._store.entries()
        except SpoolDamaged as fault:
            self._start_over(fault)
            found = ()
        except SpoolFull as fault:
            # What may lie there is left to the next run; rows are numbered so that they cannot be taken twice.
            self._next_row_id = at_us
            self._disk_refused(fault, at_s)
            found = ()
        for entry in found:
            self._index.add(entry, backlog=True)
            self._next_row_id = entry.row_id + 1
        return found

    def add(self, destination: Destination, frame: ChosenFrame, at_us: int) -> int:
        """Take a frame in; it is on disk after the next commit. Returns its row."""
        row_id, camera_id = self._next_row_id, frame.camera_id
        self._next_row_id += 1
        sequence = self._next_sequences.get(camera_id, 0)
        self._next_sequences[camera_id] = sequence + 1
        self._unsaved_sequences.add(camera_id)
        spooled = SpooledFrame(row_id, sequence, at_us, destination, frame)
        self._unsaved.add(spooled)
        self._index.add(spooled.entry())
        return row_id

    def commit(self, at_s: float, *, all_deletes: bool = False) -> Sequence[GivenUp]:
        """Evict what does not fit, and write what changed.

        Args:
            at_s: Monotonic time, seconds.
            all_deletes: Whether deletes are written even if they alone would not be worth a transaction yet.

        Returns:
            What was given up since the last commit.
        """
        self._room = after_probe(self._room, at_s)
        self._make_room(self._room.capacity_bytes)
        if self._worth_writing(at_s, all_deletes=all_deletes) and not self._room.pauses(at_s):
            self._write(at_s)
        self._bound_memory()
        given_up, self._given_up = self._given_up, []
        return given_up

    def take(self, at_s: float) -> SpooledFrame | None:
        """The frame whose turn it is, which is under way from now on; None when none may go now."""
        while (entry := self._index.take(self._window.window_bytes, at_s)) is not None:
            spooled = self._load(entry.row_id)
            if spooled is not None:
                return spooled
            self._index.settle(entry)
            self._given_up.append(GivenUp(entry, DropReason.SPOOL_DAMAGED))
        return None

    def put_back(self, row_id: int) -> None:
        """A frame that was just taken could not be handed over."""
        self._index.put_back(self._index.entry(row_id))

    def acknowledged(self, row_id: int, took_s: float, at_s: float) -> None:
        """The broker has a frame, ``took_s`` seconds after it was handed over."""
        size_bytes = self._index.entry(row_id).size_bytes
        self._window = after_acknowledgement(self._window, size_bytes, took_s, at_s)
        self.refused(row_id)

    def refused(self, row_id: int) -> None:
        """A frame that is under way will never be taken."""
        entry = self._index.entry(row_id)
        self._index.settle(entry)
        self._remove(entry)

    def returned(self, row_id: int, at_s: float) -> None:
        """A frame that is under way was not taken for now; it is sent again."""
        self._index.hold(self._index.entry(row_id), at_s)

    def close(self) -> int:
        """Close the store; returns how many frames could only be kept in memory and are lost."""
        self._store.close()
        return len(self._unsaved)

    def _make_room(self, capacity_bytes: int) -> None:
        for entry in self._index.evict_to(capacity_bytes):
            self._evicted(entry)

    def _bound_memory(self) -> None:
        if self._unsaved.total_bytes <= self._room.memory_bytes:
            return
        unsaved = [self._index.entry(row_id) for row_id in self._unsaved if self._index.may_be_evicted(row_id)]
        for entry in sorted(unsaved, key=eviction_key):
            if self._unsaved.total_bytes <= self._room.memory_bytes:
                return
            self._index.evict(entry)
            self._evicted(entry)

    def _evicted(self, entry: Entry) -> None:
        self._remove(entry)
        self._given_up.append(GivenUp(entry, DropReason.EVICTED))

    def _remove(self, entry: Entry) -> None:
        """Take out of the store what is no longer in the index."""
        if not self._unsaved.discard(entry.row_id):
            self._deleted.append(entry)

    def _worth_writing(self, at_s: float, *, all_deletes: bool) -> bool:
        if self._deleted and self._deleted_since_s is None:
            self._deleted_since_s = at_s
        overdue = self._deleted_since_s is not None and at_s >= self._deleted_since_s + _DELETES_WAIT_S
        many = len(self._deleted) >= _DELETES_AT_ONCE
        return bool(self._unsaved) or overdue or many or (all_deletes and bool(self._deleted))

    def _write(self, at_s: float) -> None:
        added = self._unsaved.oldest(self._room.disk_bytes - self._saved_bytes())
        if not (added or self._deleted):
            return
        sequences = {camera_id: self._next_sequences[camera_id] for camera_id in self._unsaved_sequences}
        try:
            self._store.write(Changes(added, tuple(self._deleted), sequences))
            self._saved(added)
            self._store.tidy(idle=self._index.total_bytes <= self._under_way_limit_bytes)
        except SpoolFull as fault:
            self._disk_refused(fault, at_s)
        except SpoolDamaged as fault:
            self._start_over(fault)
        else:
            self._disk_accepted()

    def _saved_bytes(self) -> int:
        return self._index.total_bytes - self._unsaved.total_bytes

    def _saved(self, added: Iterable[SpooledFrame]) -> None:
        self._at_hand = {spooled.row_id: spooled for spooled in added}
        for row_id in self._at_hand:
            self._unsaved.discard(row_id)
        self._deleted.clear()
        self._deleted_since_s = None
        self._unsaved_sequences.clear()

    def _load(self, row_id: int) -> SpooledFrame | None:
        at_hand = self._unsaved.get(row_id) or self._at_hand.pop(row_id, None)
        if at_hand is not None or row_id in self._imageless:
            return at_hand
        try:
            return self._store.read(row_id)
        except SpoolDamaged as fault:
            self._start_over(fault)
            return None

    def _disk_refused(self, fault: SpoolFull, at_s: float) -> None:
        if not self._room.full:
            _log.warning("spool is full", reason=f"{fault}; the least valuable frames go first, cameras go on")
        self._room = after_refusal(self._room, self._saved_bytes(), self._store.slack_bytes, at_s)
        if not self._room.refusing:
            self._make_room(self._room.capacity_bytes)
            self._write(at_s)

    def _disk_accepted(self) -> None:
        before, self._room = self._room, after_acceptance(self._room, self._saved_bytes())
        if before.full and not self._room.full:
            _log.info("spool has room again", frames=len(self._index), megabytes=self._index.total_bytes >> 20)

    def _start_over(self, fault: SpoolDamaged) -> None:
        """Begin a new store; frames whose image only the old one had are lost, unless they are under way."""
        aside = self._store.start_over()
        self._deleted.clear()
        self._unsaved_sequences = set(self._next_sequences)
        at_hand, self._at_hand = self._at_hand, {}
        for spooled in at_hand.values():
            if spooled.row_id in self._index:
                self._unsaved.add(spooled)
        lost = [entry for entry in self._index.entries() if self._unsaved.get(entry.row_id) is None]
        self._imageless = {entry.row_id for entry in lost}
        waiting = [entry for entry in lost if self._index.may_be_evicted(entry.row_id)]
        for entry in waiting:
            self._index.evict(entry)
            self._given_up.append(GivenUp(entry, DropReason.SPOOL_DAMAGED))
        _log.error("spool set aside", reason=f"{fault}; it lies at {aside}, a new one was begun", frames=len(waiting))
