"""Store and forward: chosen frames lie on disk until the brokers have acknowledged them."""

from ommatid_edge.spool.errors import SpoolDamaged, SpoolFull
from ommatid_edge.spool.frame_spool import FrameSpool, GivenUp, SpoolLimits
from ommatid_edge.spool.spool_folder import default_folder, open_spool
from ommatid_edge.spool.spool_store import Changes, InMemoryStore, SpoolStore
from ommatid_edge.spool.spooled_frame import Destination, SpooledFrame
from ommatid_edge.spool.sqlite_store import SqliteStore

__all__ = [
    "Changes",
    "Destination",
    "FrameSpool",
    "GivenUp",
    "InMemoryStore",
    "SpoolDamaged",
    "SpoolFull",
    "SpoolLimits",
    "SpoolStore",
    "SpooledFrame",
    "SqliteStore",
    "default_folder",
    "open_spool",
]
