"""Plays footage, or frames that were published, through one configuration."""

from collections import Counter
from contextlib import closing

from ommatid_connectors.flink_kafka.records import SourceRecord
from ommatid_fleet.backtest.accounts import Cost, FrameAccounts
from ommatid_fleet.backtest.deployment import Deployment
from ommatid_fleet.backtest.footage import Footage
from ommatid_fleet.backtest.models import Models
from ommatid_fleet.backtest.progress import Progress
from ommatid_fleet.backtest.raised_alert import RaisedAlert
from ommatid_fleet.backtest.recorded_frames import RecordedFrames
from ommatid_fleet.backtest.remembering import Memory
from ommatid_fleet.backtest.request import PlayOptions
from ommatid_fleet.backtest.result import Result, Tracks
from ommatid_fleet.backtest.tracks import FrameNumbers, TrackPoint
from ommatid_fleet.backtest.virtual_camera import VirtualCamera
from ommatid_fleet.backtest.virtual_jobs import LookedAt, VirtualJobs
from ommatid_jobs.delivery.people_hider import PeopleHider, Withheld
from ommatid_jobs.delivery.snapshot_drawing import draw_snapshot
from ommatid_jobs.delivery.snapshot_maker import zones_from
from ommatid_schemas.codec import SingleObjectCodec
from ommatid_schemas.errors import ConfigurationError
from ommatid_schemas.events import Alert, AlertType, FrameEvent

MAX_PICTURES = 200
"""Pictures of alerts that one configuration keeps."""


class Player:
    """Plays one configuration.

    Args:
        deployment: The configuration.
        options: Choices.
        start_us: When the footage begins, microseconds since the epoch.
        memory: What models have seen for other configurations; None keeps and asks none.
    """

    def __init__(
        self, deployment: Deployment, options: PlayOptions, start_us: int, memory: Memory | None = None
    ) -> None:
        self._deployment = deployment
        self._options = options
        self._start_us = start_us
        self._memory = memory
        self._alerts: list[RaisedAlert] = []
        self._pictures = 0
        self._points: list[TrackPoint] = []
        self._numbers = FrameNumbers()
        self._zones_of = zones_from(deployment.fleet)
        self._hider = PeopleHider.of(deployment.fleet)

    def footage(self, footage: Footage, progress: Progress) -> Result:
        """Play footage of the deployment's camera, from its packets on.

        Args:
            footage: The files.
            progress: Is told the seconds that have been played.

        Raises:
            OmmatidError: A file cannot be read, or a model cannot be loaded.
        """
        plan = self._deployment.camera
        if plan is None:
            raise TypeError("expected the deployment of a camera, found that of a topic")
        with Models(self._deployment, self._memory) as models, closing(self._jobs(models)) as jobs:
            camera, ends_us = VirtualCamera(plan, self._start_us, jobs.triggers_by), 0
            for clip in footage.clips():
                for frame in camera.frames(clip, lambda at_us: self._captured(at_us, progress)):
                    self._see(jobs.take(_record(plan.topic, frame), frame.published_at_us), clip.size_px)
                ends_us = clip.ends_us
            self._end(jobs, ends_us)
            captured = camera.published.total() + camera.not_published.total()
            if not captured:
                raise ConfigurationError("--video: expected frames, found none in all the files")
            frames = _accounts(jobs, captured, camera.not_published, camera.published)
            return self._result(ends_us / 1e6, frames, jobs, models, cameras=1)

    def recorded(self, recorded: RecordedFrames, duration_s: float, progress: Progress) -> Result:
        """Play frames that were published.

        Args:
            recorded: The frames.
            duration_s: Time that they are of, seconds.
            progress: Is told the number of records that have been played.

        Raises:
            OmmatidError: A model cannot be loaded.
        """
        published: Counter[str] = Counter()
        with Models(self._deployment, self._memory) as models, closing(self._jobs(models)) as jobs:
            for number, each in enumerate(recorded, start=1):
                published[each.reason] += 1
                self._see(jobs.take(each.record, each.published_at_us), None)
                progress(number)
            self._end(jobs, round(duration_s * 1e6))
            frames = _accounts(jobs, None, Counter(), published)
            return self._result(duration_s, frames, jobs, models, cameras=recorded.cameras)

    def _jobs(self, models: Models) -> VirtualJobs:
        return VirtualJobs(self._deployment, models.detectors, self._start_us)

    def _captured(self, at_us: int, progress: Progress) -> None:
        self._numbers.add(at_us)
        progress((at_us - self._start_us) / 1e6)

    def _see(self, seen: LookedAt | None, size_px: tuple[int, int] | None) -> None:
        if seen is None:
            return
        self._alerts += (self._raised(alert, seen) for alert in seen.alerts)
        if self._options.tracks and size_px is not None:
            at_us = seen.frame.captured_at_us
            self._points += (TrackPoint(at_us, name, it.box, size_px) for name, it in seen.objects.items())

    def _end(self, jobs: VirtualJobs, ends_us: int) -> None:
        for seen in jobs.end(self._start_us + ends_us):
            self._see(seen, None)

    def _raised(self, alert: Alert, seen: LookedAt) -> RaisedAlert:
        begun_s, raised_s = ((at_us - self._start_us) / 1e6 for at_us in (alert.started_at_us, alert.captured_at_us))
        return RaisedAlert(alert, begun_s, raised_s, self._picture(alert, seen))

    def _picture(self, alert: Alert, seen: LookedAt) -> bytes | None:
        frame, wanted = seen.frame, self._options.pictures and self._pictures < MAX_PICTURES
        if not wanted or frame.image is None or alert.type is not AlertType.NEW:
            return None
        hide = self._hider.way(frame, seen.result)
        if isinstance(hide, Withheld):
            return None
        self._pictures += 1
        boxes = [box for shows in alert.evidence if shows.frame_id == frame.frame_id for box in shows.boxes]
        drawn = draw_snapshot(frame.image, boxes, self._zones_of(alert), hide=hide)
        return drawn if isinstance(drawn, bytes) else None

    def _result(
        self, duration_s: float, frames: FrameAccounts, jobs: VirtualJobs, models: Models, cameras: int
    ) -> Result:
        price = self._deployment.price(self._options.price_per_1000_calls)
        return Result(
            source=self._deployment.source,
            start_us=self._start_us,
            duration_s=duration_s,
            alerts=tuple(self._alerts),
            frames=frames,
            held_back=dict(jobs.held_back),
            cost=Cost(frames.model_calls, price, duration_s, cameras, models.spent),
            remembered=models.remembered,
            never_armed=jobs.never_armed,
            tracks=Tracks(self._points, self._numbers),
        )


def _record(topic: str, frame: FrameEvent) -> SourceRecord:
    # A number that the frame has anyway stands for its offset.
    return SourceRecord(frame.camera_id.encode(), SingleObjectCodec().encode(frame), topic, 0, frame.sequence)


def _accounts(
    jobs: VirtualJobs, captured: int | None, not_published: Counter[str], published: Counter[str]
) -> FrameAccounts:
    counts = (not_published, published, jobs.dropped, jobs.looked_at, jobs.dead_letters)
    return FrameAccounts(captured, *(dict(sorted(it.items())) for it in counts))
