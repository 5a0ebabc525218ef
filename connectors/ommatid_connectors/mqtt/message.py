"""Messages to an MQTT broker. Pure."""

from dataclasses import dataclass, field

ONLINE, OFFLINE = b"online", b"offline"
"""What a presence topic says; the words that Home Assistant takes without being told."""


@dataclass(frozen=True, slots=True)
class MqttMessage:
    """One message, always at quality of service 1: the broker acknowledges it.

    Attributes:
        topic: Without wildcards.
        payload: Empty to remove what is retained.
        retain: Whether the broker gives it to those who subscribe later.
    """

    topic: str
    payload: bytes = field(repr=False)
    retain: bool = False


@dataclass(frozen=True, slots=True)
class Presence:
    """How others learn that a publisher is there.

    Several publishers can share a topic: when one of them goes, the others say at once that they are still there.

    Attributes:
        topic: Retained, ``online`` or ``offline``; ``offline`` is also the last will.
        births: Published after each connection, before ``online``.
    """

    topic: str
    births: tuple[MqttMessage, ...] = ()
