"""Services that several tests share."""

from collections.abc import Iterator

import pytest

from ommatid_edge.simulator import CameraServer, background_server, default_cameras


@pytest.fixture(scope="session")
def camera_server() -> Iterator[CameraServer]:
    """Four simulated cameras with the default scenes; the password has characters that a URL must escape."""
    server = CameraServer(default_cameras(4), username="ommatid", password="p@ss:word/1")
    with background_server(server) as running:
        yield running
