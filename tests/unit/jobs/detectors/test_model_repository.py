"""Versions in a folder, and which one is active."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ommatid_jobs.detectors.model_activation import ActivationFailed, activate, roll_back
from ommatid_jobs.detectors.model_repository import (
    ModelRepository,
    Pointer,
    activated,
    ordered,
    parse_pointer,
    rolled_back,
)
from ommatid_schemas import ConfigurationError
from tests.onnx_models import write_model

VERSIONS = st.one_of(st.integers(0, 99).map(str), st.sampled_from(["night", "yolox-s.2"]))


@pytest.fixture
def repository(tmp_path: Path) -> ModelRepository:
    for version in ("1", "2", "10", "night"):
        write_model(tmp_path / version)
    (tmp_path / "unfinished").mkdir()
    return ModelRepository("people", tmp_path)


def test_versions_are_the_folders_with_model_and_card_numbers_first(repository: ModelRepository):
    assert repository.versions == ("1", "2", "10", "night")
    assert ordered(["b", "02", "a", "1", "2"]) == ("1", "02", "2", "a", "b")


def test_results_carry_the_name_of_the_detector_and_of_the_versions_folder(repository: ModelRepository):
    card = repository.card("10")

    assert (card.name, card.version, card.classes) == ("people", "10", ("person", "car"))


def test_a_rollback_returns_step_by_step_to_what_was_active_before(repository: ModelRepository):
    for version in ("1", "2", "night"):
        assert activate(repository, version).active == version

    assert [roll_back(repository).active for _ in range(2)] == ["2", "1"]
    assert repository.pointer().active == "1"
    with pytest.raises(ConfigurationError, match="expected a version that was active before, found none"):
        roll_back(repository)


def test_to_activate_again_is_a_new_request_without_a_history_of_its_own(repository: ModelRepository):
    activate(repository, "1")
    activate(repository, "2")
    first = repository.pointer()
    activate(repository, "2")
    again = repository.pointer()

    assert (again.active, again.before) == (first.active, first.before)
    assert again.written_ns >= first.written_ns


@pytest.mark.parametrize("version", ["3", "unfinished", "..", "../people"])
def test_a_version_that_there_is_not_is_not_activated(repository: ModelRepository, version: str):
    activate(repository, "1")

    with pytest.raises(ConfigurationError, match=r"expected model.onnx and card.yaml .*there are \['1', '2', '10'"):
        activate(repository, version)
    assert repository.pointer().active == "1"


def test_a_version_with_a_wrong_card_is_not_activated(repository: ModelRepository):
    (repository.folder / "2" / "card.yaml").write_text("name: people")

    with pytest.raises(ConfigurationError, match=r"2/card.yaml: expected a model card, found"):
        activate(repository, "2")


def test_a_folder_that_is_not_there_has_no_version(repository: ModelRepository):
    gone = ModelRepository("people", repository.folder / "gone")

    with pytest.raises(ConfigurationError, match="found no such version; there are none: the folder is missing"):
        activate(gone, "1")
    with pytest.raises(ConfigurationError, match="write it with: ommatid models activate people VERSION"):
        gone.pointer()


def test_a_pointer_that_cannot_be_written_is_reported(repository: ModelRepository):
    (repository.folder / "active").mkdir()

    with pytest.raises(ActivationFailed, match="active: expected a folder that can be written to, found: "):
        activate(repository, "2")


@pytest.mark.parametrize(("text", "found"), [("", "nothing"), ("\n \n", "nothing"), ("1\n../2\n", r"'\.\./2'")])
def test_a_pointer_that_says_nothing_sensible_is_refused(text: str, found: str):
    with pytest.raises(ConfigurationError, match=f"^active: expected the name of a version.*found {found}$"):
        parse_pointer(text, "active")


@given(st.lists(VERSIONS, min_size=1, max_size=30))
def test_rollbacks_undo_activations_as_far_as_they_are_remembered(versions: list[str]):
    pointers: list[Pointer] = [activated(None, versions[0])]
    for version in versions[1:]:
        pointers.append(activated(pointers[-1], version))
    steps = [pointer.active for pointer, after in pairwise(pointers) if pointer != after]

    now: Pointer | None = parse_pointer(pointers[-1].text, "active")
    assert now == pointers[-1]
    undone: list[str] = []
    while (now := rolled_back(now)) is not None:
        undone.append(now.active)
    assert undone == steps[::-1][:20]
