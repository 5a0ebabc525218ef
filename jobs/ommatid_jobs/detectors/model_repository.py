"""A folder with the versions of one model, of which one is active.

    people/
        1/model.onnx, 1/card.yaml
        2/model.onnx, 2/card.yaml
        active

The layout is that of Triton's and TensorFlow Serving's repositories: a folder per version. There the
highest number is served; here the file ``active`` says which one, so that a folder can be copied at
leisure and a return is no copy. Its first line is the active version, the next ones are those that
were active before, newest first.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ommatid_jobs.detectors.model_card import ModelCard, parse_card
from ommatid_schemas.errors import ConfigurationError

POINTER = "active"
MODEL = "model.onnx"
CARD = "card.yaml"

_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_REMEMBERED = 20


@dataclass(frozen=True, slots=True)
class Pointer:
    """Which version is active.

    Attributes:
        active: Name of its folder.
        before: What was active before, newest first.
        written_ns: When that was written, as the file system says; to write it again asks again
            for a version that failed to load.
    """

    active: str
    before: tuple[str, ...] = ()
    written_ns: int = 0

    @property
    def text(self) -> str:
        """Content of the file."""
        return "".join(f"{version}\n" for version in (self.active, *self.before))


def parse_pointer(text: str, source: str, written_ns: int = 0) -> Pointer:
    """Read the content of the file ``active``; ``source`` names it in errors.

    Raises:
        ConfigurationError: It names no version, or something that cannot be one.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    wrong = [line for line in lines if not _VERSION.fullmatch(line)]
    if wrong or not lines:
        found = repr(wrong[0]) if wrong else "nothing"
        raise ConfigurationError(
            f"{source}: expected the name of a version's folder in each line, the active one first, found {found}"
        )
    return Pointer(lines[0], tuple(lines[1:]), written_ns)


def activated(pointer: Pointer | None, version: str) -> Pointer:
    """The pointer once a version is active; to activate the active one again changes no history."""
    if pointer is None:
        return Pointer(version)
    if pointer.active == version:
        return pointer
    return Pointer(version, (pointer.active, *pointer.before)[:_REMEMBERED])


def rolled_back(pointer: Pointer) -> Pointer | None:
    """The pointer once the version that was active before is so again; None when there was none."""
    return Pointer(pointer.before[0], pointer.before[1:]) if pointer.before else None


def ordered(versions: Sequence[str]) -> tuple[str, ...]:
    """Versions for a list: numbers as numbers, then names."""
    return tuple(sorted(versions, key=lambda name: (0, int(name), name) if name.isdecimal() else (1, 0, name)))


@dataclass(frozen=True, slots=True)
class ModelRepository:
    """The folder of one model.

    Args:
        name: Name of the detector in the fleet file.
        folder: Folder of its versions.
    """

    name: str
    folder: Path

    @property
    def here(self) -> bool:
        """Whether this machine has the folder; a machine that only submits jobs need not."""
        return self.folder.is_dir()

    @property
    def versions(self) -> tuple[str, ...]:
        """Folders with a model and a card."""
        found = [each.name for each in self.folder.iterdir() if (each / MODEL).is_file() and (each / CARD).is_file()]
        return ordered([name for name in found if _VERSION.fullmatch(name)])

    def pointer(self) -> Pointer:
        """Which version is active.

        Raises:
            ConfigurationError: The file is missing, cannot be read, or says nothing sensible.
        """
        path = self.folder / POINTER
        try:
            return parse_pointer(path.read_text(encoding="utf-8"), str(path), path.stat().st_mtime_ns)
        except (OSError, UnicodeDecodeError) as exc:
            raise ConfigurationError(
                f"{path}: expected a file that names the active version, found: {exc}; "
                f"write it with: ommatid models activate {self.name} VERSION"
            ) from exc

    def model(self, version: str) -> Path:
        """The ONNX file of a version."""
        return self.folder / version / MODEL

    def card(self, version: str) -> ModelCard:
        """The card of a version, with the name that results carry: the detector's, and the folder's as version.

        Raises:
            ConfigurationError: There is no such version, or its card is wrong.
        """
        path = self.folder / version / CARD
        if not self.model(version).is_file() or not path.is_file():
            raise ConfigurationError(
                f"{path.parent}: expected {MODEL} and {CARD} of version {version!r}, found no such version; "
                f"there are {list(self.versions) if self.here else 'none: the folder is missing'}"
            )
        try:
            card = parse_card(path.read_text(encoding="utf-8"), str(path))
        except (OSError, UnicodeDecodeError) as exc:
            raise ConfigurationError(f"{path}: expected a model card in UTF-8 that can be read, found: {exc}") from exc
        return card.model_copy(update={"name": self.name, "version": version})
