from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ommatid_edge.connect_limit import LockFiles, places


@given(limit=st.integers(1, 40), failures=st.integers(0, 1000))
def test_every_camera_has_a_place_it_may_take(limit: int, failures: int):
    assert places(limit, failures)
    assert set(places(limit, failures)) <= set(range(limit))


def test_cameras_that_fail_again_and_again_leave_half_of_the_places_to_the_others():
    assert list(places(4, failures=2)) == [3, 2, 1, 0]
    assert list(places(4, failures=3)) == [0, 1]


def test_a_site_lets_no_more_cameras_connect_at_once_than_its_limit(tmp_path: Path):
    limit = LockFiles(tmp_path, 2)

    held = [limit.take("dock", 0) for _ in range(3)]

    assert [release is not None for release in held] == [True, True, False]


def test_sites_do_not_wait_for_each_other(tmp_path: Path):
    limit = LockFiles(tmp_path, 1)

    assert limit.take("dock", 0) is not None
    assert limit.take("yard", 0) is not None
    assert limit.take("", 0) is not None


def test_a_place_that_was_given_back_is_free_again(tmp_path: Path):
    limit = LockFiles(tmp_path, 1)
    release = limit.take("dock", 0)
    assert release is not None
    assert limit.take("dock", 0) is None

    release()

    assert limit.take("dock", 0) is not None
