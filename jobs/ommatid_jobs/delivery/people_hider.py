"""How people on evidence frames are hidden. What cannot be hidden for certain is withheld."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol, Self

from ommatid_jobs.delivery.people_hiding import hide_people
from ommatid_jobs.delivery.snapshot_drawing import Hide, everything_shown
from ommatid_jobs.detectors import PERSON, unseen_by
from ommatid_schemas import FrameEvent, FrameResult, OmmatidError
from ommatid_schemas.fleet_file import Fleet, Redaction


class FindsResults(Protocol):
    """What :class:`ommatid_jobs.delivery.frame_results.FrameResults` does."""

    def find(self, frames: Sequence[FrameEvent]) -> Mapping[str, FrameResult]:
        """What a model saw in frames, by frame id; what is not found is left out.

        Raises:
            OmmatidError: The results could not be read.
        """
        ...


@dataclass(frozen=True, slots=True)
class Withheld:
    """A picture is kept back."""

    reason: str


@dataclass(frozen=True, slots=True)
class PeopleHider:
    """Decides for frames how people on them are hidden.

    The boxes of an alert are those that its rule matched; who else was in the picture is in the result of its frame.

    Attributes:
        redaction_of: What is hidden on the pictures of a camera.
        unseen_by: Why a result may lack boxes of people, by the model and version that saw it; None where it does not.
    """

    redaction_of: Callable[[str], Redaction]
    unseen_by: Callable[[FrameResult], str | None]

    @classmethod
    def of(cls, fleet: Fleet) -> Self:
        """What a fleet file says."""
        return cls(fleet.redaction_of, lambda it: unseen_by(fleet, it.model, PERSON, it.model_version))

    def ways(self, frames: Sequence[FrameEvent], results: FindsResults) -> dict[str, Hide | Withheld]:
        """How to hide the people on each frame, by frame id; results are looked for where somebody is hidden."""
        asked = [frame for frame in frames if self.redaction_of(frame.camera_id) is not Redaction.NONE]
        found: Mapping[str, FrameResult] = {}
        try:
            if asked:
                found = results.find(asked)
        except OmmatidError as exc:
            return {it.frame_id: _withheld(str(exc)) if it in asked else everything_shown for it in frames}
        return {it.frame_id: self.way(it, found.get(it.frame_id)) for it in frames}

    def way(self, frame: FrameEvent, result: FrameResult | None) -> Hide | Withheld:
        """How to hide the people on a frame in which a model saw this; None where that is not known."""
        redaction = self.redaction_of(frame.camera_id)
        if redaction is Redaction.NONE:
            return everything_shown
        if result is None:
            return _withheld("what the model saw in the frame was not found")
        unseen = self.unseen_by(result)
        if unseen is not None:
            return _withheld(unseen)
        return partial(hide_people, boxes=result.boxes, redaction=redaction)


def _withheld(reason: str) -> Withheld:
    return Withheld(f"the picture is withheld, because people on it cannot be hidden: {reason}")
