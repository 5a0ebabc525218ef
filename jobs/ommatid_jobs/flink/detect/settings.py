"""What the workers of a detect job have to know: plain values, no secret, JSON on the way to them."""

import re

from pydantic import BaseModel, ConfigDict, Field

from ommatid_schemas import topics
from ommatid_schemas.errors import OmmatidError
from ommatid_schemas.fleet_file import Budget, FleetDetector, Sampling
from ommatid_schemas.priority import Priority
from ommatid_schemas.sampling import SamplingPolicy

_DEFAULT_POLICY = Sampling().policy


class UnknownGroup(OmmatidError):
    """A frame's group came after the submission, and which detector is to look at it cannot be told."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class GroupSettings(_Part):
    """One camera group.

    Attributes:
        detector: Name of the model that looks at the group's frames.
        policy: Numbers of the three sampling layers.
        event_labels: Labels that open the event layer; None takes every label.
        budget: What the group may cost.
        cameras: Its cameras in the region when the job was submitted.
    """

    detector: str
    policy: SamplingPolicy
    event_labels: frozenset[str] | None = None
    budget: Budget = Budget()
    cameras: int = 0


class DetectSettings(_Part):
    """One deployment: a region and a priority.

    Attributes:
        groups: Groups of this priority by name.
        defined: Detectors of the fleet file that this deployment needs. Of a key, only the name
            of its environment variable is in here: the worker reads it.
        batch_size: Frames in one model call, at most.
        detector_threads: Threads of one model call on a CPU.
    """

    region: str
    priority: Priority
    groups: dict[str, GroupSettings]
    defined: dict[str, FleetDetector] = Field(default_factory=dict)
    batch_size: int = Field(default=8, ge=1, le=32)
    detector_threads: int = Field(default=1, ge=1)

    @property
    def detectors(self) -> frozenset[str]:
        """Names of the detectors that this deployment's groups have."""
        return frozenset(group.detector for group in self.groups.values())

    def settings_of(self, group: str) -> GroupSettings:
        """Settings of a group.

        One that was added to the fleet file after the submission gets the defaults until the job is upgraded: default
        sampling, every label, no budget, and the detector of all the others if that is one and the same.

        Raises:
            UnknownGroup: The group was not there at submission, and the others have several detectors.
        """
        if group in self.groups:
            return self.groups[group]
        if len(self.detectors) != 1:
            raise UnknownGroup(
                f"group: expected one of {sorted(self.groups)}, found {group!r} and several detectors; "
                "upgrade the job with the fleet file that has the group, then replay this dead letter"
            )
        return GroupSettings(detector=next(iter(self.detectors)), policy=_DEFAULT_POLICY)

    @property
    def bundle_ms(self) -> int:
        """How long frames are gathered before Flink closes a bundle: as long as for a batch.

        A bundle ends when all its frames have their answers, and until then the next one waits. Flink looks at its
        clock once in this time and wants as much to have passed since the last end, so most bundles last twice as long.
        """
        return round(self.priority.batch_deadline_ms)

    @property
    def source_pattern(self) -> str:
        """Regular expression of the topics to read: all frames of region and priority, and their triggers."""
        return f"{self.frames_pattern}|{re.escape(self.triggers_topic)}"

    @property
    def frames_pattern(self) -> str:
        """Regular expression of the topics whose partitions are the work to share."""
        return topics.frames_pattern(self.region, self.priority)

    @property
    def triggers_topic(self) -> str:
        """Topic to which triggers are written and from which they are read."""
        return topics.triggers_topic(self.region, self.priority)

    @property
    def detections_topic(self) -> str:
        """Topic of the results."""
        return topics.detections_topic(self.region)

    @property
    def dead_letters_topic(self) -> str:
        """Topic of what could not be processed."""
        return topics.dead_letters_topic(self.region)
