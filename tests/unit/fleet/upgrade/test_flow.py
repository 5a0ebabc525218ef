from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ommatid_fleet.upgrade import Launch, RollBackFailed, RolledBack, Upgraded, upgrade
from ommatid_schemas import OmmatidError

NEW = Launch("jobs.detect", ("--fleet", "new.yaml"), Path("/release-2/bin/python"))
OLD = Launch("jobs.detect", ("--fleet", "old.yaml"), Path("/release-1/bin/python"))
SAVEPOINT = "file:/savepoints/savepoint-1"


@dataclass(slots=True)
class FakeCluster:
    """A cluster that fails where it is told to, and remembers what it was asked."""

    broken: frozenset[str] = frozenset()
    asked: list[str] = field(default_factory=list[str])

    def stop(self) -> str:
        self._do("stop")
        return SAVEPOINT

    def start(self, launch: Launch, savepoint: str) -> str:
        assert savepoint == SAVEPOINT
        name = "start new" if launch == NEW else "start old"
        self._do(name)
        return name

    def clear(self) -> None:
        self._do("clear")

    def _do(self, what: str) -> None:
        self.asked.append(what)
        if what in self.broken:
            raise OmmatidError(f"{what} failed")


def run(cluster: FakeCluster) -> Upgraded | RolledBack:
    return upgrade(cluster, NEW, OLD, on_step=lambda _: None)


def test_the_new_job_starts_from_the_savepoint_of_the_old_one():
    cluster = FakeCluster()

    assert run(cluster) == Upgraded("start new", SAVEPOINT)
    assert cluster.asked == ["stop", "start new"]


def test_a_new_job_that_does_not_start_is_cleared_away_before_the_old_one_starts_again():
    cluster = FakeCluster(frozenset({"start new"}))

    assert run(cluster) == RolledBack("start old", SAVEPOINT, "start new failed")
    assert cluster.asked == ["stop", "start new", "clear", "start old"]


def test_without_a_savepoint_nothing_is_started():
    cluster = FakeCluster(frozenset({"stop"}))

    with pytest.raises(OmmatidError, match="stop failed"):
        run(cluster)
    assert cluster.asked == ["stop"]


@pytest.mark.parametrize("second", ["start old", "clear"])
def test_when_the_old_job_does_not_start_either_the_savepoint_and_both_reasons_are_named(second: str):
    with pytest.raises(RollBackFailed, match=f"from {SAVEPOINT}, found: {second} failed\n(.|\n)*start new failed"):
        run(FakeCluster(frozenset({"start new", second})))


def test_every_step_is_told():
    steps: list[str] = []

    upgrade(FakeCluster(frozenset({"start new"})), NEW, OLD, steps.append)

    assert steps[1] == f"stopped; savepoint {SAVEPOINT}"
    assert steps[-2:] == [
        "the new job did not start: start new failed",
        "rolling back: starting the job as it was, from the same savepoint",
    ]
