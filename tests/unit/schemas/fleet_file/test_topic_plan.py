from ommatid_schemas.fleet_file import parse_fleet, topic_plan
from tests.unit.schemas.fleet_file.test_loading import GOOD


def test_a_region_gets_a_frames_topic_per_group_and_the_shared_topics():
    specs = {spec.name: spec for spec in topic_plan(parse_fleet(GOOD), "eu-west")}

    assert set(specs) == {
        "omm.frames.eu-west.safety.entrances",
        "omm.triggers.eu-west.safety",
        "omm.detections.eu-west",
        "omm.alerts.eu-west",
        "omm.status.eu-west",
        "omm.rules.eu-west",
        "omm.dlq.eu-west",
    }


def test_frames_are_not_recompressed_and_kept_as_long_as_the_group_says():
    frames = topic_plan(parse_fleet(GOOD), "eu-west")[0]

    assert frames.config["compression.type"] == "uncompressed"
    assert frames.config["retention.ms"] == str(6 * 3600 * 1000)


def test_a_dead_letter_has_room_for_a_whole_frame_record_and_its_headers():
    specs = {spec.name: spec for spec in topic_plan(parse_fleet(GOOD), "eu-west")}
    frames = int(specs["omm.frames.eu-west.safety.entrances"].config["max.message.bytes"])

    assert int(specs["omm.dlq.eu-west"].config["max.message.bytes"]) >= frames + 64 * 1024


def test_the_rules_topic_has_one_order_and_keeps_the_last_record_of_each_key():
    rules = next(spec for spec in topic_plan(parse_fleet(GOOD), "eu-west") if spec.name == "omm.rules.eu-west")

    assert (rules.partitions, rules.config["cleanup.policy"]) == (1, "compact")
