"""Rules on the cameras themselves: silent, offline, tampered; one alert where many of them are in trouble together."""

from ommatid_jobs.operators.camera_watch.episodes import CameraWatch, Episode, Kind, expected, reported
from ommatid_jobs.operators.camera_watch.event_time import STILL_US, passed_us
from ommatid_jobs.operators.camera_watch.resolution import watch_book
from ommatid_jobs.operators.camera_watch.state import OpenAlert, RegionWatch, Scope, Subject
from ommatid_jobs.operators.camera_watch.state_bytes import pack_camera, pack_region, unpack_camera, unpack_region
from ommatid_jobs.operators.camera_watch.sweep import Step, swept
from ommatid_jobs.operators.camera_watch.watch_book import WatchBook, WatchedCamera, WatchRule

__all__ = [
    "STILL_US",
    "CameraWatch",
    "Episode",
    "Kind",
    "OpenAlert",
    "RegionWatch",
    "Scope",
    "Step",
    "Subject",
    "WatchBook",
    "WatchRule",
    "WatchedCamera",
    "expected",
    "pack_camera",
    "pack_region",
    "passed_us",
    "reported",
    "swept",
    "unpack_camera",
    "unpack_region",
    "watch_book",
]
