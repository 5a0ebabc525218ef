"""What a worker sets for its own process."""

import resource

import numpy as np

from ommatid_jobs.flink.worker_process import prepare_worker_process

IMAGE_BYTES = 640 * 360 * 3


def page_faults_of_a_batch() -> int:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    batch = [np.ones(IMAGE_BYTES, dtype=np.uint8) for _ in range(8)]
    del batch
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def test_the_memory_of_one_batch_is_there_for_the_next():
    prepare_worker_process()
    page_faults_of_a_batch()

    assert page_faults_of_a_batch() < 8 * IMAGE_BYTES // resource.getpagesize() // 4
