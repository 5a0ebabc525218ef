"""The dead-letter topic of a region on its brokers: read it, write notes into it, send a letter back."""

import queue
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from ommatid_connectors.kafka import (
    ClientConfig,
    DeliveryFailed,
    DeliveryReport,
    ProducerSettings,
    Queued,
    ReadFailed,
    Record,
    RecordProducer,
    RecordReader,
    TopicMissing,
    end_offsets,
    read_to_end,
)
from ommatid_fleet.dead_letters.errors import LetterUnreadable, NoteNotWritten
from ommatid_fleet.dead_letters.found_letter import Contents, FoundLetter, FoundNote, LetterPlace
from ommatid_fleet.dead_letters.replay_decision import is_topic_of_region
from ommatid_schemas import DeadLetter, DecodeError, topics
from ommatid_schemas.replay import REPLAY_HEADER, ReplayNote

_ACKNOWLEDGED_S = 15.0
_MAX_RECORD_BYTES = 64 * 1024 * 1024  # a letter that was cut is read back whole, and may be that large


@dataclass(frozen=True, slots=True)
class _NewRecord:
    topic: str
    key: bytes | None
    value: bytes
    headers: Mapping[str, bytes]


class LetterTopic:
    """One region's dead letters; to be used from one thread.

    Methods raise BrokerUnavailable or TopicMissing when the topic cannot be read.

    Args:
        client: Settings from `ommatid_connectors.kafka.client_config`.
        region: Name of the region.
    """

    def __init__(self, client: ClientConfig, region: str) -> None:
        self.name = topics.dead_letters_topic(region)
        self._client = client
        self._region = region
        self._reader = RecordReader(client)
        self._producer: RecordProducer | None = None
        self._known_topics: set[str] = set()
        self._noted_up_to: dict[int, int] = {}

    def contents(self, *, since_ms: int | None = None, places: Sequence[LetterPlace] = ()) -> Contents:
        """Read letters and notes up to the present end.

        Args:
            since_ms: Nothing older, milliseconds since the epoch.
            places: Nothing that stands before the first of these places; for commands that name letters.
        """
        self._noted_up_to = end_offsets(self._client, self.name)
        starts = _starts(places, self._noted_up_to) if places else None
        return _contents(read_to_end(self._client, self.name, since_ms=since_ms, from_offsets=starts))

    def new_notes(self) -> tuple[FoundNote, ...]:
        """Notes that were written since the last reading, by whomever."""
        found: list[FoundNote] = []
        for record in read_to_end(self._client, self.name, from_offsets=self._noted_up_to):
            self._noted_up_to[record.partition] = record.offset + 1
            found += _notes(record)
        return tuple(found)

    def read(self, place: LetterPlace) -> Record:
        """Read one record with its value.

        Raises:
            LetterUnreadable: It is not there, or not now.
        """
        found = self._reader.read(self.name, place.partition, place.offset, deadline_s=10.0)
        if not isinstance(found, Record):
            again = isinstance(found, ReadFailed) and found.retriable
            raise LetterUnreadable(f"dead letter {place}: {found.reason}{'; try again' if again else ''}")
        return found

    def original(self, record: Record) -> Record:
        """The record that a letter is about: its own key and bytes, or, if it was cut, those at its origin.

        Raises:
            LetterUnreadable: The origin does not hold it any more, or holds another record there.
        """
        letter = _letters(record)
        if not letter or letter[0].letter.original_bytes is None:
            return record
        return self._at_origin(letter[0], record)

    def note(self, notes: Sequence[ReplayNote]) -> None:
        """Write notes and wait until they are safe.

        Raises:
            NoteNotWritten: The broker did not take one.
        """
        failures = self._publish([_NewRecord(self.name, note.key, b"", note.headers()) for note in notes])
        if failures:
            raise NoteNotWritten(
                f"{failures[0]}; run the command again: what was sent before is not sent under another id"
            )

    def send_back(self, found: FoundLetter, replay_id: str) -> str | None:
        """Write the original key and bytes to the topic that they came from, and wait until they are safe.

        Those of a letter that was cut are read back from there, which works as long as retention holds them. The
        record carries the time of now, so that retention counts from the replay; the event keeps its own times.

        Returns:
            None when it is done, else why not.
        """
        origin = found.letter.topic
        try:
            self._require_origin(origin)
            original = self.original(self.read(found.place))
        except (LetterUnreadable, TopicMissing) as exc:
            return str(exc)
        headers = {REPLAY_HEADER: replay_id.encode()}
        failures = self._publish([_NewRecord(origin, original.key, original.value, headers)])
        return failures[0] if failures else None

    def close(self) -> None:
        """Close the connections."""
        if self._producer is not None:
            self._producer.close()
        self._reader.close()

    def __enter__(self) -> Self:
        """The topic itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        """Close the connections."""
        self.close()

    def _at_origin(self, found: FoundLetter, kept: Record) -> Record:
        origin = found.letter
        self._require_origin(origin.topic)
        whole = self._reader.read(origin.topic, origin.partition, origin.offset, deadline_s=_ACKNOWLEDGED_S)
        if not isinstance(whole, Record):
            raise LetterUnreadable(
                f"dead letter {found.place}: only its beginning is kept ({found.value_bytes} bytes were too large for "
                f"{self.name}), and its origin does not give the rest: {whole.reason}"
            )
        if not (_begins_with(whole.key, kept.key) and whole.value.startswith(kept.value)):
            raise LetterUnreadable(
                f"dead letter {found.place}: expected the record that begins as the letter does at {origin.topic} "
                f"partition {origin.partition} offset {origin.offset}, found another; was the topic created anew?"
            )
        return whole

    def _publish(self, records: Sequence[_NewRecord]) -> list[str]:
        """Publish records and wait until each is acknowledged or has failed; why those failed that did."""
        producer, reports = self._open_producer(), queue.SimpleQueue[DeliveryReport]()
        now_ms = time.time_ns() // 1_000_000
        taken = [
            producer.produce(it.topic, it.key, it.value, now_ms, headers=it.headers, on_delivery=reports.put)
            for it in records
        ]
        # A producer reports on all that it has taken, at the latest when its own deadline has passed.
        settled = [reports.get() for outcome in taken if isinstance(outcome, Queued)]
        refused = [f"the client did not take a record: {it}" for it in taken if not isinstance(it, Queued)]
        return [*refused, *(report.reason for report in settled if isinstance(report, DeliveryFailed))]

    def _open_producer(self) -> RecordProducer:
        """Open a producer with the first write: whoever only looks needs no right to write."""
        if self._producer is None:
            settings = ProducerSettings(delivery_timeout_s=_ACKNOWLEDGED_S, max_record_bytes=_MAX_RECORD_BYTES)
            self._producer = RecordProducer(self._client, settings)
        return self._producer

    def _require_origin(self, origin: str) -> None:
        if not is_topic_of_region(origin, self._region):
            raise LetterUnreadable(
                f"{self.name}: expected the origin to be a topic of region {self._region}, found {origin!r}; "
                "was the record written by Ommatid?"
            )
        if origin not in self._known_topics:
            end_offsets(self._client, origin)
            self._known_topics.add(origin)


def _begins_with(key: bytes | None, kept: bytes | None) -> bool:
    return key is None if kept is None else (key or b"").startswith(kept)


def _starts(places: Sequence[LetterPlace], ends: dict[int, int]) -> dict[int, int]:
    """Where to begin in each partition: at the first letter named there, else, for the notes, at the beginning."""
    named: dict[int, int] = {}
    for place in sorted(places, reverse=True):
        named[place.partition] = place.offset
    return {partition: min(named.get(partition, 0), end) for partition, end in ends.items()}


def _contents(records: Iterable[Record]) -> Contents:
    letters: list[FoundLetter] = []
    notes: list[FoundNote] = []
    foreign = 0
    for record in records:
        note, letter = _notes(record), _letters(record)
        notes += note
        letters += letter
        foreign += not note and not letter
    return Contents(tuple(letters), tuple(notes), foreign)


def _notes(record: Record) -> list[FoundNote]:
    note = ReplayNote.from_record(record.key, record.headers)
    return [] if note is None else [FoundNote(note, record.timestamp_ms)]


def _letters(record: Record) -> list[FoundLetter]:
    try:
        letter = DeadLetter.from_record(record.key, b"", record.headers)
    except DecodeError:
        return []
    place = LetterPlace(record.partition, record.offset)
    value_bytes = len(record.value) if letter.original_bytes is None else letter.original_bytes[1]
    return [FoundLetter(place, record.timestamp_ms, value_bytes, letter)]
