"""A rules topic in memory, for tests."""

from collections.abc import Callable, Generator
from contextlib import contextmanager

from ommatid_connectors.kafka import NewRecord, Record, WriterSuperseded
from ommatid_jobs.rules_topic.contents import TopicContents, contents_of
from ommatid_schemas import topics


class FakeRulesTopic:
    """Behaves as ``RulesTopic``.

    Args:
        region: Name of the region.
        between: Called once after a writer was made and before it writes: what somebody else does meanwhile.
    """

    def __init__(self, region: str, between: Callable[["FakeRulesTopic"], None] | None = None) -> None:
        self.name = topics.rules_topic(region)
        self.records: list[Record] = []
        self._region = region
        self._between = between
        self._writers = 0

    def contents(self) -> TopicContents:
        """What is there now."""
        return contents_of(self.records, self._region)

    def put(self, key: bytes, value: bytes | None) -> None:
        """Write a record as anybody can who has the right."""
        self.records.append(Record(self.name, 0, len(self.records), key, value or b"", 0, {}))

    @contextmanager
    def writer(self) -> Generator["FakeRulesWriter"]:
        """Become the only one who writes, until somebody else does."""
        self._writers += 1
        number, between, self._between = self._writers, self._between, None
        yield FakeRulesWriter(self, lambda: self._writers == number, between)


class FakeRulesWriter:
    """Writer of a topic in memory."""

    def __init__(
        self, topic: FakeRulesTopic, is_last: Callable[[], bool], between: Callable[[FakeRulesTopic], None] | None
    ) -> None:
        self._topic = topic
        self._is_last = is_last
        self._between = between

    def contents(self) -> TopicContents:
        """What is there now."""
        return self._topic.contents()

    def write(self, records: list[NewRecord]) -> None:
        """Write all records or none."""
        if self._between is not None:
            self._between(self._topic)
        if not self._is_last():
            raise WriterSuperseded(f"{self._topic.name}: somebody began later")
        for record in records:
            self._topic.put(record.key, record.value)
