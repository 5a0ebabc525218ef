from pathlib import Path

import pytest
from pydantic import ValidationError

from ommatid_schemas import ConfigurationError, Priority
from ommatid_schemas.fleet_file import Fleet, Sampling, SecretTemplate, load_fleet, parse_fleet

GOOD = """
version: 1
regions:
  eu-west: {kafka: {bootstrap: "localhost:9092"}}
groups:
  entrances:
    priority: safety
    sampling: {baseline: 30s, motion: 2/s, event: 30s, shadow: 0.5%}
    retention: 6h
cameras:
  lobby-1:
    url: "rtsp://{LOBBY_USER}:{LOBBY_PASSWORD}@10.0.0.7/main"
    region: eu-west
    group: entrances
    privacy_masks: [[0.0, 0.0, 0.3, 0.0, 0.3, 0.2]]
    zones:
      door: {coordinates: "0.4,0.5,0.6,0.5,0.6,1.0,0.4,1.0"}
rules:
  person-at-door: {groups: [entrances], labels: [person], zones: [door], confirm: 2 of 3, cooldown: 60s, deliver: [soc]}
deliveries:
  soc: {webhook: "https://soc.example/hooks/ommatid", secret: "{SOC_SECRET}"}
"""


def test_units_are_read_as_people_write_them():
    fleet = parse_fleet(GOOD)
    group = fleet.groups["entrances"]

    assert group.priority is Priority.SAFETY
    assert group.retention == 6 * 3600
    assert group.sampling.policy.motion_interval_us == 500_000
    assert group.sampling.policy.shadow_share == pytest.approx(0.005)
    assert str(fleet.rules["person-at-door"].confirm) == "2 of 3"


def test_polygons_are_accepted_as_a_list_or_as_a_comma_string():
    camera = parse_fleet(GOOD).cameras["lobby-1"]

    assert camera.privacy_masks == ((0.0, 0.0, 0.3, 0.0, 0.3, 0.2),)
    assert camera.zones["door"].coordinates == (0.4, 0.5, 0.6, 0.5, 0.6, 1.0, 0.4, 1.0)


def test_the_file_is_frozen():
    fleet = parse_fleet(GOOD)

    with pytest.raises(ValueError, match="frozen"):
        setattr(fleet, "version", 2)  # noqa: B010 - the type checker refuses the plain assignment


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("motion: 2/s", "motion: 2 per s", r"groups\.entrances\.sampling\.motion: expected a rate such as 2/s"),
        ("baseline: 30s", "baseline: soon", r"sampling\.baseline: expected a duration such as 500ms"),
        ("shadow: 0.5%", "shadow: some", r"sampling\.shadow: expected a share such as 0\.5%"),
        ("2 of 3", "3 of 2", r"3 of 2 can never match"),
        ("2 of 3", "twice", r"confirm: expected N of M, such as 2 of 3"),
        ("0.3, 0.0, 0.3, 0.2]", "0.3, 0.0, 0.3]", r"privacy_masks\.0"),
        ("0.3, 0.2]", "0.3, 1.2]", r"less than or equal to 1"),
        (
            "group: entrances",
            "group: exits",
            r"lobby-1\.group: expected one of \['entrances'\], found 'exits'",
        ),
        ("zones: [door]", "zones: [gate]", r"rules\.person-at-door\.zones: expected one of \['door'\], found 'gate'"),
        ("deliver: [soc]", "deliver: [noc]", r"rules\.person-at-door\.deliver: expected one of \['soc'\], found 'noc'"),
        ("retention: 6h", "retenion: 6h", r"groups\.entrances\.retenion: Extra inputs are not permitted"),
        ("priority: safety", "priority: urgent", r"groups\.entrances\.priority"),
        ("  entrances:\n", "  Entrances!:\n", r"groups"),
    ],
)
def test_a_fault_names_its_path_and_what_was_expected(old: str, new: str, fault: str):
    with pytest.raises(ConfigurationError, match=fault):
        parse_fleet(GOOD.replace(old, new, 1))


def test_all_faults_are_reported_together():
    broken = GOOD.replace("2/s", "fast").replace("30s", "soon").replace("6h", "long")

    with pytest.raises(ConfigurationError, match=r"4 fault\(s\), nothing was started"):
        parse_fleet(broken)


def test_yaml_faults_name_the_line():
    with pytest.raises(ConfigurationError, match=r"fleet\.yaml, line 3: expected YAML"):
        parse_fleet('version: 1\nregions: "unclosed\n')


def test_a_missing_file_is_one_clear_error(tmp_path: Path):
    with pytest.raises(ConfigurationError, match=r"nowhere\.yaml: expected a readable fleet file"):
        load_fleet(tmp_path / "nowhere.yaml")


def test_secrets_come_from_the_environment():
    template = parse_fleet(GOOD).cameras["lobby-1"].url

    secret = template.resolve({"LOBBY_USER": "ada", "LOBBY_PASSWORD": "hunter2"}, "cameras.lobby-1.url")

    assert secret.get_secret_value() == "rtsp://ada:hunter2@10.0.0.7/main"
    assert "hunter2" not in repr(secret)


def test_a_password_is_percent_encoded_in_a_url_and_nothing_else_is():
    fleet = parse_fleet(GOOD.replace("/main", "/{LOBBY_PATH}"))
    environment = {"LOBBY_USER": "ada", "LOBBY_PASSWORD": "p@ss:word/1", "LOBBY_PATH": "a/b?c=d"}

    secret = fleet.cameras["lobby-1"].url.resolve(environment, "cameras.lobby-1.url")

    assert secret.get_secret_value() == "rtsp://ada:p%40ss%3Aword%2F1@10.0.0.7/a/b?c=d"


@pytest.mark.parametrize("name", ["on", "12"])
def test_a_name_that_yaml_reads_as_something_else_asks_for_quotes(name: str):
    with pytest.raises(ConfigurationError, match=r"cameras: expected names, found .* quote it"):
        parse_fleet(GOOD.replace("lobby-1:", f"{name}:"))


def test_a_missing_secret_names_the_variable_and_the_place():
    template = parse_fleet(GOOD).cameras["lobby-1"].url

    with pytest.raises(ConfigurationError, match=r"cameras\.lobby-1\.url: .*LOBBY_PASSWORD, found none"):
        template.resolve({"LOBBY_USER": "ada"}, "cameras.lobby-1.url")


@pytest.mark.parametrize("show", [repr, str])
def test_a_password_written_into_the_file_is_never_shown(show: type[str]):
    fleet = parse_fleet(GOOD.replace("{LOBBY_USER}:{LOBBY_PASSWORD}", "ada:hunter2"))

    assert "hunter2" not in show(fleet)
    assert "rtsp://***@10.0.0.7/main" in show(fleet)


@pytest.mark.parametrize(
    "broken",
    [
        GOOD.replace("{LOBBY_USER}:{LOBBY_PASSWORD}@10.0.0.7/main", "ada:hunter2@10.0.0.7/main\nx"),
        GOOD.replace("{LOBBY_USER}:{LOBBY_PASSWORD}", "ada:hunter2").replace("region: eu-west", "region: nowhere"),
        GOOD.replace('url: "rtsp://{LOBBY_USER}:{LOBBY_PASSWORD}@10.0.0.7/main"', "url: [rtsp, hunter2]"),
    ],
)
def test_no_fault_shows_a_password(broken: str):
    try:
        shown = repr(parse_fleet(broken))
    except ConfigurationError as exc:
        shown = str(exc) + repr(exc.__cause__)

    assert "hunter2" not in shown


def test_two_templates_of_the_same_text_are_equal():
    assert SecretTemplate("{A}") == SecretTemplate("{A}")


def test_defaults_are_valid():
    fleet = Fleet.model_validate(
        {
            "version": 1,
            "regions": {"r": {"kafka": {"bootstrap": "localhost:9092"}}},
            "groups": {"g": {"priority": "standard"}},
        }
    )

    assert fleet.groups["g"].sampling.policy.event_interval_us == 200_000


@pytest.mark.parametrize("every", ["every", None])
def test_an_event_layer_that_takes_every_frame_can_be_asked_for(every: str | None):
    assert Sampling.model_validate({"event_rate": every}).policy.event_interval_us == 0


@pytest.mark.parametrize("wrong", ["all", "0/s", 0, -1])
def test_an_event_rate_is_a_positive_rate_or_the_word_every(wrong: object):
    with pytest.raises(ValidationError, match="event_rate"):
        Sampling.model_validate({"event_rate": wrong})
