"""Packets of made-up streams."""

from collections.abc import Sequence

from ommatid_edge.probe.facts import Announced, CpuFacts, PacketFact
from ommatid_edge.probe.figures import StreamFigures, stream_figures


def stream(
    seconds: float = 8.0,
    fps: float = 15.0,
    key_every: int = 15,
    sizes: Sequence[int] = (20_000, 2_000, 1_500, 2_500),
    clock_offset_s: float | None = -0.08,
    first_s: float = 100.0,
) -> tuple[PacketFact, ...]:
    """A regular stream: a key frame, then the other sizes in turn, all 50 ms late."""
    packets: list[PacketFact] = []
    for index in range(round(seconds * fps)):
        key = index % key_every == 0
        size = sizes[0] if key else sizes[1 + index % (len(sizes) - 1)]
        at_s = first_s + index / fps
        packets.append(PacketFact(at_s + 0.05, at_s, size, key, clock_offset_s))
    return tuple(packets)


def figures(seconds: float = 8.0, fps: float = 15.0, key_every: int = 15) -> StreamFigures:
    return stream_figures(stream(seconds, fps, key_every))


def announced(width_px: int = 640, height_px: int = 360, audio: tuple[str, ...] | None = ()) -> Announced:
    return Announced("h264", "Main", width_px, height_px, 15.0, audio)


def cpu(undecodable: int = 0, corrupt: int = 0) -> CpuFacts:
    """2 ms per second of reading, 10 ms per key frame, 4 ms per frame."""
    return CpuFacts(8.0, 0.016, 8, 0.08, 120, 0.48, undecodable, corrupt)
