"""Models that see nothing and cost nothing: what is left is the cost of everything else."""

from collections.abc import Sequence

from ommatid_jobs.detectors.detector import Gauges, InferenceFailed, Picture, Seen

NULL_MODEL = "null-416"
"""Frames are decoded as for a model of 416 px. Not plain ``null``: in YAML that is no name but the missing value."""

NULL_MODELS = {NULL_MODEL: 416, "null-0": 0}
"""Names as a group's ``detector``, and the pixels that each asks for: ``null-0`` leaves the decoder out too."""


class NullDetector:
    """For load tests, and to size a cluster before there is a GPU.

    Args:
        name: One of :data:`NULL_MODELS`.
    """

    version = "1"

    def __init__(self, name: str = NULL_MODEL) -> None:
        self.name = name
        self.enough_px = NULL_MODELS[name]

    @property
    def gauges(self) -> Gauges:
        """None."""
        return {}

    def detect(self, pictures: Sequence[Picture]) -> list[Seen | InferenceFailed]:
        """Nothing for each picture; see :class:`ommatid_jobs.detectors.Detector`."""
        return [Seen(self.version)] * len(pictures)

    def close(self) -> None:
        """Nothing waits."""
