"""Which cameras of a rule are in a trouble at an event time, and for how many of them that is one trouble."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ommatid_jobs.operators.camera_watch.episodes import QUIET_US, CameraWatch, Episode, Kind
from ommatid_jobs.operators.camera_watch.state import Scope
from ommatid_jobs.operators.camera_watch.watch_book import WatchBook, WatchRule

LEAST_TOGETHER = 3
"""Fewer cameras raise one alert each."""
BEGINS_ABOVE = 0.5
"""Share of the cameras of an agent or region above which they are in trouble together ..."""
ENDS_AT = 0.25
"""... and down to which they are until that is over."""


@dataclass(frozen=True, slots=True)
class Plight:
    """A camera in trouble.

    Attributes:
        camera_id: The camera.
        agent_id: Agent that reported it last.
        episode: What is wrong with it.
        due_us: Event time from which that is worth an alert.
    """

    camera_id: str
    agent_id: str
    episode: Episode
    due_us: int


@dataclass(frozen=True, slots=True)
class Plights:
    """One kind of trouble among the cameras of a rule, at an event time.

    Attributes:
        members: All cameras of the rule that some agent reports, and the agents.
        affected: Those in trouble, in order of its beginning.
    """

    members: Mapping[str, str]
    affected: tuple[Plight, ...]

    def share(self, agent_id: str | None = None) -> float:
        """Share in trouble, 0..1: of an agent's cameras, or of all."""
        of = sum(agent_id in (None, it) for it in self.members.values())
        return min(1.0, len(self.among(agent_id)) / of) if of else 0.0

    def among(self, agent_id: str | None) -> Sequence[Plight]:
        """Cameras in trouble: those of an agent, or all."""
        return [it for it in self.affected if agent_id in (None, it.agent_id)]

    def scope_of(self, plight: Plight) -> tuple[Scope, float]:
        """Whether a camera is in trouble alone, with its agent or with its region, and the share of cameras that are.

        Where all of them are of one agent, the agent is what is wrong.
        """
        if plight.episode.kind is not Kind.TAMPERED:
            several_agents = len({it.agent_id for it in self.affected}) > 1
            if several_agents and self._together(None):
                return Scope.REGION, self.share()
            if self._together(plight.agent_id):
                return Scope.AGENT, self.share(plight.agent_id)
        return Scope.CAMERA, 1.0

    def _together(self, agent_id: str | None) -> bool:
        return len(self.among(agent_id)) >= LEAST_TOGETHER and self.share(agent_id) > BEGINS_ABOVE


@dataclass(frozen=True, slots=True)
class Watched:
    """A rule, and the cameras that it watches.

    Attributes:
        rule: The rule.
        members: Cameras that some agent is to hold a connection to, and the agents.
        restless: Those of all its cameras with which something may be wrong.
    """

    rule: WatchRule
    members: Mapping[str, str]
    restless: Mapping[str, CameraWatch]


def restless(cameras: Mapping[str, CameraWatch], until_us: int) -> dict[str, CameraWatch]:
    """Cameras with which something was wrong, or is: in most seconds, none."""
    quiet_us = until_us - QUIET_US
    return {name: camera for name, camera in cameras.items() if camera.episodes or camera.heard_us <= quiet_us}


def watched(
    rule: WatchRule, book: WatchBook, cameras: Mapping[str, CameraWatch], troubled: Mapping[str, CameraWatch]
) -> Watched:
    """The cameras of a rule, of all that are known and of those with which something may be wrong."""
    names = {name for name, camera in book.cameras.items() if camera.group in rule.groups}
    members = {name: camera.agent_id for name, camera in cameras.items() if camera.watched and name in names}
    return Watched(rule, members, {name: camera for name, camera in troubled.items() if name in names})


def plights(of: Watched, kind: Kind, at_us: int) -> Plights:
    """One kind of trouble among the cameras of a rule, as it was at an event time.

    Args:
        of: The rule and its cameras.
        kind: The kind.
        at_us: Event time; reports from after it do not count.
    """
    affected = [
        Plight(name, camera.agent_id, episode, _due_us(episode, after_us))
        for name, camera in of.restless.items()
        for episode in camera.all_episodes()
        if episode.kind is kind
        and _in_trouble(episode, at_us)
        and (after_us := tolerated_us(of.rule, episode)) is not None
    ]
    affected.sort(key=lambda it: (it.episode.since_us, it.camera_id, it.episode.label))
    return Plights(of.members, tuple(affected))


def tolerated_us(rule: WatchRule, episode: Episode) -> int | None:
    """How long a trouble must last to be worth an alert, microseconds; None: the rule does not watch for it."""
    if episode.kind is Kind.SILENT:
        return rule.silent_us
    if episode.kind is Kind.OFFLINE:
        return rule.offline_us
    return 0 if episode.label in rule.tampered else None


def moments(of: Watched) -> Iterator[int]:
    """Event times at which something may become due or be over, microseconds; in no order."""
    for camera in of.restless.values():
        for episode in camera.all_episodes():
            after_us = tolerated_us(of.rule, episode)
            if after_us is not None:
                yield _due_us(episode, after_us)
                if episode.until_us is not None:
                    yield episode.until_us


def _due_us(episode: Episode, after_us: int) -> int:
    return max(episode.since_us + after_us, episode.told_us)


def _in_trouble(episode: Episode, at_us: int) -> bool:
    """A camera is quiet only after a time in which it should have been reported."""
    begun_us = at_us - QUIET_US if episode.kind is Kind.SILENT else at_us
    return episode.holds(at_us) and episode.since_us <= begun_us
