"""From an alert to a stored picture: read the evidence back, hide people, draw, store.

Failure is a reason, never an exception.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from ommatid_connectors.object_store import ObjectStore, ObjectStoreFailed
from ommatid_jobs.delivery.clip_encoding import animated_webp, chosen, durations_ms
from ommatid_jobs.delivery.evidence_frames import EvidenceFrames
from ommatid_jobs.delivery.payload import Snapshot, clip_key, snapshot_key
from ommatid_jobs.delivery.people_hider import FindsResults, PeopleHider, Withheld
from ommatid_jobs.delivery.snapshot_drawing import Hide, Polygon, draw_frame, encode_jpeg
from ommatid_jobs.detectors import Image, Undecodable
from ommatid_schemas import Alert, Box, Evidence, FrameEvent
from ommatid_schemas.fleet_file import Fleet

ZonesOf = Callable[[Alert], Sequence[Polygon]]
"""Outlines of the zones that an alert names."""

Ways = Mapping[str, Hide | Withheld]
"""How people are hidden, by frame id."""


def zones_from(fleet: Fleet) -> ZonesOf:
    """Outlines as the fleet file gives them; cameras and zones that it no longer has are left out."""

    def zones_of(alert: Alert) -> Sequence[Polygon]:
        camera = fleet.cameras.get(alert.camera_id)
        zones = camera.zones if camera is not None else {}
        return [zones[name].coordinates for name in alert.zones if name in zones]

    return zones_of


@dataclass(frozen=True, slots=True)
class SnapshotMaker:
    """Makes the picture of an alert from the newest frame of its evidence, and a clip from several.

    Attributes:
        frames: Reads frames.
        store: Receives the pictures.
        zones_of: Outlines to draw.
        hider: Says how people are hidden; every picture goes through it.
        results: Finds who else was in a picture.
        url_lifetime_s: How long anybody can read a picture by its URL, seconds; None gives the plain URL of the object.
        clips: Whether clips are made.
    """

    frames: EvidenceFrames
    store: ObjectStore
    zones_of: ZonesOf
    hider: PeopleHider
    results: FindsResults
    url_lifetime_s: float | None = None
    clips: bool = False

    def make(self, alert: Alert) -> Snapshot:
        """Store picture and clip and say where; or say why there are none."""
        if not alert.evidence:
            return Snapshot(error="the alert names no frame")
        newest = self.frames.read(alert.evidence[-1])
        if isinstance(newest, str):
            return Snapshot(error=newest)
        frames = [*self._others(alert), newest]
        ways = self.hider.ways(frames, self.results)
        picture = self._picture(alert, newest, ways[newest.frame_id])
        if not self.clips or len(alert.evidence) == 1:
            return picture
        return self._with_clip(picture, alert, frames, ways)

    def _others(self, alert: Alert) -> list[FrameEvent]:
        """Frames of a clip before the newest; what cannot be read is left out."""
        if not self.clips:
            return []
        wanted = [alert.evidence[number] for number in chosen(len(alert.evidence))[:-1]]
        return [frame for frame in map(self.frames.read, wanted) if not isinstance(frame, str)]

    def _picture(self, alert: Alert, frame: FrameEvent, hide: Hide | Withheld) -> Snapshot:
        missing = Snapshot(width_px=frame.width, height_px=frame.height)
        if isinstance(hide, Withheld):
            return replace(missing, error=hide.reason, withheld=True)
        drawn = self._drawn(alert, frame, hide)
        if isinstance(drawn, str):
            return replace(missing, error=drawn)
        try:
            return replace(missing, url=self._put(snapshot_key(alert), encode_jpeg(drawn), "image/jpeg"))
        except ObjectStoreFailed as exc:
            return replace(missing, error=str(exc))

    def _with_clip(self, picture: Snapshot, alert: Alert, frames: Sequence[FrameEvent], ways: Ways) -> Snapshot:
        drawn = [(frame, self._shown(alert, frame, ways[frame.frame_id])) for frame in frames]
        shown = [(frame.captured_at_us, image) for frame, image in drawn if not isinstance(image, str)]
        if len(shown) < 2:
            return replace(picture, clip_error="less than two of its frames can be shown")
        clip = animated_webp([image for _, image in shown], durations_ms([at_us for at_us, _ in shown]))
        if clip is None:
            return replace(picture, clip_error="it would be too large")
        try:
            return replace(picture, clip_url=self._put(clip_key(alert), clip, "image/webp"))
        except ObjectStoreFailed as exc:
            return replace(picture, clip_error=str(exc))

    def _shown(self, alert: Alert, frame: FrameEvent, hide: Hide | Withheld) -> Image | str:
        return hide.reason if isinstance(hide, Withheld) else self._drawn(alert, frame, hide)

    def _drawn(self, alert: Alert, frame: FrameEvent, hide: Hide) -> Image | str:
        if frame.image is None:
            return "the frame's image is not in Kafka"
        drawn = draw_frame(frame.image, _boxes(alert.evidence, frame), self.zones_of(alert), hide=hide)
        return drawn.reason if isinstance(drawn, Undecodable) else drawn

    def _put(self, key: str, data: bytes, content_type: str) -> str:
        url = self.store.put(key, data, content_type)
        return url if self.url_lifetime_s is None else self.store.share(key, self.url_lifetime_s)


def _boxes(evidence: Sequence[Evidence], frame: FrameEvent) -> Sequence[Box]:
    return next((it.boxes for it in evidence if it.frame_id == frame.frame_id), ())
