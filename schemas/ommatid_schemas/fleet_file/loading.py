"""Read ``fleet.yaml`` and report all its faults together."""

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ommatid_schemas.errors import ConfigurationError
from ommatid_schemas.fleet_file.models import Fleet


def load_fleet(path: Path) -> Fleet:
    """Read and check a fleet file. Secrets stay unresolved.

    Raises:
        ConfigurationError: The file cannot be read, is not YAML, or breaks the model; the message
            names every fault with its path in the file and what was expected.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigurationError(f"{path}: expected a readable fleet file, found {exc}") from exc
    return parse_fleet(text, source=str(path))


def parse_fleet(text: str, source: str = "fleet.yaml") -> Fleet:
    """Check the text of a fleet file; ``source`` names it in errors.

    Raises:
        ConfigurationError: As in :func:`load_fleet`.
    """
    try:
        # LibYAML, ten times as fast: every command and every worker starts with a fleet file.
        raw: Any = yaml.load(text, yaml.CSafeLoader)
    except yaml.MarkedYAMLError as exc:
        # The snippet that YAML quotes can hold a password: only the place and the problem are shown.
        where = f", line {exc.problem_mark.line + 1}" if exc.problem_mark else ""
        raise ConfigurationError(f"{source}{where}: expected YAML, found: {exc.problem}") from None
    except yaml.YAMLError as exc:
        raise ConfigurationError(f"{source}: expected YAML, found {type(exc).__name__}") from None
    try:
        return Fleet.model_validate(raw)
    except ValidationError as exc:
        faults = [_fault(error) for error in exc.errors(include_input=False, include_url=False)]
        lines = "\n".join(f"  {fault}" for fault in faults)
        raise ConfigurationError(f"{source}: {len(faults)} fault(s), nothing was started\n{lines}") from None


def _fault(error: ErrorDetails) -> str:
    if error["loc"][-1:] == ("[key]",):
        path = ".".join(str(part) for part in error["loc"][:-2])
        return f"{path}: expected names, found one that YAML reads as a number or a boolean (12, on, no); quote it"
    path = ".".join(_place(error["loc"])) or "fleet"
    return f"{path}: {error['msg'].removeprefix('Value error, ')}"


def _place(location: tuple[int | str, ...]) -> list[str]:
    """Keys of the file. Below ``detectors.NAME``, pydantic adds the kind, which is no key."""
    kind = location[2:3] if location[:1] == ("detectors",) and len(location) > 2 else ()
    is_kind = kind and kind[0] in {"vision_llm", "cascade"}
    return [str(part) for index, part in enumerate(location) if not (is_kind and index == 2)]
