"""The rules as Flink's keyed function."""

from collections.abc import Iterator

from pyflink.common import Row
from pyflink.datastream import KeyedProcessFunction, RuntimeContext

from ommatid_connectors.flink_kafka import sink_row, source_record
from ommatid_jobs.flink import storage_names
from ommatid_jobs.flink.alerts.alert_series import AlertSeries
from ommatid_jobs.flink.alerts.judgement import judge, outgoing
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
        if judgement.state is not None:
            self._state.update(judgement.state)
        self._metrics.count(judgement.outcome)
        yield from map(sink_row, outgoing(self._book, judgement.outcome, now_us))
