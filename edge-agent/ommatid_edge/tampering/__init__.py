"""Whether somebody tampered with a camera: black, frozen, blurred, moved."""

from ommatid_edge.tampering.view import View, view
from ommatid_edge.tampering.watching import LOOK_INTERVAL_US, TamperState, is_due, looked

__all__ = ["LOOK_INTERVAL_US", "TamperState", "View", "is_due", "looked", "view"]
