"""A record that could not be processed, kept whole if it fits, with the reason in its headers."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ommatid_schemas.errors import DecodeError
from ommatid_schemas.topics import MAX_FRAME_RECORD_BYTES

MAX_WHOLE_BYTES = MAX_FRAME_RECORD_BYTES
"""Key and value of a letter that is kept whole, bytes together: what a topic of frames holds by plan."""

KEPT_KEY_BYTES = 1024
KEPT_VALUE_BYTES = 4096
"""What is kept of key and value of a record that is larger: enough to see what it is."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """The original key and bytes of a record, where it stood, and why it was refused.

    On the wire (topic ``omm.dlq.REGION``) key and value are the original ones and everything else
    is a UTF-8 header, so that a replay can send the record back to ``topic`` as it was.

    A record that the dead-letter topic would refuse is cut by :func:`bounded`: whoever wrote it anyway would fail for
    ever. Its origin is then where the rest is read back from, as long as retention holds it there.

    Attributes:
        original_bytes: Sizes of the original key and value, if they were cut; None for a letter that is whole. A job
            does not read the whole of a huge record, so this may be less than its true size.
    """

    key: bytes | None
    value: bytes
    topic: str
    partition: int
    offset: int
    stage: str
    error_class: str
    error_text: str
    original_bytes: tuple[int, int] | None = None

    def headers(self) -> dict[str, bytes]:
        """Header names and values to write beside key and value."""
        cut = {} if self.original_bytes is None else {_CUT: "{}:{}".format(*self.original_bytes).encode()}
        return {
            "topic": self.topic.encode(),
            "partition": str(self.partition).encode(),
            "offset": str(self.offset).encode(),
            "stage": self.stage.encode(),
            "error_class": self.error_class.encode(),
            "error_text": self.error_text.encode(),
            **cut,
        }

    @classmethod
    def from_record(cls, key: bytes | None, value: bytes, headers: Mapping[str, bytes]) -> "DeadLetter":
        """Read a dead letter back from its Kafka record.

        Raises:
            DecodeError: A header is missing or not a number where one is expected.
        """
        try:
            text = {name: headers[name].decode() for name in _HEADERS}
            partition, offset = int(text["partition"]), int(text["offset"])
            original_bytes = _sizes(headers.get(_CUT))
        except (KeyError, ValueError) as exc:
            raise DecodeError(
                f"dead letter: expected headers {', '.join(_HEADERS)}, found {sorted(headers)} ({exc}); "
                "was the record written by Ommatid?"
            ) from exc
        return cls(
            key,
            value,
            text["topic"],
            partition,
            offset,
            text["stage"],
            text["error_class"],
            text["error_text"],
            original_bytes,
        )


def bounded(letter: DeadLetter) -> DeadLetter:
    """The letter itself if its topic takes it whole, else with the beginnings of key and value and both sizes."""
    key_bytes, value_bytes = len(letter.key or b""), len(letter.value)
    if key_bytes + value_bytes <= MAX_WHOLE_BYTES:
        return letter
    key = None if letter.key is None else letter.key[:KEPT_KEY_BYTES]
    return replace(letter, key=key, value=letter.value[:KEPT_VALUE_BYTES], original_bytes=(key_bytes, value_bytes))


def _sizes(text: bytes | None) -> tuple[int, int] | None:
    if text is None:
        return None
    key_bytes, value_bytes = text.decode().split(":")
    return int(key_bytes), int(value_bytes)


_CUT = "original_bytes"
_HEADERS = ("topic", "partition", "offset", "stage", "error_class", "error_text")
