"""What Ommatid needs of an object store, and what can go wrong."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from ommatid_schemas.errors import OmmatidError

MAX_DELETED = 1000
"""Objects that one call deletes at most; as many as S3 takes."""


class ObjectStoreFailed(OmmatidError):
    """An object could not be written or read. The caller may try again."""

    retriable = True


class ObjectMissing(OmmatidError):
    """There is no object of that key."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One object of a store.

    Attributes:
        key: Its key.
        stored_at_us: When it was written, microseconds since the epoch.
    """

    key: str
    stored_at_us: int


class ObjectStore(Protocol):
    """Objects by key. Keys are relative paths with ``/`` between their parts."""

    def put(self, key: str, data: bytes, content_type: str) -> str:
        """Write an object whole; one that is there is replaced.

        Returns:
            URL of the object.

        Raises:
            ObjectStoreFailed: It could not be written; nothing of it can be read.
        """
        ...

    def get(self, key: str) -> bytes:
        """Read an object.

        Raises:
            ObjectMissing: There is none.
            ObjectStoreFailed: It could not be read.
        """
        ...

    def share(self, key: str, lifetime_s: float) -> str:
        """URL with which anybody can read an object for a while; nothing is contacted.

        Raises:
            ObjectStoreFailed: There are no credentials to sign it with.
        """
        ...

    def folders(self, key: str) -> tuple[str, ...]:
        """Names of what lies directly below a key and has objects below it; in order.

        Raises:
            ObjectStoreFailed: The store could not be read.
        """
        ...

    def objects(self, key: str) -> Iterator[StoredObject]:
        """Every object below a key, at any depth. Objects may be deleted meanwhile.

        Raises:
            ObjectStoreFailed: The store could not be read.
        """
        ...

    def delete(self, keys: Sequence[str]) -> None:
        """Delete objects, :data:`MAX_DELETED` at most; those that are not there are passed over.

        Raises:
            ObjectStoreFailed: At least one is still there.
        """
        ...


def checked_key(key: str) -> str:
    """The key, if it is a relative path that stays below its root.

    Raises:
        ValueError: It is not; keys are made by our own code, so this is a fault in it.
    """
    parts = key.split("/")
    if not all(parts) or {".", ".."} & set(parts) or "\\" in key or "\0" in key:
        raise ValueError(f"object key: expected a relative path without . and .., found {key!r}")
    return key
