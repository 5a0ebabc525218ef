"""Tracking: which boxes of a camera's frames are the same object, at intervals from 1/15 s to 30 s and more."""

from ommatid_jobs.operators.tracking.state import pack_state, unpack_state
from ommatid_jobs.operators.tracking.track import Track
from ommatid_jobs.operators.tracking.tracker import TrackedBox, TrackerState, Tracking, track_frame

__all__ = ["Track", "TrackedBox", "TrackerState", "Tracking", "pack_state", "track_frame", "unpack_state"]
