"""What a backtest is asked to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class FootageRequest:
    """Video files of one camera.

    Attributes:
        paths: The files, played one after the other.
        start_us: When the first one begins, microseconds since the epoch.
        camera: Camera of the fleet file; None for the only one.
    """

    paths: Sequence[Path]
    start_us: int
    camera: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """What is played, for people."""
        return tuple(map(str, self.paths))


@dataclass(frozen=True, slots=True)
class TopicRequest:
    """Frames of a topic, by capture time.

    Attributes:
        topic: A frames topic.
        start_us: Capture time from which on they are played, microseconds since the epoch.
        end_us: Capture time before which they are.
        camera: Only frames of this camera; None for all.
        bootstrap: Brokers, instead of the fleet file's.
    """

    topic: str
    start_us: int
    end_us: int
    camera: str | None = None
    bootstrap: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """What is played, for people."""
        return (self.topic,)

    @property
    def duration_s(self) -> float:
        """Time that the frames are of, seconds."""
        return (self.end_us - self.start_us) / 1e6


@dataclass(frozen=True, slots=True)
class PlayOptions:
    """Choices that concern every configuration.

    Attributes:
        pictures: Whether alerts get their pictures.
        tracks: Whether tracks are kept.
        price_per_1000_calls: Money, in any currency; None takes what the fleet file says.
        ask_vision_models: Whether vision language models may be asked, for money.
        threads: CPU threads of one model call.
    """

    pictures: bool = False
    tracks: bool = False
    price_per_1000_calls: float | None = None
    ask_vision_models: bool = False
    threads: int = 1
