"""From an admitted frame to the records that follow from it: decode, batch, detect, trigger. No Flink in here."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from ommatid_connectors.flink_kafka.records import SinkRecord
from ommatid_jobs.detectors import NOT_DECODED, Detector, InferenceFailed, Picture, Seen, Undecodable, decode_jpeg
from ommatid_jobs.flink.detect.batch_runner import BatchRunner
from ommatid_jobs.flink.detect.inference_metrics import InferenceMetrics
from ommatid_jobs.flink.detect.intake import AdmittedFrame
from ommatid_jobs.flink.detect.model_queue import ModelQueue
from ommatid_jobs.flink.detect.settings import DetectSettings
from ommatid_jobs.flink.outgoing import dead_letter_record, event_record
from ommatid_jobs.operators import triggers
from ommatid_jobs.operators.batcher import BatchPolicy
from ommatid_schemas.errors import OmmatidError
from ommatid_schemas.events import FrameRef, FrameResult, Trigger

STAGE = "inference"

_QUIET_MS = 2.0
"""Frames that wait in Kafka follow each other within less; see docs/decisions/010-bundles-and-batches.md."""

_LOG = logging.getLogger(__name__)


class UndecodableImage(OmmatidError):
    """The bytes of a frame are not an image that can be decoded."""


@dataclass(frozen=True, slots=True)
class Inferred:
    """What the model saw in one frame, when it had seen it, and in how large a batch."""

    seen: Seen
    inferred_at_us: int
    batch_size: int


Answer = Inferred | OmmatidError


class Inference:
    """Turns admitted frames into results, triggers and dead letters.

    The distance between triggers is kept per camera in this process, not in Flink's state: after a
    restart a camera may be triggered once more, which only prolongs what is open.

    Args:
        settings: This deployment.
        detectors: Loaded models by name, at least those of ``settings.detectors``.
        now_us: Clock of the stamps, microseconds since the epoch.
        now_ms: Monotonic clock of the batches, milliseconds.
        queue: Where the sampler sees what waits for the models; one of its own if not given.
    """

    def __init__(
        self,
        settings: DetectSettings,
        detectors: Mapping[str, Detector],
        now_us: Callable[[], int],
        now_ms: Callable[[], float],
        queue: ModelQueue | None = None,
    ) -> None:
        self.metrics = InferenceMetrics(settings, detectors)
        self._settings = settings
        self._detectors = detectors
        self._now_us = now_us
        self._now_ms = now_ms
        self._queue = queue or ModelQueue()
        self._triggers: dict[str, triggers.TriggerState] = {}
        policy = BatchPolicy(settings.batch_size, settings.priority.batch_deadline_ms, _QUIET_MS)
        self._runners: dict[str, BatchRunner[AdmittedFrame, Answer]] = {
            name: BatchRunner(policy, partial(self._look_at_in_time, name), now_ms) for name in settings.detectors
        }

    async def records(self, admitted: AdmittedFrame) -> list[SinkRecord]:
        """All records that follow from one frame: result and perhaps trigger, or dead letter. Never raises."""
        try:
            return await self._records(admitted)
        # The outermost supervisor of one frame. What escaped to Flink would stop the job, with the frame's bytes in
        # the log; CancelledError, which is no Exception, would even leave the bundle without an end.
        except BaseException as exc:  # noqa: BLE001
            _LOG.warning("frame %s becomes a dead letter: %s", admitted.frame.frame_id, type(exc).__name__)
            return [self._dead_letter(admitted, exc)]
        finally:
            self._queue.remove(admitted.frame)

    def close(self) -> None:
        """End the threads."""
        for runner in self._runners.values():
            runner.close()

    async def _records(self, admitted: AdmittedFrame) -> list[SinkRecord]:
        detector = self._settings.settings_of(admitted.frame.group).detector
        answer = await self._runners[detector].submit(admitted.frame.camera_id, admitted)
        if isinstance(answer, OmmatidError):
            return [self._dead_letter(admitted, answer)]
        self.metrics.record_result(admitted.frame.group)
        return list(self._follow_up(_result(admitted, self._detectors[detector], answer)))

    def _dead_letter(self, admitted: AdmittedFrame, error: BaseException) -> SinkRecord:
        self.metrics.record_dead_letter(admitted.frame.group, STAGE, error)
        return dead_letter_record(self._settings.dead_letters_topic, admitted.record, STAGE, error)

    def _follow_up(self, result: FrameResult) -> Iterator[SinkRecord]:
        now_us = self._now_us()
        yield event_record(self._settings.detections_topic, result, result.captured_at_us, now_us)
        trigger = self._trigger(result)
        if trigger is not None:
            yield event_record(self._settings.triggers_topic, trigger, result.captured_at_us, now_us)

    def _trigger(self, result: FrameResult) -> Trigger | None:
        group = self._settings.settings_of(result.group)
        before = self._triggers.get(result.camera_id, triggers.TriggerState())
        after, trigger = triggers.on_result(before, result, group.policy, group.event_labels)
        self._triggers[result.camera_id] = after
        return trigger

    def _look_at_in_time(self, name: str, batch: Sequence[AdmittedFrame]) -> list[Answer]:
        started_ms = self._now_ms()
        answers = self._look_at(self._detectors[name], batch)
        self._queue.record_batch(name, len(batch), self._now_ms() - started_ms)
        return answers

    def _look_at(self, detector: Detector, batch: Sequence[AdmittedFrame]) -> list[Answer]:
        """One answer for each frame of a batch; runs in a thread."""
        pictures = [_picture(admitted, detector.enough_px) for admitted in batch]
        decoded = [picture for picture in pictures if isinstance(picture, Picture)]
        found = iter(self._detect(detector, decoded)) if decoded else iter(())
        return [next(found) if isinstance(each, Picture) else UndecodableImage(each.reason) for each in pictures]

    def _detect(self, detector: Detector, pictures: Sequence[Picture]) -> list[Answer]:
        """Detect in a batch; if that fails, once more one by one, so that only those that fail are lost."""
        try:
            return self._call(detector, pictures)
        except InferenceFailed:
            return [answer for picture in pictures for answer in self._detect_alone(detector, picture)]

    def _detect_alone(self, detector: Detector, picture: Picture) -> list[Answer]:
        try:
            return self._call(detector, [picture])
        except InferenceFailed as exc:
            return [exc]

    def _call(self, detector: Detector, pictures: Sequence[Picture]) -> list[Answer]:
        started_ms = self._now_ms()
        results = detector.detect(pictures)
        self.metrics.record_call(detector.name, len(pictures), (self._now_ms() - started_ms) / 1000)
        inferred_at_us = self._now_us()
        return [Inferred(seen, inferred_at_us, len(pictures)) if isinstance(seen, Seen) else seen for seen in results]


def _picture(admitted: AdmittedFrame, enough_px: int) -> Picture | Undecodable:
    jpeg = admitted.frame.image or b""
    image = decode_jpeg(jpeg, enough_px) if enough_px else NOT_DECODED
    return image if isinstance(image, Undecodable) else Picture(admitted.frame.camera_id, jpeg, image)


def _result(admitted: AdmittedFrame, detector: Detector, inferred: Inferred) -> FrameResult:
    frame, record = admitted.frame, admitted.record
    return FrameResult(
        frame_id=frame.frame_id,
        camera_id=frame.camera_id,
        region=frame.region,
        group=frame.group,
        priority=frame.priority,
        captured_at_us=frame.captured_at_us,
        published_at_us=frame.published_at_us,
        admitted_at_us=admitted.admitted_at_us,
        inferred_at_us=inferred.inferred_at_us,
        reason=admitted.reason,
        model=detector.name,
        model_version=inferred.seen.version,
        boxes=inferred.seen.boxes,
        frame_ref=FrameRef(record.topic, record.partition, record.offset),
        batch_size=inferred.batch_size,
        answer=inferred.seen.answer,
    )
