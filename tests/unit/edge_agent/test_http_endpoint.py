import socket
from http import HTTPStatus
from urllib.request import urlopen

import pytest
from prometheus_client import CollectorRegistry

from ommatid_edge.http_endpoint import Endpoint, serve
from ommatid_schemas.errors import ConfigurationError

REGISTRY = CollectorRegistry()


def test_health_is_answered_over_http():
    with (
        serve(Endpoint(REGISTRY, lambda: None, lambda: None), "127.0.0.1", 0) as port,
        urlopen(f"http://127.0.0.1:{port}/healthz") as response,
    ):
        assert (response.status, response.read()) == (HTTPStatus.OK, b"ok\n")


def test_what_is_missing_is_said_in_a_sentence():
    endpoint = Endpoint(REGISTRY, lambda: None, lambda: "Kafka at localhost:9092 does not answer")

    status, _, body = endpoint.answer("/readyz")

    assert (status, body) == (HTTPStatus.SERVICE_UNAVAILABLE, b"Kafka at localhost:9092 does not answer\n")


def test_other_paths_are_not_found():
    assert Endpoint(REGISTRY, lambda: None, lambda: None).answer("/")[0] is HTTPStatus.NOT_FOUND


def test_a_port_in_use_is_a_configuration_fault():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(ConfigurationError, match=rf"metrics at 127.0.0.1:{port}: expected a free port"),
            serve(Endpoint(REGISTRY, lambda: None, lambda: None), "127.0.0.1", port),
        ):
            pass
