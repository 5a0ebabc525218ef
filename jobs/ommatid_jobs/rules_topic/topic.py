"""The rules topic of a region on its brokers."""

from collections.abc import Generator
from contextlib import contextmanager

from ommatid_connectors.kafka import ClientConfig, ExclusiveWriter, NewRecord, read_to_end
from ommatid_jobs.rules_topic.contents import TopicContents, contents_of
from ommatid_schemas import topics


class RulesTopic:
    """One region's rules. Methods raise BrokerUnavailable, TopicMissing and KafkaClientError.

    Args:
        client: Settings from ``ommatid_connectors.kafka.client_config``.
        region: Name of the region.
    """

    def __init__(self, client: ClientConfig, region: str) -> None:
        self.region = region
        self.name = topics.rules_topic(region)
        self._client = client

    def contents(self) -> TopicContents:
        """What is there now."""
        return contents_of(read_to_end(self._client, self.name), self.region)

    @contextmanager
    def writer(self) -> Generator["RulesWriter"]:
        """Become the only one who writes, until somebody else does."""
        with ExclusiveWriter(self._client, self.name, topics.MAX_RULES_RECORD_BYTES) as writer:
            yield RulesWriter(self, writer)


class RulesWriter:
    """Reads what is there and writes what follows from it, with nobody in between."""

    def __init__(self, topic: RulesTopic, writer: ExclusiveWriter) -> None:
        self._topic = topic
        self._writer = writer

    def contents(self) -> TopicContents:
        """What is there now."""
        return self._topic.contents()

    def write(self, records: list[NewRecord]) -> None:
        """Write all records or none; raises WriterSuperseded when somebody else began to write meanwhile."""
        self._writer.write(records)
