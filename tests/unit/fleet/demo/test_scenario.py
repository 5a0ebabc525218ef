from ommatid_fleet.demo.scenario import Addresses, demo_fleet
from ommatid_schemas.fleet_file import parse_fleet

ADDRESSES = Addresses("127.0.0.1:9092", "127.0.0.1", 8554, "http://127.0.0.1:9000/hook")


def test_the_demo_fleet_is_valid_and_has_the_asked_cameras():
    fleet = parse_fleet(demo_fleet(["camera-1", "camera-2"], ADDRESSES, cooldown_s=15))

    assert list(fleet.cameras) == ["camera-1", "camera-2"]
    assert fleet.rules["person-seen"].cooldown == 15


def test_the_demo_fleet_holds_no_secret():
    text = demo_fleet(["camera-1"], ADDRESSES, cooldown_s=15)

    assert "rtsp://{OMMATID_DEMO_CAMERA_USER}:{OMMATID_DEMO_CAMERA_PASSWORD}@127.0.0.1:8554/camera-1" in text
