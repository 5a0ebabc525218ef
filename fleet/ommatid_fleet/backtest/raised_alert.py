"""An alert in the time of the footage."""

from dataclasses import dataclass, field

from ommatid_schemas.events import Alert, AlertType


@dataclass(frozen=True, slots=True)
class RaisedAlert:
    """A message about an alert, with times since the footage began.

    Attributes:
        alert: The message. Its latencies follow from assumed delays, not from a measurement.
        begun_s: Capture of the first frame that shows what it is about, seconds.
        raised_s: Capture of the frame from which it follows, seconds.
        picture: JPEG of that frame with boxes and zones drawn; None of updates and ends, and where nobody wants one.
    """

    alert: Alert
    begun_s: float
    raised_s: float
    picture: bytes | None = field(default=None, repr=False)

    @property
    def is_new(self) -> bool:
        """Whether it raises the alert, rather than telling what became of it."""
        return self.alert.type is AlertType.NEW
