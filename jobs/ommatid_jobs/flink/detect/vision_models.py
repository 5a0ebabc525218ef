"""Open a vision language model of the fleet file in a worker, with the key from the worker's own environment."""

from collections.abc import Mapping

from pydantic import SecretStr

from ommatid_connectors.vision_llm import VisionLlmClient
from ommatid_jobs.detectors.vision_llm import VisionLlmDetector
from ommatid_schemas.errors import ConfigurationError
from ommatid_schemas.fleet_file import VisionLlm


def open_vision_llm(
    name: str, settings: VisionLlm, environment: Mapping[str, str], share: float = 1.0
) -> VisionLlmDetector:
    """A detector that asks the model; no connection is made before the first question.

    Args:
        name: Name in the fleet file.
        settings: The detector.
        environment: Variables of this worker.
        share: Part of the deployment's rate and budget that is this worker's, above 0, at most 1.

    Raises:
        ConfigurationError: The variable of the key is not set, or holds no key.
    """
    return VisionLlmDetector(
        name, settings, VisionLlmClient(name, settings, _key(name, settings, environment), share=share)
    )


def _key(name: str, settings: VisionLlm, environment: Mapping[str, str]) -> SecretStr | None:
    variable = settings.key_variable
    if variable is None:
        return None
    if variable not in environment:
        raise ConfigurationError(
            f"detectors.{name}.key: expected the environment variable {variable} on the worker, found none; "
            "set it for every TaskManager and start the job again"
        )
    return SecretStr(environment[variable])
