"""When a worker loads which version of a model, and what serves meanwhile. Pure."""

from dataclasses import dataclass, replace

from ommatid_jobs.detectors.model_repository import Pointer


@dataclass(frozen=True, slots=True)
class SwapState:
    """One model in one worker.

    Attributes:
        serving: Version that answers.
        seen: Pointer that was acted upon last; the same one is not acted upon twice, so a version
            that failed is tried again only once somebody asks for it again.
        loading: Version that is being loaded and warmed up.
        swaps: Versions that took over, since the start.
        failures: Versions that did not, and pointers that could not be read.
        trouble: Why the pointer cannot be read; None while it can.
    """

    serving: str
    seen: Pointer
    loading: str | None = None
    swaps: int = 0
    failures: int = 0
    trouble: str | None = None


def on_pointer(state: SwapState, found: Pointer) -> SwapState:
    """The pointer was read; where ``loading`` is set now and was not, that version has to be loaded."""
    state = replace(state, trouble=None)
    if state.loading is not None or found == state.seen:
        return state
    wanted = None if found.active == state.serving else found.active
    return replace(state, seen=found, loading=wanted)


def on_unreadable(state: SwapState, reason: str) -> SwapState:
    """The pointer could not be read; what serves goes on. The same trouble counts once."""
    if state.trouble == reason:
        return state
    return replace(state, trouble=reason, failures=state.failures + 1)


def on_loaded(state: SwapState) -> SwapState:
    """What was being loaded is warm: it serves from now on."""
    return replace(state, serving=state.loading or state.serving, loading=None, swaps=state.swaps + 1)


def on_failed(state: SwapState) -> SwapState:
    """What was being loaded does not work: what served goes on."""
    return replace(state, loading=None, failures=state.failures + 1)
