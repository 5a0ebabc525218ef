"""The detect job's work without Flink, for ``bench/detect.py``: consumer, decode, batcher, model, producer. No sampler.

Runs until it is terminated.
"""

import argparse
import asyncio
import sys
from functools import partial
from pathlib import Path

from ommatid_connectors.flink_kafka.records import SinkRecord, SourceRecord
from ommatid_connectors.kafka import Record, RecordConsumer, RecordProducer, StartAt, client_config
from ommatid_jobs.detectors import Detector
from ommatid_jobs.detectors.loading import Loaders, load_all
from ommatid_jobs.detectors.onnx import load_detector
from ommatid_jobs.flink.clock import epoch_us, monotonic_ms
from ommatid_jobs.flink.detect.deployment import detect_settings
from ommatid_jobs.flink.detect.inference import Inference
from ommatid_jobs.flink.detect.intake import AdmittedFrame
from ommatid_jobs.flink.detect.settings import DetectSettings
from ommatid_jobs.flink.worker_process import prepare_worker_process
from ommatid_schemas import FrameEvent, Priority, SingleObjectCodec
from ommatid_schemas.fleet_file import OnnxModel, VisionLlm, load_fleet, topic_plan
from ommatid_schemas.topics import frames_topic

_IN_FLIGHT_BATCHES = 8
_IDLE_S = 0.002


def admitted(record: Record) -> AdmittedFrame:
    """The frame of a record, as the sampler would let it pass."""
    frame = SingleObjectCodec().decode(FrameEvent, record.value)
    source = SourceRecord(record.key, record.value, record.topic, record.partition, record.offset)
    return AdmittedFrame(frame, source, frame.reason, epoch_us())


class BareLoop:
    """Reads, answers and writes in one event loop.

    Args:
        inference: Decodes and detects in threads.
        consumer: Where frames come from.
        producer: Where results go.
        in_flight: Frames between the two, at most.
    """

    def __init__(
        self, inference: Inference, consumer: RecordConsumer, producer: RecordProducer, in_flight: int
    ) -> None:
        self._inference = inference
        self._consumer = consumer
        self._producer = producer
        self._places = asyncio.Semaphore(in_flight)
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            record = self._consumer.poll(0)
            if not isinstance(record, Record):
                await asyncio.sleep(_IDLE_S)
                continue
            await self._places.acquire()
            task = asyncio.create_task(self._answer(admitted(record)))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _answer(self, frame: AdmittedFrame) -> None:
        for record in await self._inference.records(frame):
            self._write(record)
        self._places.release()

    def _write(self, record: SinkRecord) -> None:
        self._producer.produce(record.topic, record.key, record.value, record.timestamp_ms or 1, headers=record.headers)


def load(settings: DetectSettings) -> dict[str, Detector]:
    """The models of the deployment."""

    def refuse(name: str, model: VisionLlm | OnnxModel) -> Detector:
        raise ValueError(f"{name}: expected a packaged model, found {model.kind}")

    packaged = partial(load_detector, threads=settings.detector_threads)
    return load_all(sorted(settings.detectors), settings.defined, Loaders(packaged, refuse, refuse))


async def run(fleet_path: Path, region: str, priority: Priority) -> None:
    """Serve a region as its detect job would."""
    fleet = load_fleet(fleet_path)
    settings = detect_settings(fleet, region, priority)
    client = client_config(fleet.regions[region].kafka)
    planned = {spec.name for spec in topic_plan(fleet, region)}
    topics = sorted(planned & {frames_topic(region, priority, group) for group in settings.groups})
    inference = Inference(settings, load(settings), epoch_us, monotonic_ms)
    consumer = RecordConsumer.of_all_partitions(client, topics, start=StartAt.EARLIEST)
    with consumer, RecordProducer(client) as producer:
        await BareLoop(inference, consumer, producer, _IN_FLIGHT_BATCHES * settings.batch_size).run()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fleet", type=Path, required=True)
    parser.add_argument("--region", required=True)
    parser.add_argument("--priority", type=Priority, required=True)
    arguments = parser.parse_args()
    prepare_worker_process()
    asyncio.run(run(arguments.fleet, arguments.region, arguments.priority))


if __name__ == "__main__":
    sys.exit(main())
