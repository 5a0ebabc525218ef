"""The rules as Flink's keyed function."""

from collections.abc import Iterator

from pyflink.common import Row
from pyflink.datastream import KeyedProcessFunction, RuntimeContext, TimerService

from ommatid_connectors.flink_kafka import sink_row, source_record
from ommatid_jobs.flink import storage_names
from ommatid_jobs.flink.alerts.alert_series import AlertSeries
from ommatid_jobs.flink.alerts.judgement import Judged, Judgement, judge, outgoing, pass_time
from ommatid_jobs.flink.alerts.rules_metrics import RulesMetrics
from ommatid_jobs.flink.clock import epoch_us
from ommatid_jobs.flink.environment import packed_state
from ommatid_jobs.flink.worker_endpoint import worker_endpoint
from ommatid_jobs.operators.rules import RuleBook


class RulesFunction(KeyedProcessFunction):
    """Raises alerts; keeps one state of bytes per camera."""

    def __init__(self, rule_book_json: str) -> None:
        self._rule_book_json = rule_book_json

    def open(self, runtime_context: RuntimeContext) -> None:
        """Called once in the worker, before the first record."""
        self._book = RuleBook.model_validate_json(self._rule_book_json)
        self._state = runtime_context.get_state(packed_state(storage_names.RULES_STATE))
        series = AlertSeries(self._book.region)
        self._metrics = RulesMetrics(runtime_context.get_metrics_group(), self._book, series)
        worker_endpoint().show(storage_names.RULES, series.registry)

    def process_element(self, value: Row, ctx: KeyedProcessFunction.Context) -> Iterator[Row]:
        """Judge one result of the current camera."""
        now_us = epoch_us()
        judgement = judge(self._book, self._state.value(), str(ctx.get_current_key()), source_record(value), now_us)
        self._metrics.count(judgement.outcome)
        yield from self._follow_up(judgement, ctx.timer_service(), now_us)

    def on_timer(self, timestamp: int, ctx: KeyedProcessFunction.OnTimerContext) -> Iterator[Row]:
        """The watermark has come to a time at which something may be due for the current camera."""
        now_us, camera_id = epoch_us(), str(ctx.get_current_key())
        judgement = pass_time(self._book, self._state.value(), camera_id, timestamp * 1000, now_us)
        if isinstance(judgement.outcome, Judged):
            self._metrics.count_alerts(judgement.outcome)
        yield from self._follow_up(judgement, ctx.timer_service(), now_us)

    def _follow_up(self, judgement: Judgement, timers: TimerService, now_us: int) -> Iterator[Row]:
        if judgement.state is not None:
            self._state.update(judgement.state)
        if judgement.due_at_us is not None:
            # Rounded up to Flink's milliseconds. One that has lost its reason meanwhile finds nothing due.
            timers.register_event_time_timer(-(-judgement.due_at_us // 1000))
        yield from map(sink_row, outgoing(self._book, judgement.outcome, now_us))
