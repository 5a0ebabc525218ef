"""Figures of a stream, measured from its packets."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, median, pstdev

from ommatid_edge.capture_clock import TRUSTED_OFFSET_US
from ommatid_edge.probe.facts import CpuFacts, PacketFact

_WINDOWS_TO_JUDGE = 4


@dataclass(frozen=True, slots=True)
class KeyFrameDistance:
    """Time between two key frames.

    Attributes:
        count: How many distances were seen.
        min_s: Shortest, seconds; None when none was seen.
        median_s: Median, seconds; None when none was seen.
        max_s: Longest, seconds; None when none was seen.
        at_least_s: What the longest is at least, seconds: also counts the time after the last key frame.
        most_bytes: Most bytes from a key frame up to the next one.
    """

    count: int
    min_s: float | None
    median_s: float | None
    max_s: float | None
    at_least_s: float
    most_bytes: int


@dataclass(frozen=True, slots=True)
class ClockFigures:
    """The camera's clock.

    Attributes:
        sender_reports: Whether RTCP sender reports came.
        offset_s: Camera's clock minus arrival, seconds, median; None without a report.
        trusted: Whether frames get their capture time from it.
    """

    sender_reports: bool
    offset_s: float | None
    trusted: bool


@dataclass(frozen=True, slots=True)
class StreamFigures:
    """What a stream turned out to be.

    Attributes:
        seconds: Length of what was seen, by the stream's own clock where it has one.
        frames: Frames seen.
        fps: Frames per second.
        bit_rate_kbit_s: Payload, kbit/s.
        bit_rate_spread: Standard deviation of the bit rate between equal windows of at least one key frame distance,
            relative to its mean; None when too few windows were seen.
        key_frame_distance: Time between key frames.
        intra_only: Whether every frame is a key frame.
        reordered: Whether frames arrive in another order than they are shown (B-frames).
        clock: The camera's clock.
    """

    seconds: float
    frames: int
    fps: float
    bit_rate_kbit_s: float
    bit_rate_spread: float | None
    key_frame_distance: KeyFrameDistance
    intra_only: bool
    reordered: bool
    clock: ClockFigures


@dataclass(frozen=True, slots=True)
class CostFigures:
    """CPU time of one camera, ms per second of one core of this machine.

    Decoding and reading only: the gate, and JPEG for frames that are published, come on top.

    Attributes:
        demux_ms_per_s: Reading without decoding.
        key_frame_ms: Decoding one key frame, ms; None when none could be decoded.
        frame_ms: Decoding one frame in a row, ms; None when none could be decoded.
        idle_ms_per_s: While nothing moves.
        moving_ms_per_s: While every frame is decoded.
        cameras_per_core_idle: Cameras like this one on one core, all of them still.
        cameras_per_core_moving: Cameras like this one on one core, all of them moving.
    """

    demux_ms_per_s: float
    key_frame_ms: float | None
    frame_ms: float | None
    idle_ms_per_s: float | None
    moving_ms_per_s: float | None
    cameras_per_core_idle: int | None
    cameras_per_core_moving: int | None


def stream_figures(packets: Sequence[PacketFact]) -> StreamFigures:
    """Measure a stream.

    Args:
        packets: Packets in the order of arrival, at least two.
    """
    times_s = _times_s(packets)
    span_s = max(times_s) - min(times_s)
    fps = (len(packets) - 1) / span_s if span_s > 0 else 0.0
    seconds = span_s + (1 / fps if fps else 0.0)
    distance = _key_frame_distance(packets, times_s)
    return StreamFigures(
        seconds=seconds,
        frames=len(packets),
        fps=fps,
        bit_rate_kbit_s=sum(it.size_bytes for it in packets) * 8 / 1000 / seconds if seconds else 0.0,
        bit_rate_spread=_bit_rate_spread(packets, times_s, max(1.0, distance.at_least_s)),
        key_frame_distance=distance,
        intra_only=all(it.key for it in packets),
        reordered=any(later < earlier for earlier, later in pairwise(times_s)),
        clock=_clock(packets),
    )


def cost_figures(cpu: CpuFacts, stream: StreamFigures, *, key_frames_suffice: bool) -> CostFigures:
    """Estimate what a camera costs.

    Args:
        cpu: CPU time measured on this stream.
        stream: The stream.
        key_frames_suffice: Whether only key frames are decoded while nothing moves.
    """
    demux = 1000 * cpu.demux_s / cpu.watched_s
    key_frame = 1000 * cpu.key_frames_s / cpu.key_frames if cpu.key_frames else None
    frame = 1000 * cpu.frames_s / cpu.frames if cpu.frames else None
    moving = None if frame is None else demux + frame * stream.fps
    idle = moving
    if key_frames_suffice and key_frame is not None and stream.key_frame_distance.median_s:
        idle = demux + key_frame / stream.key_frame_distance.median_s
    return CostFigures(demux, key_frame, frame, idle, moving, _per_core(idle), _per_core(moving))


def _per_core(cost_ms_per_s: float | None) -> int | None:
    return int(1000 / cost_ms_per_s) if cost_ms_per_s else None


def _times_s(packets: Sequence[PacketFact]) -> list[float]:
    """Time of each packet: by the stream's clock if it has one that moves, else by arrival.

    FFmpeg gives the first H.264 packet no time; it is put one usual frame before the second one.
    """
    first, *others = (it.media_s for it in packets)
    media_s = [at_s for at_s in others if at_s is not None]
    if len(media_s) < len(others) or max(media_s) <= min(media_s):
        return [it.arrived_s for it in packets]
    usual_s = median(abs(later - earlier) for earlier, later in pairwise(media_s))
    return [media_s[0] - usual_s if first is None else first, *media_s]


def _key_frame_distance(packets: Sequence[PacketFact], times_s: Sequence[float]) -> KeyFrameDistance:
    keys_s = [at_s for it, at_s in zip(packets, times_s, strict=True) if it.key]
    distances_s = [later - earlier for earlier, later in pairwise(keys_s)]
    since_last_s = max(times_s) - (keys_s[-1] if keys_s else min(times_s))
    most_bytes = _most_bytes(packets)
    if not distances_s:
        return KeyFrameDistance(0, None, None, None, since_last_s, most_bytes)
    longest_s = max(distances_s)
    at_least_s = max(longest_s, since_last_s)
    return KeyFrameDistance(len(distances_s), min(distances_s), median(distances_s), longest_s, at_least_s, most_bytes)


def _most_bytes(packets: Sequence[PacketFact]) -> int:
    most = since_key = 0
    for packet in packets:
        since_key = packet.size_bytes + (0 if packet.key else since_key)
        most = max(most, since_key)
    return most


def _bit_rate_spread(packets: Sequence[PacketFact], times_s: Sequence[float], window_s: float) -> float | None:
    start_s = min(times_s)
    windows = int((max(times_s) - start_s) / window_s)
    if windows < _WINDOWS_TO_JUDGE:
        return None
    sums = [0] * windows
    for packet, at_s in zip(packets, times_s, strict=True):
        window = int((at_s - start_s) / window_s)
        if window < windows:
            sums[window] += packet.size_bytes
    return pstdev(sums) / mean if (mean := fmean(sums)) else None


def _clock(packets: Sequence[PacketFact]) -> ClockFigures:
    offsets_s = [it.clock_offset_s for it in packets if it.clock_offset_s is not None]
    if not offsets_s:
        return ClockFigures(sender_reports=False, offset_s=None, trusted=False)
    offset_s = median(offsets_s)
    return ClockFigures(sender_reports=True, offset_s=offset_s, trusted=abs(offset_s) * 1e6 <= TRUSTED_OFFSET_US)
