"""A model that sees nothing and costs nothing: what is left is the cost of everything else."""

from collections.abc import Sequence

from ommatid_jobs.detectors.detector import Gauges, InferenceFailed, Picture, Seen

NULL_MODEL = "null-416"
"""Its name as a group's ``detector``. Not plain ``null``: in YAML that is no name but the missing value."""


class NullDetector:
    """For load tests, and to size a cluster before there is a GPU: frames are decoded as for a model of 416 px."""

    name = NULL_MODEL
    version = "1"
    enough_px = 416

    @property
    def gauges(self) -> Gauges:
        """None."""
        return {}

    def detect(self, pictures: Sequence[Picture]) -> list[Seen | InferenceFailed]:
        """Nothing for each picture; see :class:`ommatid_jobs.detectors.Detector`."""
        return [Seen(self.version)] * len(pictures)

    def close(self) -> None:
        """Nothing waits."""
