"""Inference as Flink's AsyncFunction."""

import os
from functools import partial

from pyflink.common import Row
from pyflink.datastream import AsyncFunction, RuntimeContext

from ommatid_connectors.flink_kafka import SinkRecord, sink_row
from ommatid_jobs.detectors import Detector
from ommatid_jobs.detectors.loading import Loaders, close_all, load_all
from ommatid_jobs.flink import storage_names
from ommatid_jobs.flink.clock import epoch_us, monotonic_ms
from ommatid_jobs.flink.detect.gpu_metrics import gpu_registry
from ommatid_jobs.flink.detect.inference import Inference
from ommatid_jobs.flink.detect.intake import AdmittedFrame
from ommatid_jobs.flink.detect.model_queue import model_queue
from ommatid_jobs.flink.detect.settings import DetectSettings
from ommatid_jobs.flink.detect.vision_models import open_vision_llm
from ommatid_jobs.flink.worker_endpoint import worker_endpoint
from ommatid_jobs.flink.worker_process import prepare_worker_process
from ommatid_schemas.fleet_file import OnnxModel


class InferenceFunction(AsyncFunction[AdmittedFrame | SinkRecord, Row]):
    """Answers each admitted frame with the records that follow; dead letters of the sampler pass."""

    def __init__(self, settings_json: str) -> None:
        self._settings_json = settings_json

    def open(self, runtime_context: RuntimeContext) -> None:
        """Load the models and run each once, so that the first frame does not wait for it."""
        prepare_worker_process()
        settings = DetectSettings.model_validate_json(self._settings_json)
        workers = runtime_context.get_number_of_parallel_subtasks()
        loaders = Loaders(
            packaged=partial(_warm_detector, threads=settings.detector_threads),
            vision_llm=partial(open_vision_llm, environment=os.environ, share=1 / workers),
            onnx=partial(_own_model, threads=settings.detector_threads),
        )
        self._detectors = load_all(sorted(settings.detectors), settings.defined, loaders)
        self._queue = model_queue(self._settings_json)
        self._inference = Inference(settings, self._detectors, epoch_us, monotonic_ms, self._queue)
        worker_endpoint().show(storage_names.INFERENCE, self._inference.metrics.registry)
        worker_endpoint().show("gpu", gpu_registry(os.environ.get("CUDA_VISIBLE_DEVICES")))

    async def async_invoke(self, value: AdmittedFrame | SinkRecord) -> list[Row]:
        """The records that follow from one frame, as rows of the sink."""
        if isinstance(value, SinkRecord):
            return [sink_row(value)]
        return [sink_row(record) for record in await self._inference.records(value)]

    def close(self) -> None:
        """Called once when the worker ends or the job is cancelled."""
        # The detectors first: a question that waits for its next attempt would hold the inference up.
        close_all(self._detectors)
        self._inference.close()
        self._queue.clear()


def _warm_detector(name: str, threads: int) -> Detector:
    # The ONNX runtime is imported in the worker only: the client that submits the job does without it.
    from ommatid_jobs.detectors.onnx import load_detector  # noqa: PLC0415

    return load_detector(name, threads=threads)


def _own_model(name: str, settings: OnnxModel, threads: int) -> Detector:
    from ommatid_jobs.detectors.own_models import open_own_model  # noqa: PLC0415

    return open_own_model(name, settings, threads)
