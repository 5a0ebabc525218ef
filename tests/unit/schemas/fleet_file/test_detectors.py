import pytest

from ommatid_schemas import ConfigurationError
from ommatid_schemas.fleet_file import Cascade, Fleet, OnnxModel, VisionLlm, parse_fleet

FLEET = """
version: 1
regions: {eu: {kafka: {bootstrap: "127.0.0.1:1"}}}
groups:
  entrances: {priority: insight, detector: parcels}
detectors:
  parcels: {kind: cascade, when: {labels: [person], min_area: 1%}, then: ask-parcels}
  ask-parcels:
    kind: vision_llm
    url: https://api.example/v1/
    model: small-vision
    key: "{VISION_KEY}"
    prompt: Does somebody carry a parcel?
    answer:
      parcel: {type: boolean, description: somebody carries one}
      carrier: {type: text, choices: [post, courier, none]}
    rate: 2/s
    timeout: 20s
    budget: 1.50/h
    prices: {input: 0.15, output: 0.6}
"""


def parse(old: str = "", new: str = "") -> Fleet:
    assert old in FLEET
    return parse_fleet(FLEET.replace(old, new) if old else FLEET)


def test_detectors_are_told_apart_by_their_kind():
    fleet = parse()
    cascade, vision = fleet.detectors["parcels"], fleet.detectors["ask-parcels"]

    assert isinstance(cascade, Cascade)
    assert (cascade.first, cascade.when.min_area) == ("nanodet-416", pytest.approx(0.01))
    assert isinstance(vision, VisionLlm)
    assert (vision.url, vision.rate, vision.timeout) == ("https://api.example/v1", 2.0, 20.0)


def test_of_the_key_only_the_name_of_its_variable_is_known():
    vision = parse().detectors["ask-parcels"]

    assert isinstance(vision, VisionLlm)
    assert vision.key_variable == "VISION_KEY"


def test_an_api_without_a_key_is_possible():
    vision = parse('key: "{VISION_KEY}"', "key: null").detectors["ask-parcels"]

    assert isinstance(vision, VisionLlm)
    assert vision.key_variable is None


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (
            "then: ask-parcels",
            "then: gone",
            r"detectors\.parcels\.then: expected one of \['ask-parcels'\], found 'gone'",
        ),
        ("then: ask-parcels", "then: parcels", r"detectors\.parcels\.then: expected one of .*, found 'parcels'"),
        ("labels: [person]", "labels: []", r"detectors\.parcels\.when\.labels: "),
        ("kind: cascade", "kind: oracle", r"detectors\.parcels: .*'oracle'.*'vision_llm', 'cascade'"),
        ("type: boolean", "type: maybe", r"detectors\.ask-parcels\.answer\.parcel\.type: "),
        (
            "type: text, choices",
            "type: number, choices",
            r"detectors\.ask-parcels\.answer\.carrier: choices: expected none",
        ),
        ("    prices: {input: 0.15, output: 0.6}\n", "", r"detectors\.ask-parcels: budget: expected `prices`"),
        ("https://api.example/v1/", "api.example", r"detectors\.ask-parcels\.url: expected the base URL"),
        ("https://api.example/v1/", "https://api.example:x/v1", r"detectors\.ask-parcels\.url: expected the base URL"),
        ("rate: 2/s", "rate: often", r"detectors\.ask-parcels\.rate: expected a rate"),
    ],
)
def test_a_fault_is_reported_with_its_place_in_the_file(old: str, new: str, fault: str):
    with pytest.raises(ConfigurationError, match=fault):
        parse(old, new)


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("{VISION_KEY}", "sk-hunter2", "key"),
        ("{VISION_KEY}", "sk-{VISION_KEY}hunter2", "key"),
        ("https://api.example/v1/", "https://user:hunter2@api.example/v1", "url"),
        ("https://api.example/v1/", "https://api.example/v1?key=hunter2", "url"),
    ],
)
def test_a_secret_written_into_the_file_is_refused_and_not_shown(old: str, new: str, place: str):
    with pytest.raises(ConfigurationError, match=rf"detectors\.ask-parcels\.{place}: expected") as refused:
        parse(old, new)

    assert "hunter2" not in str(refused.value)


def own(settings: str) -> OnnxModel:
    fleet = parse("detectors:\n", f"detectors:\n  people: {{kind: onnx, path: /models/people{settings}}}\n")
    model = fleet.detectors["people"]
    assert isinstance(model, OnnxModel)
    return model


def test_an_own_model_takes_the_best_device_and_follows_its_versions_by_itself():
    assert (own("").device, own("").fallback, own("").poll) == ("auto", "none", 5.0)
    assert own(", device: tensorrt, fp16: true, engine_cache: /engines, fallback: cpu, poll: 1m").poll == 60.0


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        (", fp16: true", "expected them with `device: tensorrt` only, found auto"),
        (", device: cuda, engine_cache: /engines", "expected them with `device: tensorrt` only, found cuda"),
        (", device: cpu, gpu_memory_bytes: 1000000000", "gpu_memory_bytes: expected none with `device: cpu`"),
        (", engine_cache: engines, device: tensorrt", "expected an absolute path of a folder"),
        (", fallback: gpu", "'none' or 'cpu'"),
    ],
)
def test_options_of_an_own_model_that_do_not_fit_are_faults(settings: str, fault: str):
    with pytest.raises(ConfigurationError, match=fault):
        own(settings)
