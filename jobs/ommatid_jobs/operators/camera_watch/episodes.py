"""What was, or is, wrong with one camera and from when until when, by what its agents report.

Episodes follow from the camera's own reports, in their order, and from nothing else: not from when they are read,
nor from what time it is meanwhile. So a replay finds the same ones.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from ommatid_schemas.events import CameraState, CameraStatus

QUIET_US = 15_000_000
"""Time without a report from which a camera counts as quiet, microseconds: agents report every 10 s."""

_PATIENCE = 3
"""Reports in a row from before the last one that prove that the agent's clock was set back."""

_CONNECTING = CameraState.CONNECTING.lower()


class Kind(StrEnum):
    """What is wrong with a camera; kinds of alerts."""

    SILENT = "silent"
    OFFLINE = "offline"
    TAMPERED = "tampered"


@dataclass(frozen=True, slots=True)
class Episode:
    """Something that is wrong with a camera for a time.

    Attributes:
        kind: What.
        label: More of it: why a camera gives no pictures, or what is wrong with them; empty for silence.
        since_us: Event time of its beginning.
        told_us: Event time of the first report of it; of silence, its beginning.
        until_us: Event time of the report by which it was over; None while it goes on.
    """

    kind: Kind
    label: str
    since_us: int
    told_us: int
    until_us: int | None = None

    def holds(self, at_us: int) -> bool:
        """Whether it was reported, and not reported to be over, at an event time."""
        return self.told_us <= at_us and (self.until_us is None or at_us < self.until_us)


@dataclass(frozen=True, slots=True)
class CameraWatch:
    """What is known of one camera.

    Attributes:
        agent_id: Agent that reported it last; empty while none has.
        heard_us: Time of the last report, by the agent's clock.
        watched: Whether an agent is to hold a connection to it.
        older: Reports in a row that were older than the last one.
        episodes: Those that are not forgotten, oldest first; a silence only once it is over.
    """

    agent_id: str
    heard_us: int
    watched: bool = True
    older: int = 0
    episodes: tuple[Episode, ...] = ()

    def all_episodes(self) -> Iterator[Episode]:
        """All of them, with the silence that began with the last report."""
        yield from self.episodes
        if self.watched:
            yield _silence(self.heard_us)


def expected(since_us: int) -> CameraWatch:
    """A camera that agents are to report, from an event time on; it is silent if none does."""
    return CameraWatch("", since_us)


def reported(before: CameraWatch | None, status: CameraStatus, judged_us: int) -> CameraWatch:
    """Take one report.

    A report that is not newer than the last one is passed over, unless several in a row are: then the agent's clock
    was set back, and the camera is known anew. So it is with the first report of a camera that was only expected.

    Args:
        before: What was known; None for a new camera.
        status: The report.
        judged_us: Event time up to which episodes were judged; what was over by then is forgotten.
    """
    at_us = status.reported_at_us
    if before is not None and at_us <= before.heard_us:
        if before.agent_id and before.older + 1 < _PATIENCE:
            return replace(before, older=before.older + 1)
        before = None
    known = () if before is None else tuple(_kept(before, status, judged_us))
    return CameraWatch(
        agent_id=status.agent_id,
        heard_us=at_us,
        watched=status.state is not CameraState.DISABLED,
        episodes=(*known, *_begun(known, status)),
    )


def _kept(before: CameraWatch, status: CameraStatus, judged_us: int) -> Iterator[Episode]:
    """Episodes after a report: ended where it says so, and the silence before it if there was one."""
    present = {_identity(kind, label): label for kind, label, _ in _present(status)}
    for episode in before.episodes:
        after = episode if episode.until_us is not None else _after(episode, status, present)
        if after.until_us is None or after.until_us > min(judged_us, before.heard_us):
            yield after
    if before.watched and status.reported_at_us - before.heard_us > QUIET_US:
        yield _silence(before.heard_us, status.reported_at_us)


def _after(episode: Episode, status: CameraStatus, present: Mapping[tuple[Kind, str], str]) -> Episode:
    """An episode that went on before a report: it still does, or it is over."""
    label = present.get(_identity(episode.kind, episode.label))
    if label is None:
        return replace(episode, until_us=status.reported_at_us)
    # Each attempt passes through "connecting", which says nothing of the reason.
    return replace(episode, label=label) if episode.label == _CONNECTING else episode


def _silence(since_us: int, until_us: int | None = None) -> Episode:
    return Episode(Kind.SILENT, "", since_us, since_us, until_us)


def _begun(known: tuple[Episode, ...], status: CameraStatus) -> Iterator[Episode]:
    going_on = {_identity(it.kind, it.label) for it in known if it.until_us is None}
    for kind, label, since_us in _present(status):
        if _identity(kind, label) not in going_on:
            yield Episode(kind, label, min(since_us, status.reported_at_us), status.reported_at_us)


def _identity(kind: Kind, label: str) -> tuple[Kind, str]:
    """A camera without pictures is one trouble, whatever the reason; each fault of a picture is its own."""
    return kind, "" if kind is Kind.OFFLINE else label


def _present(status: CameraStatus) -> Iterator[tuple[Kind, str, int]]:
    """What a report says is wrong: kind, label, and since when."""
    if status.state is CameraState.DISABLED:
        return
    # What was found goes on while the camera connects again.
    for label, since_us in sorted(status.tampering.items()):
        yield Kind.TAMPERED, label, since_us
    if status.state is not CameraState.STREAMING:
        yield Kind.OFFLINE, status.state.lower(), status.since_us
