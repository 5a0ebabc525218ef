"""A detector that looks at the same picture once, however many configurations show it to the same model."""

from collections.abc import Sequence
from hashlib import blake2b

from ommatid_jobs.detectors import Detector, Gauges, InferenceFailed, Picture, Seen

Memory = dict[tuple[str, str, bytes], Seen]
"""What was seen, by identity and version of the model and digest of the JPEG."""


class RememberingDetector:
    """Answers from memory where it can; failures are not remembered.

    Args:
        detector: Looks at what is new; closed with this.
        identity: Tells it from other models of the same name.
        memory: Shared by the detectors of several configurations.
    """

    def __init__(self, detector: Detector, identity: str, memory: Memory) -> None:
        self._detector = detector
        self._identity = identity
        self._memory = memory
        self.remembered = 0

    @property
    def name(self) -> str:
        """That of the model."""
        return self._detector.name

    @property
    def version(self) -> str:
        """That of the model."""
        return self._detector.version

    @property
    def enough_px(self) -> int:
        """As the model needs."""
        return self._detector.enough_px

    @property
    def gauges(self) -> Gauges:
        """Those of the model: what was answered from memory is not in there."""
        return self._detector.gauges

    def detect(self, pictures: Sequence[Picture]) -> list[Seen | InferenceFailed]:
        """What the model sees, or saw, in each picture; see :class:`ommatid_jobs.detectors.Detector`."""
        keys = [self._key(picture) for picture in pictures]
        new = [index for index, key in enumerate(keys) if key not in self._memory]
        self.remembered += len(keys) - len(new)
        looked = self._detector.detect([pictures[index] for index in new]) if new else []
        found = dict(zip(new, looked, strict=True))
        for index, seen in found.items():
            if isinstance(seen, Seen):
                self._memory[keys[index]] = seen
        return [found.get(index) or self._memory[key] for index, key in enumerate(keys)]

    def close(self) -> None:
        """Close the model."""
        self._detector.close()

    def _key(self, picture: Picture) -> tuple[str, str, bytes]:
        return self._identity, self._detector.version, blake2b(picture.jpeg, digest_size=16).digest()
