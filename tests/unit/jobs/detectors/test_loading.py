"""Which models are loaded, and how often."""

import pytest

from ommatid_connectors.vision_llm import FakeAsker
from ommatid_jobs.detectors import CascadeDetector, FakeDetector, ModelUnavailable
from ommatid_jobs.detectors.loading import Loaders, close_all, load_all, needed
from ommatid_jobs.detectors.vision_llm import VisionLlmDetector
from ommatid_schemas.fleet_file import Cascade, CascadeFilter, FleetDetector, OnnxModel, VisionLlm
from tests.unit.jobs.detectors.pictures import vision_settings

CASCADE = Cascade(kind="cascade", when=CascadeFilter(labels=("person",)), then="ask")
OWN_CASCADE = CASCADE.model_copy(update={"first": "people"})
DEFINED: dict[str, FleetDetector] = {
    "parcels": CASCADE,
    "post": CASCADE,
    "ask": vision_settings(),
    "unused": vision_settings(),
    "people": OnnxModel(kind="onnx", path="/models/people"),
    "own-post": OWN_CASCADE,
}


class Opened:
    """Remembers what was loaded."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.packaged = FakeDetector()
        self.asker = FakeAsker()

    def load(self, name: str) -> FakeDetector:
        self.names.append(name)
        return self.packaged

    def ask(self, name: str, settings: VisionLlm) -> VisionLlmDetector:
        self.names.append(name)
        return VisionLlmDetector(name, settings, self.asker)

    def own(self, name: str, settings: OnnxModel) -> FakeDetector:
        assert settings.path == "/models/people"
        self.names.append(name)
        return FakeDetector()

    @property
    def loaders(self) -> Loaders:
        return Loaders(self.load, self.ask, self.own)


def test_only_what_the_groups_lead_to_is_needed():
    assert set(needed(["parcels", "nanodet-416"], DEFINED)) == {"parcels", "ask"}
    assert set(needed(["own-post"], DEFINED)) == {"own-post", "people", "ask"}
    assert needed(["nanodet-416"], DEFINED) == {}


def test_models_that_several_use_are_loaded_once():
    opened = Opened()
    loaded = load_all(["nanodet-416", "parcels", "post"], DEFINED, opened.loaders)

    assert sorted(opened.names) == ["ask", "nanodet-416"]
    assert set(loaded) == {"nanodet-416", "parcels", "post", "ask"}
    assert isinstance(loaded["parcels"], CascadeDetector)
    close_all(loaded)
    assert (opened.packaged.closed, opened.asker.closed) == (True, True)


def test_an_own_model_may_be_the_first_of_a_cascade():
    opened = Opened()

    assert set(load_all(["own-post"], DEFINED, opened.loaders)) == {"own-post", "people", "ask"}
    assert opened.names == ["people", "ask"]


def test_when_one_does_not_load_the_others_are_closed():
    opened = Opened()

    def unavailable(name: str, settings: VisionLlm) -> VisionLlmDetector:
        raise ModelUnavailable("no key")

    with pytest.raises(ModelUnavailable):
        load_all(["parcels"], DEFINED, Loaders(opened.load, unavailable, opened.own))

    assert opened.packaged.closed
