import socket

import pytest

from ommatid_fleet.local.errors import PortTakenError
from ommatid_fleet.local.ports import LOOPBACK, free_ports, is_bind_failure, is_listening, require_free


def test_chosen_ports_are_all_different():
    ports = free_ports(20)

    assert len(set(ports)) == 20


def test_chosen_ports_can_be_bound():
    (port,) = free_ports(1)

    with socket.socket() as server:
        server.bind((LOOPBACK, port))


def test_a_port_that_somebody_listens_on_is_refused_by_number():
    with socket.create_server((LOOPBACK, 0)) as server:
        port = server.getsockname()[1]

        with pytest.raises(PortTakenError, match=f"Kafka broker: port {port} of 127.0.0.1 is in use"):
            require_free(port, "Kafka broker")


def test_a_free_port_is_not_listening():
    (port,) = free_ports(1)

    assert not is_listening(port)


@pytest.mark.parametrize(
    "log",
    [
        "java.net.BindException: Address already in use",
        "org.apache.kafka.common.KafkaException: Socket server failed to bind to 127.0.0.1:9092",
    ],
)
def test_a_bind_failure_is_recognised_in_the_log(log: str):
    assert is_bind_failure(log)


def test_another_failure_is_no_bind_failure():
    assert not is_bind_failure("java.lang.OutOfMemoryError: Java heap space")
