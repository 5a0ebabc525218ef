import csv

import pytest

from ommatid_edge.simulator import CameraServer, SimulatedCamera, default_cameras
from ommatid_edge.simulator.errors import CameraNameError, UnknownSceneError
from ommatid_edge.simulator.scenes import FOOTAGE, SCENES


def test_four_cameras_show_two_streets_a_sparse_and_an_empty_scene() -> None:
    cameras = default_cameras(4)

    assert [camera.name for camera in cameras] == ["camera-1", "camera-2", "camera-3", "camera-4"]
    assert [camera.scene for camera in cameras] == ["street", "street-mirrored", "sparse", "empty"]


def test_cameras_with_the_same_scene_start_at_different_times() -> None:
    cameras = default_cameras(20)

    assert len({(camera.scene, camera.offset_s) for camera in cameras}) == 20


def test_given_scenes_are_taken_in_turn() -> None:
    assert [camera.scene for camera in default_cameras(3, ["sparse", "empty"])] == ["sparse", "empty", "sparse"]


def test_an_unknown_scene_is_refused_with_those_that_exist() -> None:
    with pytest.raises(UnknownSceneError, match=r"camera a: no scene 'moon'; choose from street, .*empty"):
        CameraServer([SimulatedCamera("a", scene="moon")])


@pytest.mark.parametrize("name", ["", "a/b", "a b", "../a", "a" * 129])
def test_a_name_that_is_no_path_segment_is_refused(name: str) -> None:
    with pytest.raises(CameraNameError, match="expected letters, digits"):
        CameraServer([SimulatedCamera(name)])


def test_two_cameras_with_one_name_are_refused() -> None:
    with pytest.raises(CameraNameError, match="camera 'a': two cameras have this name"):
        CameraServer([SimulatedCamera("a"), SimulatedCamera("a", scene="empty")])


def test_every_scene_has_its_footage_and_the_notice_names_it() -> None:
    notice = (FOOTAGE / "NOTICE.md").read_text()

    assert all(path.is_file() and f"`{path.name}`" in notice for path in SCENES.values())


def test_the_events_of_the_sparse_scene_are_ordered_and_inside_the_clip() -> None:
    with (FOOTAGE / "sparse.events.csv").open() as file:
        times = [float(row[column]) for row in csv.DictReader(file) for column in ("start_s", "end_s")]

    assert len(times) == 6
    assert [0.0, *times, 60.0] == sorted({0.0, *times, 60.0})
