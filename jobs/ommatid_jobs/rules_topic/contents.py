"""What a rules topic holds: versions, orders, and what could not be read. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ommatid_connectors.kafka.record import Record
from ommatid_jobs.operators.rule_versions import NO_ORDERS, Arming, RulesInEffect, RulesVersion, decode
from ommatid_schemas.errors import DecodeError

_NUMBER = re.compile(rb"version/(\d{1,9})")


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record that this release cannot read.

    Attributes:
        key: Of the record.
        reason: One sentence.
    """

    key: bytes | None
    reason: str

    @property
    def number(self) -> int:
        """Number of the version that it claims to be; 0 when it does not."""
        found = _NUMBER.fullmatch(self.key or b"")
        return int(found[1]) if found else 0


@dataclass(frozen=True, slots=True)
class TopicContents:
    """The last record of each key.

    Attributes:
        versions: Oldest first.
        arming: All orders.
        unreadable: The rest.
    """

    versions: tuple[RulesVersion, ...] = ()
    arming: Arming = NO_ORDERS
    unreadable: tuple[Unreadable, ...] = ()

    @property
    def current(self) -> RulesVersion | None:
        """The version in effect; None before the first."""
        return self.versions[-1] if self.versions else None

    @property
    def in_effect(self) -> RulesInEffect | None:
        """What a job judges by; None before the first version."""
        return None if self.current is None else RulesInEffect(self.current, self.arming)

    @property
    def next_number(self) -> int:
        """Number of the next version, above all that there are, readable or not."""
        return 1 + max([it.number for it in self.unreadable] + [it.version for it in self.versions], default=0)

    @property
    def obstacle(self) -> str | None:
        """Why nothing should be written on top of this: the newest version cannot be read; None when it can be."""
        newest = 0 if self.current is None else self.current.version
        return next((it.reason for it in self.unreadable if it.number > newest), None)

    def version(self, number: int) -> RulesVersion | None:
        """The version of a number, if it is there."""
        return next((it for it in self.versions if it.version == number), None)


def contents_of(records: Iterable[Record], region: str) -> TopicContents:
    """Contents of a topic, from all its records in their order."""
    last = {record.key: record for record in records}
    versions: list[RulesVersion] = []
    arming, unreadable = NO_ORDERS, list[Unreadable]()
    for record in last.values():
        try:
            content = decode(record.key, record.value, region)
        except DecodeError as exc:
            unreadable.append(Unreadable(record.key, str(exc)))
            continue
        if isinstance(content, RulesVersion):
            versions.append(content)
        elif content is not None:
            arming = content
    versions.sort(key=lambda it: it.applied_at_us)
    return TopicContents(tuple(versions), arming, tuple(unreadable))
