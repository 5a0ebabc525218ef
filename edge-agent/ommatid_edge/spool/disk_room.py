"""How many bytes of frames the disk takes at present. Pure: state, event and time to next state.

A disk that refuses is treated as a smaller spool: what lies there is the new limit, and the least
valuable frames make room. Only when it refuses even so do frames stay in memory. After a while the
configured limit is tried again.
"""

from dataclasses import dataclass, replace

_RETRY_S = 1.0
_PROBE_S = 5.0


@dataclass(frozen=True, slots=True)
class DiskRoom:
    """What is known of the disk.

    Attributes:
        configured_bytes: Most bytes of frames that may wait on disk.
        memory_bytes: Most bytes of frames that may wait in memory instead.
        learned_bytes: Bytes of frames that are known to fit; None while the configured bytes do, as far as is known.
        refusing: Whether the disk refuses even when nothing is added to that.
        refused_bytes: Most bytes of frames that lay there when it refused; None once it has room again.
        retry_at_s: Monotonic time before which it is not tried again while it refuses.
        probe_at_s: Monotonic time at which the configured limit is tried again.
    """

    configured_bytes: int
    memory_bytes: int
    learned_bytes: int | None = None
    refusing: bool = False
    refused_bytes: int | None = None
    retry_at_s: float = 0.0
    probe_at_s: float = 0.0

    @property
    def full(self) -> bool:
        """Whether the disk refused and is not known to have room again."""
        return self.refused_bytes is not None

    @property
    def disk_bytes(self) -> int:
        """Bytes of frames that may lie on disk now."""
        return self.configured_bytes if self.learned_bytes is None else self.learned_bytes

    @property
    def capacity_bytes(self) -> int:
        """Bytes of frames on disk and in memory beyond which the least valuable go."""
        if self.learned_bytes is None:
            return self.configured_bytes
        if self.refusing:
            return min(self.configured_bytes, self.learned_bytes + self.memory_bytes)
        return min(self.configured_bytes, max(self.learned_bytes, self.memory_bytes))

    def pauses(self, at_s: float) -> bool:
        """Whether the disk is left alone for now."""
        return self.refusing and at_s < self.retry_at_s


def after_refusal(room: DiskRoom, saved_bytes: int, slack_bytes: int, at_s: float) -> DiskRoom:
    """The disk did not take what was written.

    Args:
        room: State before.
        saved_bytes: Bytes of frames that lie there.
        slack_bytes: Room that the store needs beside the frames.
        at_s: Monotonic time, seconds.
    """
    if room.learned_bytes is not None:
        return replace(room, refusing=True, retry_at_s=at_s + _RETRY_S)
    learned_bytes = max(0, saved_bytes - slack_bytes)
    refused_bytes = max(saved_bytes, room.refused_bytes or 0)
    return replace(room, learned_bytes=learned_bytes, refused_bytes=refused_bytes, probe_at_s=at_s + _PROBE_S)


def after_acceptance(room: DiskRoom, saved_bytes: int) -> DiskRoom:
    """The disk took what was written; with clearly more on it than when it refused, or half of that, it has room."""
    if room.refusing:
        return replace(room, refusing=False)
    if room.learned_bytes is not None or room.refused_bytes is None:
        return room
    in_doubt = room.refused_bytes // 2 <= saved_bytes <= room.refused_bytes + room.refused_bytes // 16
    return room if in_doubt else replace(room, refused_bytes=None)


def after_probe(room: DiskRoom, at_s: float) -> DiskRoom:
    """From time to time, try the configured limit again."""
    if room.learned_bytes is None or at_s < room.probe_at_s:
        return room
    return replace(room, learned_bytes=None, refusing=False)
