"""SIGKILL of a TaskManager and of a Python worker at work: no frame is lost, and order is kept."""

import os
import signal
import time
from collections.abc import Callable

import psutil
import pytest

from ommatid_connectors.kafka import Record
from ommatid_fleet.local.child_processes import Child
from ommatid_schemas import FrameEvent, FrameResult, SingleObjectCodec, topics
from tests.flink.region import RegionUnderTest, moving_frame
from tests.flink.supervision import Supervisor

CODEC = SingleObjectCodec()
CAMERAS = ("yard-1", "yard-2", "yard-3")
FRAMES_OF_EACH = 150


def frames(region: RegionUnderTest, street: bytes) -> list[FrameEvent]:
    """Two frames a second of each camera, in the order of their capture."""
    times_us = [time.time_ns() // 1000 + n * 500_000 for n in range(FRAMES_OF_EACH)]
    return [moving_frame(region, camera, "yards", at_us, street) for at_us in times_us for camera in CAMERAS]


def workers_of(manager: Child) -> list[psutil.Process]:
    """Python processes of a TaskManager, the one that holds the model last."""
    return sorted(psutil.Process(manager.pid).children(recursive=True), key=lambda it: it.memory_info().rss)


def results(records: list[Record]) -> list[FrameResult]:
    return [CODEC.decode(FrameResult, record.value) for record in records]


def of_different_frames(count: int) -> Callable[[list[Record]], bool]:
    return lambda records: len({it.frame_id for it in results(records)}) >= count


def first_of_each_frame(found: list[FrameResult]) -> list[FrameResult]:
    """Without repeats, as every reader drops them."""
    return list({it.frame_id: it for it in reversed(found)}.values())[::-1]


@pytest.mark.timeout(240)
def test_no_frame_is_lost_and_order_is_kept_when_a_task_manager_and_a_python_worker_are_killed(
    region: RegionUnderTest, street: bytes, supervisor: Supervisor
):
    detections = topics.detections_topic(region.name)
    published = frames(region, street)
    region.start("ommatid_jobs.flink.detect", "--priority", "safety", "--checkpoint-interval", "2s")
    region.publish(region.frames_topic("yards"), published)

    region.read(detections, of_different_frames(90))
    for manager in [it for it in supervisor.task_managers if workers_of(it)]:
        os.killpg(manager.pid, signal.SIGKILL)
        supervisor.start_again(manager)
    at_second_kill = region.read(detections, of_different_frames(250), deadline_s=90.0)
    for manager in [it for it in supervisor.task_managers if workers_of(it)]:
        workers_of(manager)[-1].kill()
    found = results(region.read(detections, of_different_frames(len(published)), deadline_s=90.0))

    assert len(first_of_each_frame(results(at_second_kill))) < len(published)  # both came in the middle of the work
    assert {it.frame_id for it in found} == {it.frame_id for it in published}
    for camera in CAMERAS:
        in_order = [it.frame_id for it in published if it.camera_id == camera]
        assert [it.frame_id for it in first_of_each_frame(found) if it.camera_id == camera] == in_order
