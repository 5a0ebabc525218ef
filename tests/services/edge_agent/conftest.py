from collections.abc import Callable

import pytest

from ommatid_edge.simulator import CameraServer
from ommatid_fleet.local import KafkaBroker
from tests.services.edge_agent.sites import Site

PASSWORD = "p@ss:word/1"


@pytest.fixture(scope="module")
def site(kafka_broker: KafkaBroker, unique_name: Callable[[str], str]) -> Site:
    return Site(kafka_broker.bootstrap, unique_name("site"))


@pytest.fixture(scope="session")
def secrets() -> dict[str, str]:
    """Variables that the fleet files of these tests take the credentials from."""
    return {"CAMERA_USER": "ommatid", "CAMERA_PASSWORD": PASSWORD, "WRONG_PASSWORD": "wr0ng-s3cret"}


@pytest.fixture(scope="session")
def camera_url(camera_server: CameraServer) -> Callable[[str], str]:
    """URL of a simulated camera as a fleet file has it."""

    def url(name: str) -> str:
        return f"rtsp://{{CAMERA_USER}}:{{CAMERA_PASSWORD}}@127.0.0.1:{camera_server.port}/{name}"

    return url
