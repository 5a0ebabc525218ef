"""From an alert to a stored picture: read the evidence back, hide people, draw, store.

Failure is a reason, never an exception.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from ommatid_connectors.kafka import Expired, ReadFailed, Record
from ommatid_connectors.object_store import ObjectStore, ObjectStoreFailed
from ommatid_jobs.delivery.payload import Snapshot, snapshot_key
from ommatid_jobs.delivery.people_hider import FindsResults, PeopleHider, Withheld
from ommatid_jobs.delivery.snapshot_drawing import Polygon, draw_snapshot
from ommatid_jobs.detectors import Undecodable
from ommatid_schemas import Alert, Codec, DecodeError, Evidence, FrameEvent
from ommatid_schemas.fleet_file import Fleet


class ReadsRecords(Protocol):
    """What :class:`ommatid_connectors.kafka.RecordReader` does."""

    def read(self, topic: str, partition: int, offset: int, deadline_s: float = 5.0) -> Record | Expired | ReadFailed:
        """The record at a position, or why there is none."""
        ...


ZonesOf = Callable[[Alert], Sequence[Polygon]]
"""Outlines of the zones that an alert names."""


def zones_from(fleet: Fleet) -> ZonesOf:
    """Outlines as the fleet file gives them; cameras and zones that it no longer has are left out."""

    def zones_of(alert: Alert) -> Sequence[Polygon]:
        camera = fleet.cameras.get(alert.camera_id)
        zones = camera.zones if camera is not None else {}
        return [zones[name].coordinates for name in alert.zones if name in zones]

    return zones_of


@dataclass(frozen=True, slots=True)
class SnapshotMaker:
    """Makes the picture of an alert from the newest frame of its evidence.

    Attributes:
        reader: Reads frames by position.
        codec: Decodes them.
        store: Receives the pictures.
        zones_of: Outlines to draw.
        hider: Says how people are hidden; every picture goes through it.
        results: Finds who else was in a picture.
        deadline_s: Longest wait for the frame.
        url_lifetime_s: How long anybody can read a picture by its URL, seconds; None gives the plain URL of the object.
    """

    reader: ReadsRecords
    codec: Codec
    store: ObjectStore
    zones_of: ZonesOf
    hider: PeopleHider
    results: FindsResults
    deadline_s: float = 3.0
    url_lifetime_s: float | None = None

    def make(self, alert: Alert) -> Snapshot:
        """Store the picture and say where; or say why there is none."""
        if not alert.evidence:
            return Snapshot(error="the alert names no frame")
        evidence = alert.evidence[-1]
        frame = self._frame(evidence)
        if isinstance(frame, str):
            return Snapshot(error=frame)
        return self._store(alert, evidence, frame)

    def _frame(self, evidence: Evidence) -> FrameEvent | str:
        at = evidence.frame_ref
        record = self.reader.read(at.topic, at.partition, at.offset, self.deadline_s)
        if not isinstance(record, Record):
            return record.reason
        try:
            frame = self.codec.decode(FrameEvent, record.value)
        except DecodeError as exc:
            return str(exc)
        return frame if frame.frame_id == evidence.frame_id else _other_frame(evidence, frame)

    def _store(self, alert: Alert, evidence: Evidence, frame: FrameEvent) -> Snapshot:
        if frame.image is None:
            return _without_picture(frame, "the frame's image is not in Kafka")
        hide = self.hider.ways([frame], self.results)[frame.frame_id]
        if isinstance(hide, Withheld):
            return replace(_without_picture(frame, hide.reason), withheld=True)
        picture = draw_snapshot(frame.image, evidence.boxes, self.zones_of(alert), hide=hide)
        if isinstance(picture, Undecodable):
            return _without_picture(frame, picture.reason)
        try:
            url = self.store.put(snapshot_key(alert), picture, "image/jpeg")
            if self.url_lifetime_s is not None:
                url = self.store.share(snapshot_key(alert), self.url_lifetime_s)
        except ObjectStoreFailed as exc:
            return _without_picture(frame, str(exc))
        return Snapshot(url, width_px=frame.width, height_px=frame.height)


def _without_picture(frame: FrameEvent, reason: str) -> Snapshot:
    return Snapshot(error=reason, width_px=frame.width, height_px=frame.height)


def _other_frame(evidence: Evidence, frame: FrameEvent) -> str:
    """A topic that was deleted and created anew counts its offsets from 0 again."""
    at = evidence.frame_ref
    return (
        f"{at.topic} partition {at.partition} offset {at.offset}: expected frame {evidence.frame_id}, "
        f"found {frame.frame_id}; was the topic created anew?"
    )
