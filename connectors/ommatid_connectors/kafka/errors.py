"""What can go wrong with a Kafka client that its owner has to know about.

OmmatidError
├── BrokerUnavailable    no broker answered; trying again can help
├── TopicMissing         the topic is not on the broker; somebody has to create it
└── KafkaClientError     the broker or the client library refused a request
"""

from ommatid_schemas.errors import OmmatidError


class BrokerUnavailable(OmmatidError):
    """No broker answered in time. The caller may try again."""

    retriable = True


class TopicMissing(OmmatidError):
    """A topic that should be read does not exist."""


class KafkaClientError(OmmatidError):
    """The broker or the client library refused a request for good."""
