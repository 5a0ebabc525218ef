"""Which offsets may be committed while several endpoints work at their own pace. Pure."""

from collections import deque
from collections.abc import Iterable

from ommatid_connectors.kafka.record import TopicPosition


class OffsetProgress:
    """Records in work, by partition. A position is committed once everything before it is finished."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, int], deque[int]] = {}
        self._finished: dict[tuple[str, int], set[int]] = {}
        self._committable: dict[tuple[str, int], int] = {}

    def start(self, position: TopicPosition) -> None:
        """Take a record into work; offsets of a partition rise."""
        partition = (position.topic, position.partition)
        self._open.setdefault(partition, deque()).append(position.offset)
        self._finished.setdefault(partition, set())

    def finish(self, position: TopicPosition) -> None:
        """A record needs no more work. Records of partitions that were given up are ignored."""
        partition = (position.topic, position.partition)
        if partition not in self._open:
            return
        finished, offsets = self._finished[partition], self._open[partition]
        finished.add(position.offset)
        while offsets and offsets[0] in finished:
            offset = offsets.popleft()
            finished.remove(offset)
            self._committable[partition] = offset + 1

    def give_up(self, partitions: Iterable[tuple[str, int]]) -> None:
        """Forget (topic, partition) that another consumer works on from now on."""
        for partition in partitions:
            self._open.pop(partition, None)
            self._finished.pop(partition, None)
            self._committable.pop(partition, None)

    def committable(self) -> tuple[TopicPosition, ...]:
        """Next offset of every partition that has advanced since :meth:`committed`."""
        return tuple(TopicPosition(*partition, offset) for partition, offset in sorted(self._committable.items()))

    def committed(self, positions: Iterable[TopicPosition]) -> None:
        """These positions are on the broker."""
        for position in positions:
            partition = (position.topic, position.partition)
            if self._committable.get(partition) == position.offset:
                del self._committable[partition]

    @property
    def in_work(self) -> int:
        """Records taken and not yet finished in order."""
        return sum(len(offsets) for offsets in self._open.values())
