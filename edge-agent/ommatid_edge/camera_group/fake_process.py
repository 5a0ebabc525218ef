"""Processes of a camera group that follow a script, for tests of what the agent makes of them."""

from collections.abc import Callable, Iterable, Sequence

from ommatid_edge.camera_group.messages import Command, Report
from ommatid_edge.camera_group.wire import encode_report


class FakeProcess:
    """Tells what its script says, then ends.

    Args:
        told: Reports, and bytes that are none; None stands for a second of silence.
        then: How it ends.
    """

    def __init__(self, told: Iterable[Report | bytes | None], then: str = "killed by SIGSEGV") -> None:
        self._told = iter(told)
        self._then = then
        self.commands: list[Command] = []
        self.killed = False

    @property
    def pid(self) -> int:
        """A process id."""
        return 4711

    def send(self, command: Command) -> None:
        """Keep the command."""
        self.commands.append(command)

    def receive(self) -> bytes | None:
        """The next line of the script; its end once it was killed."""
        if self.killed:
            return b""
        told = next(self._told, b"")
        return told if told is None or isinstance(told, bytes) else encode_report(told)

    def kill(self) -> None:
        """End."""
        self.killed = True

    def wait(self, within_s: float) -> str:
        """How it ended."""
        del within_s
        return self._then


class FakeProcesses:
    """Starts the processes of a script one after the other; after the last one, ``over`` is called.

    Args:
        processes: The script.
        over: Called when one more is asked for; stops the group under test.
    """

    def __init__(self, processes: Sequence[FakeProcess], over: Callable[[], None] = lambda: None) -> None:
        self._processes = iter(processes)
        self.over = over

    def start(self) -> FakeProcess:
        """Start the next process."""
        process = next(self._processes, None)
        if process is not None:
            return process
        self.over()
        return FakeProcess([], then="ended with exit code 0")
