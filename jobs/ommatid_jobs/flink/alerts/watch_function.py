"""The watch over cameras as Flink's keyed function; the key is the same for all cameras of a region."""

from collections.abc import Iterator

from pyflink.common import Row, Types
from pyflink.datastream import KeyedProcessFunction, RuntimeContext, TimerService
from pyflink.datastream.state import MapStateDescriptor, ValueStateDescriptor

from ommatid_connectors.flink_kafka import BYTES, sink_row, source_record
from ommatid_jobs.flink import storage_names
from ommatid_jobs.flink.alerts.watch_intake import Refused, Taken, Unwatched, take
from ommatid_jobs.flink.alerts.watch_series import WatchSeries
from ommatid_jobs.flink.clock import epoch_us
from ommatid_jobs.flink.outgoing import event_record
from ommatid_jobs.flink.worker_endpoint import worker_endpoint
from ommatid_jobs.operators import camera_watch
from ommatid_jobs.operators.camera_watch import CameraWatch, RegionWatch, WatchBook
from ommatid_schemas import topics

_TICK_MS = 1_000


class WatchFunction(KeyedProcessFunction):
    """Raises alerts about cameras; keeps one state of bytes per camera, and one for the region.

    Both are written through: the region is judged every second, which must not read thousands of states each time.
    They are kept for as long as the fleet file names the camera: a camera that was silent for days is silent still.

    Timers are of the processing time, once a second. Each judges up to the watermark, so what is raised follows from
    event time alone, except while nothing at all is reported.
    """

    def __init__(self, watch_book_json: str) -> None:
        self._watch_book_json = watch_book_json

    def open(self, runtime_context: RuntimeContext) -> None:
        """Called once in the worker, before the first record."""
        self._book = WatchBook.model_validate_json(self._watch_book_json)
        cameras = MapStateDescriptor(storage_names.WATCH_CAMERAS_STATE, Types.STRING(), BYTES)
        self._camera_state = runtime_context.get_map_state(cameras)
        region = ValueStateDescriptor(storage_names.WATCH_REGION_STATE, BYTES)
        self._region_state = runtime_context.get_state(region)
        self._cameras: dict[str, CameraWatch] = {}
        self._region: RegionWatch | None = None
        self._taken_at_us = epoch_us()
        self._series = WatchSeries(self._book.region)
        worker_endpoint().show(storage_names.WATCH, self._series.registry)

    def process_element(self, value: Row, ctx: KeyedProcessFunction.Context) -> Iterator[Row]:
        """Take one report."""
        region = self._known()
        self._taken_at_us = epoch_us()
        outcome = take(self._book, self._cameras, source_record(value), region.judged_us)
        self._series.count(outcome)
        self._tick(ctx.timer_service())
        match outcome:
            case Taken(camera_id, camera):
                self._keep(camera_id, camera)
            case Unwatched(camera_id):
                self._forget(camera_id)
            case Refused(dead_letter):
                yield sink_row(dead_letter)

    def on_timer(self, timestamp: int, ctx: KeyedProcessFunction.OnTimerContext) -> Iterator[Row]:
        """Judge what can be judged by now."""
        del timestamp
        now_us, region, timers = epoch_us(), self._known(), ctx.timer_service()
        self._tick(timers)
        until_us = self._passed_us(timers.current_watermark() * 1000, now_us)
        self._expect(until_us)
        step = camera_watch.swept(region, self._cameras, self._book, until_us, now_us)
        if step.state != region:
            self._region = step.state
            self._region_state.update(camera_watch.pack_region(step.state))
        self._series.show(step.state, len(self._cameras), step.alerts)
        topic = topics.alerts_topic(self._book.region)
        for alert in step.alerts:
            yield sink_row(event_record(topic, alert, alert.captured_at_us, now_us))

    def _known(self) -> RegionWatch:
        """What is remembered, read once: this instance alone has the key."""
        if self._region is None:
            packed = self._region_state.value()
            self._region = RegionWatch() if packed is None else camera_watch.unpack_region(packed)
            known = dict(self._camera_state.items())
            self._cameras = {name: camera_watch.unpack_camera(camera) for name, camera in known.items()}
            for name in known.keys() - self._book.cameras.keys():
                self._forget(name)
        return self._region

    def _expect(self, since_us: int) -> None:
        """Cameras that no agent has reported are missed as well, once the region has a time."""
        if since_us > 0 and len(self._cameras) < len(self._book.cameras):
            for name in sorted(self._book.cameras.keys() - self._cameras.keys()):
                self._keep(name, camera_watch.expected(since_us))

    def _keep(self, camera_id: str, camera: CameraWatch) -> None:
        self._cameras[camera_id] = camera
        self._camera_state.put(camera_id, camera_watch.pack_camera(camera))

    def _forget(self, camera_id: str) -> None:
        if self._cameras.pop(camera_id, None) is not None:
            self._camera_state.remove(camera_id)

    def _tick(self, timers: TimerService) -> None:
        """The next second, on a grid: a timer that is set twice fires once."""
        timers.register_processing_time_timer((epoch_us() // 1000 // _TICK_MS + 1) * _TICK_MS)

    def _passed_us(self, watermark_us: int, now_us: int) -> int:
        waited_us = now_us - self._taken_at_us
        heard_us = 0
        if waited_us >= camera_watch.STILL_US:
            heard_us = max((it.heard_us for it in self._cameras.values() if it.heard_us <= now_us), default=0)
        return camera_watch.passed_us(watermark_us, heard_us, waited_us, now_us)
