"""One version of a region's rules, and what identifies its content."""

import json
from dataclasses import dataclass
from hashlib import blake2b

from pydantic import BaseModel, ConfigDict, Field

from ommatid_jobs.operators.rules import RuleBook


class RulesVersion(BaseModel):
    """Rules as they were applied once. Versions of a region are numbered from 1; the last one is in effect.

    Attributes:
        version: Its number.
        content_hash: Of the book, see :func:`content_hash`.
        applied_at_us: When, microseconds since the epoch; later than that of every version before it.
        by: Who applied it.
        comment: Why, in the words of who applied it.
        restores: The version whose rules these are again, if somebody went back.
        book: The rules.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    version: int = Field(ge=1)
    content_hash: str
    applied_at_us: int = Field(ge=0)
    by: str
    comment: str = ""
    restores: int | None = None
    book: RuleBook


@dataclass(frozen=True, slots=True)
class Authorship:
    """Who says something about the rules, when (microseconds since the epoch), and why."""

    by: str
    at_us: int
    comment: str = ""


def content_hash(book: RuleBook) -> str:
    """Identity of what a book says: 16 hexadecimal digits.

    What stands at its default counts for nothing, so that a release that knows more keys gives old books the same hash.
    """
    content = book.model_dump(mode="json", exclude_defaults=True)
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return blake2b(text.encode(), digest_size=8).hexdigest()


def next_version(
    before: RulesVersion | None, book: RuleBook, author: Authorship, restores: int | None = None, number: int = 1
) -> RulesVersion:
    """The version that makes a book the rules in effect.

    Args:
        before: The version in effect; None for the first one.
        book: The rules.
        author: Who applies them. A clock that is behind that of the last author counts as just after it.
        restores: The version that the book is from, if it is one.
        number: Least number that the version may have.
    """
    return RulesVersion(
        version=number if before is None else max(number, before.version + 1),
        content_hash=content_hash(book),
        applied_at_us=author.at_us if before is None else max(author.at_us, before.applied_at_us + 1),
        by=author.by,
        comment=author.comment,
        restores=restores,
        book=book,
    )
