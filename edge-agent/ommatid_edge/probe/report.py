"""The result of a probe, as JSON and as text."""

from dataclasses import asdict, dataclass
from typing import Any, cast

from ommatid_edge.probe.advice import Intent, advice, key_frames_suffice
from ommatid_edge.probe.facts import Announced, CpuFacts, PacketFact
from ommatid_edge.probe.figures import CostFigures, KeyFrameDistance, StreamFigures, cost_figures, stream_figures

_DIGITS = 3


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """What was found out about one camera.

    Attributes:
        camera: Camera and URL without credentials.
        announced: What the camera says of its stream.
        figures: What the stream turned out to be.
        cost: What the camera costs on this machine.
        key_frames_suffice: Whether only key frames are decoded while nothing moves.
        advice: What to change, most useful first.
    """

    camera: str
    announced: Announced
    figures: StreamFigures
    cost: CostFigures
    key_frames_suffice: bool
    advice: tuple[str, ...]


def report(
    camera: str, announced: Announced, packets: tuple[PacketFact, ...], cpu: CpuFacts, intent: Intent
) -> ProbeReport:
    """Conclude from what was recorded.

    Args:
        camera: Camera and URL without credentials.
        announced: What the camera says.
        packets: Packets in the order of arrival, at least two.
        cpu: CPU time that they took.
        intent: How the agent will use the stream.
    """
    figures = stream_figures(packets)
    suffice = key_frames_suffice(figures, intent)
    cost = cost_figures(cpu, figures, key_frames_suffice=suffice)
    return ProbeReport(camera, announced, figures, cost, suffice, advice(announced, figures, cpu, intent))


def as_json(result: ProbeReport) -> dict[str, Any]:
    """The report for machines; numbers have three decimals."""
    return {"ok": True, **_rounded(asdict(result))}


def fault_as_json(camera: str, fault: str) -> dict[str, Any]:
    """What machines get instead of a report."""
    return {"ok": False, "camera": camera, "fault": fault}


def as_text(result: ProbeReport) -> str:
    """The report for people."""
    rows = [*_stream_rows(result.announced, result.figures), *_cost_rows(result)]
    lines = [result.camera, *(f"  {label:<12} {value}" for label, value in rows)]
    return "\n".join([*lines, *(f"  * {sentence}" for sentence in result.advice or ("nothing to change",))])


def _stream_rows(announced: Announced, figures: StreamFigures) -> list[tuple[str, str]]:
    codec = f"{announced.codec} {announced.profile}".strip()
    said = "" if announced.fps is None else f" (announced {announced.fps:g})"
    audio = "unknown" if announced.audio is None else ", ".join(announced.audio) or "none"
    return [
        ("video", f"{codec}, {announced.width_px} x {announced.height_px}"),
        ("frames", f"{figures.fps:.1f} per second{said}, {figures.frames} seen in {figures.seconds:.1f} s"),
        ("bit rate", f"{figures.bit_rate_kbit_s:.0f} kbit/s"),
        ("key frames", _key_frames(figures)),
        ("clock", _clock(figures)),
        ("audio", audio),
    ]


def _key_frames(figures: StreamFigures) -> str:
    distance = figures.key_frame_distance
    if figures.intra_only:
        return "every frame"
    return _distance(distance) if distance.count else f"more than {distance.at_least_s:.1f} s apart"


def _distance(distance: KeyFrameDistance) -> str:
    return (
        f"{distance.median_s:.2f} s apart (shortest {distance.min_s:.2f} s, longest {distance.max_s:.2f} s, "
        f"{distance.count} seen)"
    )


def _clock(figures: StreamFigures) -> str:
    clock = figures.clock
    if clock.offset_s is None:
        return "time of arrival; the camera sends no sender reports"
    used = "used" if clock.trusted else "not trusted"
    return f"the camera's, {clock.offset_s:+.3f} s against arrival: {used}"


def _cost_rows(result: ProbeReport) -> list[tuple[str, str]]:
    cost = result.cost
    if cost.idle_ms_per_s is None or cost.moving_ms_per_s is None:
        return [("CPU", f"{cost.demux_ms_per_s:.1f} ms per second for reading; nothing could be decoded")]
    decoded = "key frames only" if result.key_frames_suffice else "every frame is decoded"
    how = "every frame is a key frame" if result.figures.intra_only else decoded
    return [
        ("CPU still", f"{cost.idle_ms_per_s:.1f} ms per second ({how}): {cost.cameras_per_core_idle} per core"),
        ("CPU moving", f"{cost.moving_ms_per_s:.1f} ms per second: {cost.cameras_per_core_moving} per core"),
    ]


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, _DIGITS)
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in cast("dict[str, Any]", value).items()}
    return list(cast("tuple[Any, ...]", value)) if isinstance(value, tuple) else value
