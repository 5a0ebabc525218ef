"""Counters of the sampler: in = admitted + dropped by reason + dead letters (triggers are counted apart)."""

from pyflink.metrics import Counter, MetricGroup

from ommatid_connectors.flink_kafka.records import SinkRecord, SourceRecord
from ommatid_jobs.flink.detect.intake import AdmittedFrame, Outcome, TriggerTaken
from ommatid_jobs.operators.sampler import DropReason


class SamplerMetrics:
    """Counts what became of each record."""

    def __init__(self, group: MetricGroup) -> None:
        self._frames_in = group.counter("sampler_frames_in")
        self._admitted = group.counter("sampler_frames_admitted")
        self._dropped = {reason: _by_reason(group, reason) for reason in DropReason}
        self._replayed = group.counter("sampler_frames_replayed")
        self._triggers = group.counter("sampler_triggers")
        self._dead_letters = group.counter("sampler_dead_letters")
        self._foreign_partition = group.counter("sampler_foreign_partition")
        self._partitions: dict[tuple[str, str], int] = {}
        self._shown = False

    def count(self, camera_id: str, record: SourceRecord, outcome: Outcome) -> None:
        """Count one record. With the first one, all counters appear, at zero."""
        if not self._shown:
            self._show_all()
        if isinstance(outcome, TriggerTaken):
            self._triggers.inc()
            return
        self._frames_in.inc()
        if isinstance(outcome, SinkRecord):
            self._dead_letters.inc()
            return
        # Not for dead letters: random keys would fill the memory.
        self._watch_partition(camera_id, record)
        if isinstance(outcome, AdmittedFrame):
            self._admitted.inc()
            # Those replayed are among those admitted.
            self._replayed.inc(0 if record.replay is None else 1)
        else:
            self._dropped[outcome.reason].inc()

    def _show_all(self) -> None:
        # Flink learns of a Python counter when it changes, and only while records are processed.
        rest = (self._frames_in, self._admitted, self._replayed, self._triggers, self._dead_letters)
        rest = (*rest, self._foreign_partition)
        for counter in (*self._dropped.values(), *rest):
            counter.inc(0)
        self._shown = True

    def _watch_partition(self, camera_id: str, record: SourceRecord) -> None:
        """Count a key that moves to another partition: somebody uses another partitioner, and order is lost."""
        home = self._partitions.setdefault((camera_id, record.topic), record.partition)
        if home != record.partition:
            self._foreign_partition.inc()


def _by_reason(group: MetricGroup, reason: DropReason) -> Counter:
    return group.add_group("reason", reason.value).counter("sampler_frames_dropped")
