"""The configuration files of the local broker and cluster, with ``${name}`` where a start fills in a value."""

from importlib import resources
from string import Template

_FOLDER = resources.files("ommatid_fleet.local") / "templates"


def text_of(name: str) -> str:
    """Return the text of a file of the folder ``templates``."""
    return _FOLDER.joinpath(name).read_text(encoding="utf-8")


def render(name: str, **values: object) -> str:
    """Fill in every ``${name}`` of a template; a missing value is a `KeyError`, for it is a mistake of ours."""
    return Template(text_of(name)).substitute({key: str(value) for key, value in values.items()})
