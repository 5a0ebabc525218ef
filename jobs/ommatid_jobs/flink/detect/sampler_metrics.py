"""Counters of the sampler: in = admitted + dropped by reason + dead letters (triggers are counted apart).

Twice: as series of the worker's endpoint by region, priority and group, and as Flink's counters, few and without
groups, for its web page and for whoever asks for one job by its id.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Gauge, Histogram
from prometheus_client import Counter as Series
from pyflink.metrics import Counter, MetricGroup

from ommatid_connectors.flink_kafka.records import SinkRecord, SourceRecord
from ommatid_jobs.flink.detect.intake import STAGE, AdmittedFrame, Intake, Outcome, TriggerTaken
from ommatid_jobs.flink.detect.settings import DetectSettings
from ommatid_jobs.operators.sampler import DropReason
from ommatid_schemas import topics
from ommatid_schemas.events import Reason

OTHER = "other"
"""Group of what belongs to none of the fleet file's: labels are bounded, whoever publishes."""

LABELS = ("region", "priority", "group")

_AGE_BUCKETS_S = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 1800.0, 7200.0)


@dataclass(frozen=True, slots=True)
class GroupSeries:
    """The series of one group that nearly every frame changes."""

    frames_in: Series
    age: Histogram
    admitted: Mapping[Reason, Series]
    dropped: Mapping[DropReason, Series]
    replayed: Series


class SamplerSeries:
    """What the worker's endpoint shows of the sampler.

    Args:
        settings: This deployment; all its groups are there from the start, at zero.
        budget_fill: How full the scarcer allowance of a group is, 0..1; asked at each scrape.
    """

    def __init__(self, settings: DetectSettings, budget_fill: Callable[[str], float]) -> None:
        self.registry = CollectorRegistry()
        self._settings = settings
        self._by_topic: dict[str, GroupSeries] = {}
        self._frames_in = self._counter("frames_in", "Frames read from Kafka.")
        self._admitted = self._counter("frames_admitted", "Frames for the model, by the sampler's reason.", "reason")
        self._dropped = self._counter("frames_dropped", "Frames that ended in the sampler, by reason.", "reason")
        self._replayed = self._counter("frames_replayed", "Admitted frames that an operator had sent back.")
        self._dead_letters = self._counter("dead_letters", "Records that became dead letters.", "stage", "error")
        self._triggers = self._counter("triggers", "Triggers read.", labels=LABELS[:2])
        self._foreign = self._counter("foreign_partition", "Frames whose camera was on another partition before.")
        self._age = Histogram(
            "ommatid_detect_message_age_seconds",
            "Time from an agent's publishing of a frame to its consumption.",
            LABELS,
            buckets=_AGE_BUCKETS_S,
            registry=self.registry,
        )
        self._fill = Gauge(
            "ommatid_detect_budget_fill_ratio", "Fill of the scarcer allowance.", LABELS, registry=self.registry
        )
        for group in settings.groups:
            self._show(group, budget_fill)

    def count(self, record: SourceRecord, intake: Intake) -> None:
        """Count one record."""
        if isinstance(intake.outcome, TriggerTaken):
            self._triggers.labels(*self._deployment).inc()
            return
        series = self._of_topic(record.topic)
        series.frames_in.inc()
        if intake.age_us is not None:
            # Clocks of agents and workers differ a little.
            series.age.observe(max(0, intake.age_us) / 1e6)
        match intake.outcome:
            case SinkRecord(headers=headers):
                labels = self._labels(group_of(self._settings, record.topic))
                self._dead_letters.labels(*labels, STAGE, headers["error_class"].decode()).inc()
            case AdmittedFrame(reason=reason):
                series.admitted[reason].inc()
                if record.replay is not None:  # those replayed are among those admitted
                    series.replayed.inc()
            case dropped:
                series.dropped[dropped.reason].inc()

    def count_foreign_partition(self, record: SourceRecord) -> None:
        """Count a frame on another partition than the one before."""
        self._foreign.labels(*self._labels(group_of(self._settings, record.topic))).inc()

    def _of_topic(self, topic: str) -> "GroupSeries":
        """Series of a topic's group: found once, for looking them up by their labels is most of what counting costs."""
        if topic not in self._by_topic:
            labels = self._labels(group_of(self._settings, topic))
            self._by_topic[topic] = GroupSeries(
                self._frames_in.labels(*labels),
                self._age.labels(*labels),
                {reason: self._admitted.labels(*labels, reason.value) for reason in Reason},
                {reason: self._dropped.labels(*labels, reason.value) for reason in DropReason},
                self._replayed.labels(*labels),
            )
        return self._by_topic[topic]

    @property
    def _deployment(self) -> tuple[str, str]:
        return self._settings.region, self._settings.priority.value

    def _labels(self, group: str) -> tuple[str, str, str]:
        return (*self._deployment, group)

    def _counter(self, name: str, documentation: str, *more: str, labels: tuple[str, ...] = LABELS) -> Series:
        return Series(f"ommatid_detect_{name}", documentation, (*labels, *more), registry=self.registry)

    def _show(self, group: str, budget_fill: Callable[[str], float]) -> None:
        """Show a group before its first frame: an alert about a series that is not there never fires."""
        labels = self._labels(group)
        for series in (self._frames_in, self._replayed, self._foreign, self._age):
            series.labels(*labels)
        for reason in Reason:
            self._admitted.labels(*labels, reason.value)
        for reason in DropReason:
            self._dropped.labels(*labels, reason.value)
        self._fill.labels(*labels).set_function(lambda: budget_fill(group))


def group_of(settings: DetectSettings, topic: str) -> str:
    """Group whose frames topic it is; ``other`` for a topic of none of the deployment's groups."""
    group = topic.removeprefix(topics.frames_topic(settings.region, settings.priority, ""))
    return group if group in settings.groups else OTHER


class SamplerMetrics:
    """Counts what became of each record.

    Args:
        group: Flink's metrics of the operator.
        series: What the worker's endpoint shows.
    """

    def __init__(self, group: MetricGroup, series: SamplerSeries) -> None:
        self._series = series
        self._frames_in = group.counter("sampler_frames_in")
        self._admitted = group.counter("sampler_frames_admitted")
        self._dropped = {reason: _by_reason(group, reason) for reason in DropReason}
        self._replayed = group.counter("sampler_frames_replayed")
        self._triggers = group.counter("sampler_triggers")
        self._dead_letters = group.counter("sampler_dead_letters")
        self._foreign_partition = group.counter("sampler_foreign_partition")
        self._partitions: dict[tuple[str, str], int] = {}
        self._shown = False

    def count(self, camera_id: str, record: SourceRecord, intake: Intake) -> None:
        """Count one record. With the first one, all counters of Flink appear, at zero."""
        if not self._shown:
            self._show_all()
        self._series.count(record, intake)
        self._count_in_flink(record, intake.outcome)
        # Not for dead letters: random keys would fill the memory.
        if not isinstance(intake.outcome, (TriggerTaken, SinkRecord)):
            self._watch_partition(camera_id, record)

    def _count_in_flink(self, record: SourceRecord, outcome: Outcome) -> None:
        if isinstance(outcome, TriggerTaken):
            self._triggers.inc()
            return
        self._frames_in.inc()
        match outcome:
            case SinkRecord():
                self._dead_letters.inc()
            case AdmittedFrame():
                self._admitted.inc()
                if record.replay is not None:
                    self._replayed.inc()
            case dropped:
                self._dropped[dropped.reason].inc()

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
            self._series.count_foreign_partition(record)


def _by_reason(group: MetricGroup, reason: DropReason) -> Counter:
    return group.add_group("reason", reason.value).counter("sampler_frames_dropped")
