"""The sampler as Flink's keyed function."""

from collections.abc import Iterator

from pyflink.common import Row
from pyflink.datastream import KeyedProcessFunction, RuntimeContext

from ommatid_connectors.flink_kafka import SinkRecord, source_record
from ommatid_jobs.flink import storage_names
from ommatid_jobs.flink.clock import epoch_us
from ommatid_jobs.flink.detect.intake import AdmittedFrame, take_in
from ommatid_jobs.flink.detect.model_queue import model_queue
from ommatid_jobs.flink.detect.sampler_metrics import SamplerMetrics, SamplerSeries
from ommatid_jobs.flink.detect.settings import DetectSettings
from ommatid_jobs.flink.environment import packed_state
from ommatid_jobs.flink.worker_endpoint import worker_endpoint
from ommatid_jobs.operators.budgeted_admission import SubtaskBudgets
from ommatid_jobs.operators.catching_up import CatchUp
from ommatid_jobs.operators.group_budget import share_of


class SamplerFunction(KeyedProcessFunction):
    """Lets admitted frames and dead letters pass; keeps one state of bytes per camera."""

    def __init__(self, settings_json: str) -> None:
        self._settings_json = settings_json

    def open(self, runtime_context: RuntimeContext) -> None:
        """Called once in the worker, before the first record."""
        self._settings = DetectSettings.model_validate_json(self._settings_json)
        self._state = runtime_context.get_state(packed_state(storage_names.SAMPLER_STATE))
        subtasks = runtime_context.get_number_of_parallel_subtasks()
        shares = {name: share_of(it.budget, subtasks, it.cameras) for name, it in self._settings.groups.items()}
        self._budgets = SubtaskBudgets(shares, epoch_us())
        self._queue = model_queue(self._settings_json)
        self._catch_up: CatchUp | None = None
        series = SamplerSeries(self._settings, lambda group: self._budgets.fill(group, epoch_us()))
        self._metrics = SamplerMetrics(runtime_context.get_metrics_group(), series)
        worker_endpoint().show(storage_names.SAMPLER, series.registry)

    def process_element(self, value: Row, ctx: KeyedProcessFunction.Context) -> Iterator[AdmittedFrame | SinkRecord]:
        """Judge one record of the current camera."""
        record, camera_id, now_us = source_record(value), str(ctx.get_current_key()), epoch_us()
        # From the first record on, not from `open`: until the models of the next operator are loaded, frames wait too.
        self._catch_up = self._catch_up or CatchUp(now_us)
        intake = take_in(
            self._settings,
            self._state.value(),
            camera_id,
            record,
            now_us,
            budgets=self._budgets,
            queue=self._queue,
            catch_up=self._catch_up,
        )
        if intake.state is not None:
            self._state.update(intake.state)
        self._metrics.count(camera_id, record, intake)
        if isinstance(intake.outcome, (AdmittedFrame, SinkRecord)):
            yield intake.outcome
