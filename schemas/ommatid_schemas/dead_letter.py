"""A record that could not be processed, kept whole, with the reason in its headers."""

from collections.abc import Mapping
from dataclasses import dataclass

from ommatid_schemas.errors import DecodeError


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """The original key and bytes of a record, where it stood, and why it was refused.

    On the wire (topic ``omm.dlq.REGION``) key and value are the original ones and everything else
    is a UTF-8 header, so that a replay can send the record back to ``topic`` as it was.
    """

    key: bytes | None
    value: bytes
    topic: str
    partition: int
    offset: int
    stage: str
    error_class: str
    error_text: str

    def headers(self) -> dict[str, bytes]:
        """Header names and values to write beside key and value."""
        return {
            "topic": self.topic.encode(),
            "partition": str(self.partition).encode(),
            "offset": str(self.offset).encode(),
            "stage": self.stage.encode(),
            "error_class": self.error_class.encode(),
            "error_text": self.error_text.encode(),
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
        except (KeyError, ValueError) as exc:
            raise DecodeError(
                f"dead letter: expected headers {', '.join(_HEADERS)}, found {sorted(headers)} ({exc}); "
                "was the record written by Ommatid?"
            ) from exc
        return cls(key, value, text["topic"], partition, offset, text["stage"], text["error_class"], text["error_text"])


_HEADERS = ("topic", "partition", "offset", "stage", "error_class", "error_text")
