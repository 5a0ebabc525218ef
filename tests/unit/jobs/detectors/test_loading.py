"""Which models are loaded, and how often."""

import pytest

from ommatid_connectors.vision_llm import FakeAsker
from ommatid_jobs.detectors import CascadeDetector, FakeDetector, ModelUnavailable
from ommatid_jobs.detectors.loading import Loaders, close_all, load_all, needed
from ommatid_jobs.detectors.vision_llm import VisionLlmDetector
from ommatid_schemas.fleet_file import Cascade, CascadeFilter, VisionLlm
from tests.unit.jobs.detectors.pictures import vision_settings

CASCADE = Cascade(kind="cascade", when=CascadeFilter(labels=("person",)), then="ask")
DEFINED = {"parcels": CASCADE, "post": CASCADE, "ask": vision_settings(), "unused": vision_settings()}


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

    @property
    def loaders(self) -> Loaders:
        return Loaders(self.load, self.ask)


def test_only_what_the_groups_lead_to_is_needed():
    assert set(needed(["parcels", "nanodet-416"], DEFINED)) == {"parcels", "ask"}
    assert needed(["nanodet-416"], DEFINED) == {}


def test_models_that_several_use_are_loaded_once():
    opened = Opened()
    loaded = load_all(["nanodet-416", "parcels", "post"], DEFINED, opened.loaders)

    assert sorted(opened.names) == ["ask", "nanodet-416"]
    assert set(loaded) == {"nanodet-416", "parcels", "post", "ask"}
    assert isinstance(loaded["parcels"], CascadeDetector)
    close_all(loaded)
    assert (opened.packaged.closed, opened.asker.closed) == (True, True)


def test_when_one_does_not_load_the_others_are_closed():
    opened = Opened()

    def unavailable(name: str, settings: VisionLlm) -> VisionLlmDetector:
        raise ModelUnavailable("no key")

    with pytest.raises(ModelUnavailable):
        load_all(["parcels"], DEFINED, Loaders(opened.load, unavailable))

    assert opened.packaged.closed
