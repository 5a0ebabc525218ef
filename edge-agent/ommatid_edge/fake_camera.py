"""A camera that follows a script, for tests of everything behind the connection."""

import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from ommatid_edge.camera_plan import CameraPlan
from ommatid_edge.decoding import Decoded
from ommatid_edge.gears.onlooker import Onlooker


@dataclass(frozen=True, slots=True)
class Session:
    """One connection: what arrives on it, and how it ends.

    Attributes:
        frames: What arrives, oldest first.
        then: What is raised after the last frame; None ends like a stop.
        refused: Raised instead of connecting.
    """

    frames: Sequence[Decoded] = ()
    then: Exception | None = None
    refused: Exception | None = None


class FakeCamera:
    """Plays one session per connection, and sets ``over`` when the next one would be beyond the script.

    Args:
        sessions: The script.
        over: Set when the script is over; the stop flag of the worker under test.
    """

    def __init__(self, sessions: Sequence[Session], over: threading.Event) -> None:
        self._sessions = iter(sessions)
        self._over = over
        self.connections = 0

    @contextmanager
    def connect(
        self, plan: CameraPlan, onlooker: Onlooker, stopping: Callable[[], bool]
    ) -> "Generator[FakeConnection]":
        """Begin the next session; see ``Connect``."""
        del plan, onlooker, stopping
        session = next(self._sessions, None)
        if session is None:
            self._over.set()
            session = Session()
        else:
            self.connections += 1
        if session.refused is not None:
            raise session.refused
        yield FakeConnection(session)


@dataclass(frozen=True, slots=True)
class FakeConnection:
    """One session as it is read."""

    session: Session

    def frames(self) -> Iterator[Decoded]:
        """Frames of the script, then its end."""
        yield from self.session.frames
        if self.session.then is not None:
            raise self.session.then
