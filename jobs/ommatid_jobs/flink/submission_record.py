"""What a running job says of how it was submitted: an upgrade submits it again by that, and so does a roll back.

It stands in the job's global parameters, where Flink's REST interface and web page show it. Arguments hold no secrets.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_MODULE = "ommatid.module"
_ARGUMENTS = "ommatid.arguments"
_PYTHON = "ommatid.python"
_RELEASE = "ommatid.release"


@dataclass(frozen=True, slots=True)
class SubmissionRecord:
    """How a job was submitted.

    Attributes:
        module: Module that builds the graph.
        arguments: What it was started with.
        python: Path of the interpreter, on the client and on every node.
        release: Version of ``ommatid-jobs`` that built the graph.
    """

    module: str
    arguments: tuple[str, ...]
    python: str
    release: str

    def parameters(self) -> dict[str, str]:
        """The record as global job parameters."""
        return {
            _MODULE: self.module,
            _ARGUMENTS: json.dumps(self.arguments),
            _PYTHON: self.python,
            _RELEASE: self.release,
        }

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, Any]) -> "SubmissionRecord | None":
        """The record of a job's global parameters; None when the job keeps none, or one that cannot be read."""
        try:
            arguments = json.loads(parameters[_ARGUMENTS])
            return cls(parameters[_MODULE], tuple(map(str, arguments)), parameters[_PYTHON], parameters[_RELEASE])
        except (KeyError, TypeError, ValueError):
            return None
