"""Drives the state machine of the gears as a gearbox does, with numbers for packets."""

from dataclasses import dataclass, field

from ommatid_edge.gears.gear_shift import Action, Gear, Glance, PacketFacts, ShiftState, on_glance, on_packet
from ommatid_edge.gears.settings import GearSettings

NOON_US = 1_795_000_000_000_000


@dataclass(frozen=True, slots=True)
class Passing:
    """One packet of a stream, and what the scene is like when it passes.

    Attributes:
        key: Whether it is a key frame.
        gap_us: Time since the packet before.
        size_bytes: Its size.
        moves: Whether its picture moves.
        late_us: How much later than it should it is read.
        wanted: Whether a trigger is open.
        readable: Whether it can be decoded alone.
    """

    key: bool
    gap_us: int = 100_000
    size_bytes: int = 1_000
    moves: bool = False
    late_us: int = 0
    wanted: bool = False
    readable: bool = True


@dataclass
class Ride:
    """One connection.

    Attributes:
        given: Numbers of the packets that gave their frame, in the order in which they did.
        skipped: Numbers of those that will not.
        gears: Gear after each packet.
    """

    settings: GearSettings
    state: ShiftState = field(default_factory=ShiftState)
    given: list[int] = field(default_factory=list[int])
    skipped: list[int] = field(default_factory=list[int])
    gears: list[Gear] = field(default_factory=list[Gear])
    most_kept_bytes: int = 0
    _at_us: int = NOON_US
    _alive: bool = False
    _kept: list[int] = field(default_factory=list[int])
    _shown: int = 0
    _script: list[Passing] = field(default_factory=list[Passing])

    def run(self, script: list[Passing]) -> "Ride":
        for passing in script:
            self._script.append(passing)
            self._pass(len(self._script) - 1, passing)
            self.gears.append(self.state.gear)
        return self

    def rest(self) -> "Ride":
        self._give_up()
        return self

    def _pass(self, number: int, passing: Passing) -> None:
        self._at_us += passing.gap_us
        facts = PacketFacts(
            key=passing.key,
            size_bytes=passing.size_bytes,
            arrived_at_us=self._at_us + passing.late_us,
            media_at_us=self._at_us - NOON_US,
            wanted=passing.wanted,
            alive=self._alive,
        )
        step = on_packet(self.settings, self.state, facts)
        self.state = step.state
        match step.action:
            case Action.KEEP:
                self._kept.append(number)
            case Action.GLANCE:
                self._glance(number, passing, facts)
            case _:
                self._replay(number)
        kept_bytes = sum(self._script[kept].size_bytes for kept in self._kept[1:])
        self.most_kept_bytes = max(self.most_kept_bytes, kept_bytes)

    def _glance(self, number: int, passing: Passing, facts: PacketFacts) -> None:
        assert passing.key
        seen = Glance.UNREADABLE if not passing.readable else Glance.ALIVE if passing.moves else Glance.STILL
        step = on_glance(self.settings, self.state, facts, seen)
        self.state = step.state
        if step.action is Action.SETTLE:
            self._give_up()
            self._give(number)
            self._kept, self._shown = [number], 1
        else:
            self._replay(number)

    def _replay(self, number: int) -> None:
        kept, self._kept = self._kept[self._shown :], []
        self._shown = 0
        for before in [*kept, number]:
            self._give(before)

    def _give_up(self) -> None:
        self.skipped += self._kept[self._shown :]
        self._kept, self._shown = [], 0

    def _give(self, number: int) -> None:
        self.given.append(number)
        self._alive = self._script[number].moves
