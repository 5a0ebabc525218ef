"""The detect job and the alert job in the time of the footage, with this process in the place of Flink and Kafka.

Every decision is made by the functions that Flink's operators call: ``take_in``, ``Inference`` and ``rules.evaluate``.
What they take from the clock follows from fixed delays, about those of the demo on a small machine, so that the same
footage always gives the same alerts. The job keeps up: no frame waits for another one.
"""

import asyncio
from collections import Counter, defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import count

from ommatid_connectors.flink_kafka.records import SinkRecord, SourceRecord
from ommatid_fleet.backtest.deployment import Deployment
from ommatid_jobs.detectors import Detector
from ommatid_jobs.flink.clock import monotonic_ms
from ommatid_jobs.flink.detect.inference import STAGE, Inference
from ommatid_jobs.flink.detect.intake import STAGE as SAMPLER_STAGE
from ommatid_jobs.flink.detect.intake import AdmittedFrame, take_in
from ommatid_jobs.flink.detect.model_queue import ModelQueue
from ommatid_jobs.operators import rules
from ommatid_jobs.operators.budgeted_admission import SubtaskBudgets
from ommatid_jobs.operators.catching_up import CatchUp
from ommatid_jobs.operators.group_budget import share_of
from ommatid_jobs.operators.rules.frame import looked_at
from ommatid_jobs.operators.sampler import Dropped
from ommatid_jobs.operators.tracking import TrackedBox
from ommatid_schemas.codec import SingleObjectCodec
from ommatid_schemas.events import Alert, FrameEvent, FrameResult, Trigger

ADMITTED_AFTER_US = 50_000
"""From publication to the sampler, microseconds."""
INFERRED_AFTER_US = 200_000
"""From there to the model's answer."""
RAISED_AFTER_US = 50_000
"""From there to the alert."""
TRIGGERED_AFTER_US = 150_000
"""From the answer until edge and sampler know of a trigger."""

_RULES_STAGE = "rules"


@dataclass(frozen=True, slots=True)
class LookedAt:
    """A frame that the model has looked at, and what follows.

    Attributes:
        frame: The frame.
        alerts: Messages about alerts.
        objects: Objects in it that some rule watches, by track id.
        result: All that the model saw.
    """

    frame: FrameEvent
    alerts: tuple[Alert, ...]
    objects: Mapping[str, TrackedBox]
    result: FrameResult


class VirtualJobs:
    """Takes published frames one after the other, in the order in which they were published.

    Args:
        deployment: The configuration.
        detectors: Loaded models by name.
        started_at_us: When the jobs begin, microseconds since the epoch.
    """

    def __init__(self, deployment: Deployment, detectors: Mapping[str, Detector], started_at_us: int) -> None:
        self.dropped: Counter[str] = Counter()
        self.looked_at: Counter[str] = Counter()
        self.dead_letters: Counter[str] = Counter()
        self.held_back: Counter[str] = Counter()
        self._armed: set[str] = set()
        self._settings, self._book = deployment.settings, deployment.book
        self._codec = SingleObjectCodec()
        self._now_us = started_at_us
        self._queue = ModelQueue()
        shares = {name: share_of(it.budget, 1, it.cameras) for name, it in self._settings.groups.items()}
        self._budgets = SubtaskBudgets(shares, started_at_us)
        self._catch_up = CatchUp(started_at_us)
        self._sampler: dict[str, bytes] = {}
        self._rules: defaultdict[str, rules.RulesState] = defaultdict(rules.RulesState)
        self._last: dict[str, LookedAt] = {}
        self._to_sampler: deque[tuple[int, SinkRecord]] = deque()
        self._to_edge: deque[tuple[int, Trigger]] = deque()
        self._offsets = count()
        # Not asyncio.Runner: its way of handling Ctrl-C would end in a dead letter.
        self._loop = asyncio.new_event_loop()
        self._inference = Inference(self._settings, detectors, lambda: self._now_us, monotonic_ms, self._queue)

    def triggers_by(self, now_us: int) -> list[Trigger]:
        """Triggers that have reached the edge by a time, microseconds since the epoch; each is told of once."""
        arrived: list[Trigger] = []
        while self._to_edge and self._to_edge[0][0] <= now_us:
            arrived.append(self._to_edge.popleft()[1])
        return arrived

    def take(self, record: SourceRecord, published_at_us: int) -> LookedAt | None:
        """Pass one record of a frames topic through sampler, model and rules.

        Args:
            record: The record.
            published_at_us: When it was published, microseconds since the epoch.

        Returns:
            What was seen; None for a frame that the sampler drops or that becomes a dead letter.
        """
        self._now_us = max(self._now_us, published_at_us + ADMITTED_AFTER_US)
        while self._to_sampler and self._to_sampler[0][0] <= self._now_us:
            self._take_trigger(*self._to_sampler.popleft())
        admitted = self._intake(record, self._now_us)
        if not isinstance(admitted, AdmittedFrame):
            return None
        self.looked_at[admitted.reason.value] += 1
        inferred_at_us = self._now_us + INFERRED_AFTER_US
        result = self._infer(admitted, inferred_at_us)
        return None if result is None else self._judge(admitted.frame, result, inferred_at_us + RAISED_AFTER_US)

    def end(self, until_us: int) -> list[LookedAt]:
        """What time alone raises after the last frame, such as absence.

        Args:
            until_us: When the footage ends, microseconds since the epoch.

        Returns:
            For each camera on which something is due by then, its last frame and the alerts.
        """
        found: list[LookedAt] = []
        for camera_id, last in sorted(self._last.items()):
            camera = self._book.for_camera(camera_id)
            if camera is None:
                continue
            step = rules.elapsed(self._rules[camera_id], camera, until_us, until_us + RAISED_AFTER_US)
            self._follow(camera_id, step)
            if step.alerts:
                found.append(replace(last, alerts=step.alerts, objects={}))
        return found

    @property
    def never_armed(self) -> tuple[str, ...]:
        """Rules of the cameras that were looked at, sorted, which no frame found armed."""
        cameras = [camera for name in self._rules if (camera := self._book.for_camera(name)) is not None]
        names = {rule.name for camera in cameras for rule in camera.rules}
        return tuple(sorted(names - self._armed))

    def close(self) -> None:
        """End threads and loop; the detectors belong to the caller."""
        self._inference.close()
        self._loop.close()

    def _intake(self, record: SourceRecord, now_us: int) -> AdmittedFrame | None:
        camera_id = (record.key or b"").decode(errors="replace")
        taken = take_in(
            self._settings,
            self._sampler.get(camera_id),
            camera_id,
            record,
            now_us,
            budgets=self._budgets,
            queue=self._queue,
            catch_up=self._catch_up,
        )
        if taken.state is not None:
            self._sampler[camera_id] = taken.state
        match taken.outcome:
            case AdmittedFrame():
                return taken.outcome
            case Dropped(reason):
                self.dropped[reason.value] += 1
            case SinkRecord():
                self.dead_letters[SAMPLER_STAGE] += 1
            case _:
                pass
        return None

    def _take_trigger(self, arrived_at_us: int, sent: SinkRecord) -> None:
        self._intake(SourceRecord(sent.key, sent.value, sent.topic, 0, next(self._offsets)), arrived_at_us)

    def _infer(self, admitted: AdmittedFrame, inferred_at_us: int) -> FrameResult | None:
        asked_at_us, self._now_us = self._now_us, inferred_at_us
        records = self._loop.run_until_complete(self._inference.records(admitted))
        self._now_us = asked_at_us
        result = None
        for record in records:
            if record.topic == self._settings.detections_topic:
                result = self._codec.decode(FrameResult, record.value)
            elif record.topic == self._settings.triggers_topic:
                arrives_at_us = inferred_at_us + TRIGGERED_AFTER_US
                self._to_sampler.append((arrives_at_us, record))
                self._to_edge.append((arrives_at_us, self._codec.decode(Trigger, record.value)))
            else:
                self.dead_letters[STAGE] += 1
        return result

    def _judge(self, frame: FrameEvent, result: FrameResult, raised_at_us: int) -> LookedAt:
        camera = self._book.for_camera(frame.camera_id)
        if camera is None:
            self.dead_letters[_RULES_STAGE] += 1
            return LookedAt(frame, (), {}, result)
        before = self._rules[frame.camera_id]
        step = rules.evaluate(before, result, camera, raised_at_us)
        if step.repeat:
            return LookedAt(frame, (), {}, result)
        self._follow(frame.camera_id, step)
        self._armed.update(name for name, rule in step.state.rules.items() if rule.armed_at_us is not None)
        seen, _ = looked_at(before, result, camera)
        looked = LookedAt(frame, step.alerts, {name: it.tracked for name, it in seen.objects.items()}, result)
        self._last[frame.camera_id] = looked
        return looked

    def _follow(self, camera_id: str, step: rules.Step) -> None:
        self._rules[camera_id] = step.state
        self.held_back.update(step.held_back)
