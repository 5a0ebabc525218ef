"""The first byte of every packed state is its version; a state is never pickled."""

from ommatid_schemas.errors import OmmatidError


class IncompatibleStateError(OmmatidError):
    """A stored state was written by a release that this one cannot read."""


def body_of(packed: bytes, version: int, operator: str) -> bytes:
    """Bytes behind the version byte.

    Args:
        packed: State as it was stored.
        version: The version that the caller can read.
        operator: Names the state in the error.

    Raises:
        IncompatibleStateError: The bytes are empty or of another version.
    """
    if packed[:1] != bytes([version]):
        raise IncompatibleStateError(f"{operator} state: expected version {version}, found {_found(packed)}; {_ADVICE}")
    return packed[1:]


def malformed(operator: str, exc: Exception) -> IncompatibleStateError:
    """Error for bytes whose version is known but whose content is not what that version wrote."""
    return IncompatibleStateError(
        f"{operator} state: expected what this release wrote, found damage ({exc}); {_ADVICE}"
    )


def _found(packed: bytes) -> str:
    return f"version {packed[0]}" if packed else "no bytes"


_ADVICE = "start the release that wrote the savepoint, or start without this state"
