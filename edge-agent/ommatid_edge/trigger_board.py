"""The latest triggers, handed from the thread that reads them to the cameras' threads."""

from collections.abc import Iterable
from dataclasses import dataclass

from ommatid_schemas.sampling import later_end_us


@dataclass(frozen=True, slots=True)
class EventCall:
    """What triggers ask of one camera.

    Attributes:
        until_us: End of the event layer in event time, us UTC.
        cause_captured_at_us: Capture time of the frame that caused the latest trigger, us UTC.
    """

    until_us: int
    cause_captured_at_us: int


NO_CALL = EventCall(0, 0)
"""Nobody asked for anything."""


class TriggerBoard:
    """Until when a trigger wants each camera's event layer open.

    One thread writes, any thread reads; a dict's single operations are atomic in CPython.

    Args:
        camera_ids: Cameras of this agent; triggers for others are passed over.
    """

    def __init__(self, camera_ids: Iterable[str]) -> None:
        self._calls = dict.fromkeys(camera_ids, NO_CALL)

    def post(self, camera_id: str, until_us: int, cause_captured_at_us: int) -> None:
        """Take note of a trigger, unless an earlier one asked for more; the detect job has the same rule.

        Args:
            camera_id: Camera whose event layer is to be open.
            until_us: End of the event layer in event time, us UTC.
            cause_captured_at_us: Capture time of the frame that caused it, us UTC.
        """
        earlier = self._calls.get(camera_id)
        if earlier is not None and later_end_us(earlier.until_us, until_us) != earlier.until_us:
            self._calls[camera_id] = EventCall(until_us, cause_captured_at_us)

    def call(self, camera_id: str) -> EventCall:
        """What is asked of a camera; ``NO_CALL`` without a trigger."""
        return self._calls.get(camera_id, NO_CALL)
