from collections.abc import Callable

import pytest
from confluent_kafka import KafkaError, KafkaException

from ommatid_connectors.kafka import client_config
from ommatid_connectors.kafka.connection import once_leaders_settle
from ommatid_schemas.fleet_file import KafkaConnection


class Clock:
    """Time that passes only by waiting."""

    def __init__(self) -> None:
        self.at_s = 0.0

    def now(self) -> float:
        return self.at_s

    def sleep(self, wait_s: float) -> None:
        self.at_s += wait_s


def failing(code: int, times: int) -> Callable[[], str]:
    left = [code] * times

    def request() -> str:
        if left:
            raise KafkaException(KafkaError(left.pop()))
        return "answer"

    return request


def test_a_request_is_repeated_until_the_leader_is_settled() -> None:
    clock = Clock()
    request = failing(KafkaError.NOT_LEADER_FOR_PARTITION, times=3)

    assert once_leaders_settle(request, 1.0, clock.now, clock.sleep) == "answer"


def test_a_leader_that_never_settles_is_given_up_at_the_deadline() -> None:
    clock = Clock()
    request = failing(KafkaError.LEADER_NOT_AVAILABLE, times=1000)

    with pytest.raises(KafkaException):
        once_leaders_settle(request, 1.0, clock.now, clock.sleep)
    assert 1.0 <= clock.at_s < 1.2


def test_any_other_refusal_is_not_repeated() -> None:
    clock = Clock()
    request = failing(KafkaError.TOPIC_AUTHORIZATION_FAILED, times=1)

    with pytest.raises(KafkaException):
        once_leaders_settle(request, 1.0, clock.now, clock.sleep)
    assert clock.at_s == 0.0


def test_bootstrap_can_be_given_instead_of_the_fleet_files() -> None:
    connection = KafkaConnection(bootstrap="broker:9092")

    assert client_config(connection)["bootstrap.servers"] == "broker:9092"
    assert client_config(connection, "127.0.0.1:1")["bootstrap.servers"] == "127.0.0.1:1"
