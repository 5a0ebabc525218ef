"""A region and a picture for the tests of the graphs."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ommatid_fleet.local import FlinkCluster, KafkaBroker
from tests.flink.region import RegionUnderTest
from tests.flink.supervision import Supervisor


@pytest.fixture
def region(
    kafka_broker: KafkaBroker, flink_cluster: FlinkCluster, unique_name: Callable[[str], str], tmp_path: Path
) -> Iterator[RegionUnderTest]:
    """A region with its topics; the jobs that the test leaves are cancelled."""
    region = RegionUnderTest.create(unique_name("eu"), tmp_path, kafka_broker, flink_cluster)
    yield region
    for job in region.rest.jobs():
        if region.name in job.name and job.status in {"RUNNING", "RESTARTING", "CREATED", "FAILING"}:
            region.rest.cancel(job.job_id)


@pytest.fixture(scope="session")
def supervisor(flink_cluster: FlinkCluster) -> Iterator[Supervisor]:
    """Starts TaskManagers of the shared cluster again that a test has killed."""
    supervisor = Supervisor(flink_cluster)
    yield supervisor
    supervisor.close()


@pytest.fixture(scope="session")
def street() -> bytes:
    """JPEG of a street with people, 640 x 480."""
    return (Path(__file__).parents[1] / "assets" / "street.jpg").read_bytes()
