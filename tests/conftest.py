"""How properties are searched, and real services; a fixture starts its service only when a test asks for it."""

import gc
import logging
import uuid
from collections.abc import Callable, Generator

import pytest
import structlog
from hypothesis import settings

from ommatid_fleet.local import FlinkCluster, KafkaBroker

# No timing is asserted in tests, and a loaded machine is not a failure. Twenty-five examples keep the whole ring quick.
settings.register_profile("ommatid", max_examples=25, deadline=None)
settings.load_profile("ommatid")


# Modules and collected tests live as long as the run: to look at them again and again is a tenth of its time.
gc.set_threshold(100_000, 50, 50)


def pytest_collection_finish() -> None:
    """From here on they are not looked at at all."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def logs_as_before() -> Generator[None]:
    """A command that a test runs in this process sets up logs of its own, on a stderr that ends with the test."""
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    structlog.reset_defaults()
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


@pytest.fixture(scope="session")
def kafka_broker(tmp_path_factory: pytest.TempPathFactory) -> Generator[KafkaBroker]:
    """One Kafka broker for the whole run; tests keep apart by topics of their own (see `unique_name`)."""
    with KafkaBroker.start(tmp_path_factory.mktemp("broker")) as broker:
        yield broker


@pytest.fixture(scope="session")
def flink_cluster(tmp_path_factory: pytest.TempPathFactory) -> Generator[FlinkCluster]:
    """One Flink cluster with two TaskManagers of one slot for the whole run; a test cancels the jobs it submits."""
    with FlinkCluster.start(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def unique_name() -> Callable[[str], str]:
    """Make names for topics and groups that no other test uses: ``unique_name("frames")`` -> "frames-1f0c22d4"."""

    def make(stem: str) -> str:
        return f"{stem}-{uuid.uuid4().hex[:8]}"

    return make
