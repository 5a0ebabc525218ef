"""The latest triggers, handed from the thread that reads them to the cameras' threads."""

from collections.abc import Iterable

from ommatid_schemas.events import Trigger


class TriggerBoard:
    """Until when a trigger wants each camera's event layer open.

    One thread writes, any thread reads; a dict's single operations are atomic in CPython.

    Args:
        camera_ids: Cameras of this agent; triggers for others are passed over.
    """

    def __init__(self, camera_ids: Iterable[str]) -> None:
        self._until_us = dict.fromkeys(camera_ids, 0)

    def post(self, trigger: Trigger) -> None:
        """Take note of a trigger; it never shortens what an earlier one opened."""
        if trigger.camera_id in self._until_us:
            self._until_us[trigger.camera_id] = max(trigger.until_us, self._until_us[trigger.camera_id])

    def until_us(self, camera_id: str) -> int:
        """End of the camera's event layer in event time, us UTC; 0 without a trigger."""
        return self._until_us.get(camera_id, 0)
