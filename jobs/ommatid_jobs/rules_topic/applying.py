"""Make rules the ones in effect, and give orders to arm and disarm, each on top of what the writer has seen."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, TypeVar

from ommatid_connectors.kafka import NewRecord, WriterSuperseded
from ommatid_jobs.operators.rule_versions import (
    ARMING_KEY,
    Arming,
    ArmingOrder,
    Authorship,
    RulesVersion,
    content_hash,
    encode,
    next_version,
    ordered,
    version_key,
)
from ommatid_jobs.operators.rules import RuleBook
from ommatid_jobs.rules_topic.contents import TopicContents
from ommatid_jobs.rules_topic.errors import RulesChanged, RulesUnreadable

KEPT_VERSIONS = 50
"""Versions that a topic keeps; older ones are removed when another is applied."""

_ATTEMPTS = 3

T = TypeVar("T")


class Writer(Protocol):
    """Reads and writes a rules topic; ``RulesWriter`` is one."""

    def contents(self) -> TopicContents:
        """What is there now."""
        ...

    def write(self, records: list[NewRecord]) -> None:
        """Write all records or none; raises WriterSuperseded when somebody else began to write meanwhile."""
        ...


class Topic(Protocol):
    """A rules topic; ``RulesTopic`` is one."""

    name: str

    def contents(self) -> TopicContents:
        """What is there now."""
        ...

    def writer(self) -> AbstractContextManager[Writer]:
        """Become the only one who writes, until somebody else does."""
        ...


@dataclass(frozen=True, slots=True)
class Application:
    """What is to be applied.

    Attributes:
        book: The rules.
        author: Who applies them.
        expected: Number of the version that must be in effect, 0 for none; None takes any.
        restores: Number of the version whose rules these are.
        force: Also over a version that cannot be read.
    """

    book: RuleBook
    author: Authorship
    expected: int | None = None
    restores: int | None = None
    force: bool = False


@dataclass(frozen=True, slots=True)
class Applied:
    """What is in effect now.

    Attributes:
        version: The version.
        before: The one before it; None for the first, and itself when nothing was written.
    """

    version: RulesVersion
    before: RulesVersion | None
    arming: Arming

    @property
    def is_new(self) -> bool:
        """Whether something was written."""
        return self.before is None or self.before.version != self.version.version


def apply_rules(topic: Topic, application: Application) -> Applied:
    """Make rules the ones in effect; nothing is written when they are already.

    Raises:
        RulesChanged: Another version is in effect than expected.
        RulesUnreadable: The newest version was written by a release that knows more.
        ConfigurationError: The rules are too many for one record.
        OmmatidError: The topic cannot be read or written.
    """
    unchanged = _unchanged(topic, topic.contents(), application)
    return unchanged or _attempted(topic, lambda writer: _apply(topic, writer, application))


def give_order(topic: Topic, order: ArmingOrder) -> Arming:
    """Arm, disarm, or go back to the schedule; all orders after that.

    Raises:
        RulesUnreadable: The orders so far were written by a release that knows more.
        OmmatidError: The topic cannot be read or written.
    """
    return _attempted(topic, lambda writer: _order(topic, writer, order))


def _attempted(topic: Topic, write: Callable[[Writer], T]) -> T:
    """Write; begin anew when somebody else began to meanwhile."""
    for _ in range(_ATTEMPTS - 1):
        try:
            with topic.writer() as writer:
                return write(writer)
        except WriterSuperseded:
            continue
    with topic.writer() as writer:
        return write(writer)


def _unchanged(topic: Topic, contents: TopicContents, application: Application) -> Applied | None:
    """What is in effect if that is what is wanted; None when something must be written."""
    current = contents.current
    if contents.obstacle and not application.force:
        raise RulesUnreadable(
            f"{topic.name}: expected to know the rules in effect, found a version that cannot be read "
            f"({contents.obstacle}); upgrade this command, or add --force to replace it"
        )
    found = 0 if current is None else current.version
    if application.expected is not None and application.expected != found:
        raise RulesChanged(
            f"{topic.name}: expected version {application.expected} to be in effect, found {_described(current)}; "
            "see 'ommatid rules history', and repeat the command if you still want it"
        )
    if current is None or contents.obstacle or current.content_hash != content_hash(application.book):
        return None
    return Applied(current, current, contents.arming)


def _apply(topic: Topic, writer: Writer, application: Application) -> Applied:
    contents = writer.contents()
    unchanged = _unchanged(topic, contents, application)
    if unchanged is not None:
        return unchanged
    version = next_version(
        contents.current, application.book, application.author, application.restores, contents.next_number
    )
    at_ms = application.author.at_us // 1000
    outdated = contents.versions[: max(0, len(contents.versions) + 1 - KEPT_VERSIONS)]
    removals = [NewRecord(version_key(it.version), None, at_ms) for it in outdated]
    writer.write([NewRecord(version_key(version.version), encode(version), at_ms), *removals])
    return Applied(version, contents.current, contents.arming)


def _order(topic: Topic, writer: Writer, order: ArmingOrder) -> Arming:
    contents = writer.contents()
    for it in contents.unreadable:
        if it.key == ARMING_KEY:
            raise RulesUnreadable(f"{topic.name}: expected to know the orders that stand ({it.reason})")
    arming = ordered(contents.arming, order)
    writer.write([NewRecord(ARMING_KEY, encode(arming), order.from_us // 1000)])
    return arming


def _described(version: RulesVersion | None) -> str:
    return "none" if version is None else f"version {version.version}, applied by {version.by}"
