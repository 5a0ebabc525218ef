"""Make another version of a model the active one, in one step that workers see whole or not at all."""

from ommatid_connectors.atomic_file import write_atomically
from ommatid_jobs.detectors.model_repository import POINTER, ModelRepository, Pointer, activated, rolled_back
from ommatid_schemas.errors import ConfigurationError, OmmatidError


class ActivationFailed(OmmatidError):
    """The file that names the active version could not be written; the old one still holds."""


def activate(repository: ModelRepository, version: str) -> Pointer:
    """Make a version the active one; to do so again asks workers to try again.

    Raises:
        ConfigurationError: There is no such version, or its card is wrong.
        ActivationFailed: The file could not be written.
    """
    repository.card(version)
    before = repository.pointer() if (repository.folder / POINTER).is_file() else None
    return _written(repository, activated(before, version))


def roll_back(repository: ModelRepository) -> Pointer:
    """Make the version that was active before the active one.

    Raises:
        ConfigurationError: None was, or its folder is gone.
        ActivationFailed: The file could not be written.
    """
    pointer = rolled_back(repository.pointer())
    if pointer is None:
        raise ConfigurationError(
            f"{repository.folder / POINTER}: expected a version that was active before, found none; "
            f"name one with: ommatid models activate {repository.name} VERSION"
        )
    repository.card(pointer.active)
    return _written(repository, pointer)


def _written(repository: ModelRepository, pointer: Pointer) -> Pointer:
    path = repository.folder / POINTER
    try:
        write_atomically(path, pointer.text)
    except OSError as exc:
        raise ActivationFailed(f"{path}: expected a folder that can be written to, found: {exc}") from exc
    return pointer
