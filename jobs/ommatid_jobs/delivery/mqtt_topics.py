"""Topics and states that alerts have on an MQTT broker. Pure."""

from dataclasses import dataclass, field

from ommatid_schemas.events import Alert, AlertType

_FORGET_AFTER_US = 6 * 3600 * 1_000_000


@dataclass(frozen=True, slots=True)
class MqttTopics:
    """Names of topics in one region.

    Attributes:
        prefix: First levels.
        region: Region of the cameras.
    """

    prefix: str
    region: str

    @property
    def available(self) -> str:
        """``online`` while a delivery process works on the region, else ``offline``; retained."""
        return f"{self.prefix}/{self.region}/available"

    def alert(self, camera_id: str, rule: str) -> str:
        """Every message about the alerts of a camera by a rule, JSON; not retained."""
        return f"{self.prefix}/{self.region}/{camera_id}/{rule}/alert"

    def state(self, camera_id: str, rule: str) -> str:
        """``ON`` while an alert lasts, else ``OFF``; retained. Only for rules that report how alerts end."""
        return f"{self.prefix}/{self.region}/{camera_id}/{rule}/state"


@dataclass(frozen=True, slots=True)
class OpenAlerts:
    """Alerts of one camera and rule that have not ended.

    An alert whose end never came is forgotten after six hours, so that a state is not ``ON`` for ever.

    Attributes:
        last_us: Time of the last message by alert, microseconds since the epoch.
    """

    last_us: dict[str, int] = field(default_factory=dict[str, int])

    @property
    def state(self) -> bytes:
        """What the state topic says."""
        return b"ON" if self.last_us else b"OFF"

    def after(self, alert: Alert) -> "OpenAlerts":
        """What is open after a message; repeats change nothing."""
        at_us = alert.captured_at_us
        kept = {name: seen_us for name, seen_us in self.last_us.items() if at_us - seen_us < _FORGET_AFTER_US}
        if alert.type is AlertType.END:
            kept.pop(alert.alert_id, None)
            return OpenAlerts(kept)
        return OpenAlerts({**kept, alert.alert_id: at_us})
