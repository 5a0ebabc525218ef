import pytest

from ommatid_edge.agent_plan import plan_agent
from ommatid_edge.gears.settings import GearSettings
from ommatid_schemas.errors import ConfigurationError
from ommatid_schemas.fleet_file import Fleet, parse_fleet

FLEET = """
version: 1
regions:
  eu-west: {kafka: {bootstrap: "localhost:9092"}}
  us-east: {kafka: {bootstrap: "localhost:9093"}}
groups:
  entrances:
    priority: safety
    sampling: {motion: 4/s}
    motion: {threshold: 25, contour_area: 30, lightning_threshold: 70%}
    publish: {max_width: 320, quality: 70}
cameras:
  lobby-1:
    url: "rtsp://{LOBBY_USER}:{LOBBY_PASSWORD}@10.0.0.7/main"
    region: eu-west
    group: entrances
    privacy_masks: [[0.0, 0.0, 0.3, 0.0, 0.3, 0.2]]
  lobby-2: {url: "rtsp://{LOBBY_USER}@/nowhere", region: eu-west, group: entrances, enabled: false}
  gate-1: {url: "rtsp://10.0.0.8/main", region: us-east, group: entrances}
"""
ENVIRONMENT = {"LOBBY_USER": "ommatid", "LOBBY_PASSWORD": "s3cret"}


@pytest.fixture
def fleet() -> Fleet:
    return parse_fleet(FLEET)


def test_a_plan_holds_what_the_camera_and_its_group_say(fleet: Fleet):
    plan = plan_agent(fleet, "eu-west", (), ENVIRONMENT)

    camera = plan.cameras[0]
    assert camera.address.url.get_secret_value() == "rtsp://ommatid:s3cret@10.0.0.7/main"
    assert camera.topic == "omm.frames.eu-west.safety.entrances"
    assert camera.policy.motion_interval_us == 250_000
    assert (camera.gate.threshold, camera.gate.contour_area, camera.gate.lightning_threshold) == (25, 30, 0.7)
    assert (camera.jpeg.max_width_px, camera.jpeg.quality) == (320, 70)
    assert camera.masks.polygons == ((0.0, 0.0, 0.3, 0.0, 0.3, 0.2),)
    assert plan.kafka.bootstrap == "localhost:9092"


def test_only_cameras_of_the_region_are_run_and_disabled_ones_are_named(fleet: Fleet):
    plan = plan_agent(fleet, "eu-west", (), ENVIRONMENT)

    assert [camera.camera_id for camera in plan.cameras] == ["lobby-1"]
    assert plan.disabled == ("lobby-2",)


def test_a_fleet_of_several_regions_needs_one_named(fleet: Fleet):
    with pytest.raises(ConfigurationError, match="--region: expected one of eu-west, us-east, found none"):
        plan_agent(fleet, None, (), ENVIRONMENT)


def test_a_missing_secret_names_its_variable_and_camera(fleet: Fleet):
    with pytest.raises(ConfigurationError, match=r"cameras\.lobby-1\.url: .*LOBBY_PASSWORD"):
        plan_agent(fleet, "eu-west", (), {"LOBBY_USER": "ommatid"})


def test_all_faults_come_in_one_message(fleet: Fleet):
    with pytest.raises(ConfigurationError) as caught:
        plan_agent(fleet, "eu-west", ("lobby-1", "gate-1", "roof"), {})

    lines = str(caught.value).splitlines()
    assert len(lines) == 3
    assert "found 'gate-1' of us-east" in lines[0]
    assert "found 'roof'" in lines[1]
    assert "LOBBY_PASSWORD, LOBBY_USER" in lines[2]


def test_a_plan_does_not_show_passwords(fleet: Fleet):
    assert "s3cret" not in repr(plan_agent(fleet, "eu-west", (), ENVIRONMENT))


GATEWAY = """
version: 1
regions: {eu-west: {kafka: {bootstrap: "localhost:9092"}}}
groups:
  yard:
    priority: safety
    sampling: {look_back: 3s}
    decode: {gear: full, max_blind: 4s, quiet: 8s, buffer_bytes: 1048576}
cameras:
  yard-1:
    url: "rtsps://{MAIN_PASSWORD}@10.0.0.9/main"
    substream: "rtsps://{SUB_PASSWORD}@10.0.0.9/sub"
    tls_verify: false
    site: dock
    region: eu-west
    group: yard
    motion: {mask: ["0,0,0.5,0,0.5,1"]}
"""


def test_a_plan_holds_what_is_said_about_decoding_connecting_and_motion():
    (camera,) = plan_agent(parse_fleet(GATEWAY), None, (), {"SUB_PASSWORD": "s3cret"}).cameras

    assert camera.decode == GearSettings(
        always_full=True, max_blind_us=4_000_000, quiet_us=8_000_000, buffer_bytes=1 << 20, look_back_us=3_000_000
    )
    assert (camera.site, camera.tls_verify) == ("dock", False)
    assert camera.motion_masks.polygons == ((0.0, 0.0, 0.5, 0.0, 0.5, 1.0),)


def test_only_the_substream_is_dialled_where_there_is_one():
    (camera,) = plan_agent(parse_fleet(GATEWAY), None, (), {"SUB_PASSWORD": "s3cret"}).cameras

    assert camera.address.url.get_secret_value() == "rtsps://s3cret@10.0.0.9/sub"


def test_a_missing_secret_of_a_substream_names_the_substream():
    with pytest.raises(ConfigurationError, match=r"cameras\.yard-1\.substream: .*SUB_PASSWORD"):
        plan_agent(parse_fleet(GATEWAY), None, (), {"MAIN_PASSWORD": "s3cret"})


def test_triggers_are_read_for_the_priorities_that_the_agent_serves(fleet: Fleet):
    plan = plan_agent(fleet, "eu-west", (), ENVIRONMENT)

    assert plan.trigger_topics == ("omm.triggers.eu-west.safety",)
