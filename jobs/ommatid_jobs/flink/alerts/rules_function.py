"""The rules as Flink's keyed function, with the rules topic as its broadcast side."""

from collections.abc import Iterator

from pyflink.common import Row, Types
from pyflink.datastream import KeyedBroadcastProcessFunction, RuntimeContext, TimerService
from pyflink.datastream.state import MapStateDescriptor

from ommatid_connectors.flink_kafka import BYTES, broadcast_record, sink_row, source_record
from ommatid_jobs.flink import storage_names
from ommatid_jobs.flink.alerts.alert_series import AlertSeries
from ommatid_jobs.flink.alerts.judgement import Judged, Judgement, judge, outgoing, pass_time
from ommatid_jobs.flink.alerts.rules_intake import RefusedRules, packed, resumed, take
from ommatid_jobs.flink.alerts.rules_metrics import RulesMetrics
from ommatid_jobs.flink.clock import epoch_us
from ommatid_jobs.flink.environment import packed_state
from ommatid_jobs.flink.worker_endpoint import worker_endpoint
from ommatid_jobs.operators.rule_versions import RulesInEffect

_ENTRY = "in_effect"


def rules_in_effect_state() -> MapStateDescriptor:
    """Descriptor of the broadcast state: one entry of versioned bytes."""
    return MapStateDescriptor(storage_names.RULES_IN_EFFECT_STATE, Types.STRING(), BYTES)


class RulesFunction(KeyedBroadcastProcessFunction):
    """Raises alerts; keeps one state of bytes per camera, and the rules in effect.

    A broadcast record cannot reach the states of cameras, so changed rules act at a camera's next record or timer. The
    rules are read from state once and kept: every subtask gets every record, so what is kept is what is stored.

    Args:
        submitted: What the job was submitted with, see :func:`~ommatid_jobs.flink.alerts.rules_intake.packed`.
    """

    def __init__(self, submitted: bytes) -> None:
        self._submitted = submitted

    def open(self, runtime_context: RuntimeContext) -> None:
        """Called once in the worker, before the first record."""
        self._resumed = False
        self._writes_letters = runtime_context.get_index_of_this_subtask() == 0
        self._state = runtime_context.get_state(packed_state(storage_names.RULES_STATE))
        self._descriptor = rules_in_effect_state()
        in_effect = resumed(self._submitted, None)
        series = AlertSeries(in_effect.version.book.region)
        self._metrics = RulesMetrics(runtime_context.get_metrics_group(), series)
        self._judge_by(in_effect)
        worker_endpoint().show(storage_names.RULES, series.registry)

    def process_element(self, value: Row, ctx: KeyedBroadcastProcessFunction.ReadOnlyContext) -> Iterator[Row]:
        """Judge one result of the current camera."""
        self._resume(ctx)
        now_us = epoch_us()
        judgement = judge(self._book, self._state.value(), str(ctx.get_current_key()), source_record(value), now_us)
        self._metrics.count(judgement.outcome)
        yield from self._follow_up(judgement, ctx.timer_service(), now_us)

    def on_timer(self, timestamp: int, ctx: KeyedBroadcastProcessFunction.OnTimerContext) -> Iterator[Row]:
        """The watermark has come to a time at which something may be due for the current camera."""
        self._resume(ctx)
        now_us, camera_id = epoch_us(), str(ctx.get_current_key())
        judgement = pass_time(self._book, self._state.value(), camera_id, timestamp * 1000, now_us)
        if isinstance(judgement.outcome, Judged):
            self._metrics.count_alerts(judgement.outcome)
        yield from self._follow_up(judgement, ctx.timer_service(), now_us)

    def process_broadcast_element(self, value: Row, ctx: KeyedBroadcastProcessFunction.Context) -> Iterator[Row]:
        """Take what one record of the rules topic says."""
        self._resume(ctx)
        taken = take(self._in_effect, broadcast_record(value))
        if isinstance(taken, RefusedRules):
            self._metrics.count_refused_rules(taken.dead_letter)
            # Every subtask refuses it; one letter is enough.
            if self._writes_letters:
                yield sink_row(taken.dead_letter)
        elif taken is not self._in_effect:
            ctx.get_broadcast_state(self._descriptor).put(_ENTRY, packed(taken))
            self._judge_by(taken)

    def _resume(
        self, ctx: KeyedBroadcastProcessFunction.ReadOnlyContext | KeyedBroadcastProcessFunction.Context
    ) -> None:
        # State cannot be read in open.
        if not self._resumed:
            self._judge_by(resumed(self._submitted, ctx.get_broadcast_state(self._descriptor).get(_ENTRY)))
            self._resumed = True

    def _judge_by(self, in_effect: RulesInEffect) -> None:
        self._in_effect, self._book = in_effect, in_effect.book
        self._metrics.show_rules(in_effect)

    def _follow_up(self, judgement: Judgement, timers: TimerService, now_us: int) -> Iterator[Row]:
        if judgement.state is not None:
            self._state.update(judgement.state)
        if judgement.due_at_us is not None:
            # Rounded up to Flink's milliseconds. One that has lost its reason meanwhile finds nothing due.
            timers.register_event_time_timer(-(-judgement.due_at_us // 1000))
        yield from map(sink_row, outgoing(self._book, judgement.outcome, now_us))
