"""What an operator should change about a camera's stream, one sentence each."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ommatid_edge.gears.settings import GearSettings
from ommatid_edge.probe.facts import Announced, CpuFacts
from ommatid_edge.probe.figures import KeyFrameDistance, StreamFigures

_ENOUGH_PX = 1280 * 720
_ENOUGH_FPS = 15.0
_SAME_FPS = 1.1
_CONSTANT_SPREAD = 0.03


@dataclass(frozen=True, slots=True)
class Intent:
    """How the agent will use the stream.

    Attributes:
        decode: What the camera's group says about decoding.
        publish_width_px: Width to which published frames are scaled down, pixels.
        substream: Whether this is the camera's substream already.
    """

    decode: GearSettings = field(default_factory=GearSettings)
    publish_width_px: int = 640
    substream: bool = False


def key_frames_suffice(figures: StreamFigures, intent: Intent) -> bool:
    """Whether the agent decodes key frames only while nothing moves."""
    distance = figures.key_frame_distance
    kept = distance.most_bytes <= intent.decode.buffer_bytes
    return _close_enough(distance, intent) and kept and not intent.decode.always_full


def _close_enough(distance: KeyFrameDistance, intent: Intent) -> bool:
    return distance.count > 0 and intent.decode.tolerates(round(distance.at_least_s * 1e6))


def advice(announced: Announced, figures: StreamFigures, cpu: CpuFacts, intent: Intent) -> tuple[str, ...]:
    """Advice on a stream, most useful first; empty when nothing should be changed."""
    return (
        *_on_decoding(cpu),
        *_on_size(announced, intent),
        *_on_key_frames(figures, intent),
        *_on_frame_rate(figures),
        *_on_clock(figures),
        *_on_encoding(announced, figures),
    )


def _on_decoding(cpu: CpuFacts) -> Iterator[str]:
    if cpu.undecodable or cpu.corrupt:
        yield (
            f"{cpu.undecodable} packet(s) could not be decoded and {cpu.corrupt} frame(s) were damaged: "
            "packets are lost on the way, or the camera sends another codec than it announces"
        )


def _on_size(announced: Announced, intent: Intent) -> Iterator[str]:
    if announced.width_px * announced.height_px <= _ENOUGH_PX:
        return
    size = f"{announced.width_px} x {announced.height_px}"
    use = f"published frames are {intent.publish_width_px} pixels wide"
    if intent.substream:
        yield f"the substream is {size}, but {use}: make it smaller in the camera, 640 x 360 is plenty"
    else:
        yield f"the picture is {size}, but {use}: set `substream` in the fleet file to a smaller stream of this camera"


def _on_key_frames(figures: StreamFigures, intent: Intent) -> Iterator[str]:
    if intent.decode.always_full or key_frames_suffice(figures, intent):
        return
    distance = figures.key_frame_distance
    if _close_enough(distance, intent):
        yield (
            f"{distance.most_bytes} bytes come from one key frame to the next, above decode.buffer_bytes of "
            f"{intent.decode.buffer_bytes}: every frame is decoded all the time; raise it, or lower the bit rate"
        )
        return
    found = f"{distance.at_least_s:.1f} s apart" if distance.count else f"more than {distance.at_least_s:.1f} s apart"
    max_blind_s = intent.decode.max_blind_us / 1e6
    frames = max(1, round(max_blind_s * figures.fps))
    yield (
        f"key frames are {found}, above max_blind of {max_blind_s:g} s: every frame is decoded all the time; "
        f"set the camera's key frame interval (GOP, I-frame interval) to {frames} frames or fewer, and no smart codec"
    )


def _on_frame_rate(figures: StreamFigures) -> Iterator[str]:
    if figures.fps > _ENOUGH_FPS * _SAME_FPS:
        yield (
            f"{figures.fps:.0f} frames per second: {_ENOUGH_FPS:.0f} are plenty, and cost in proportion while it moves"
        )


def _on_clock(figures: StreamFigures) -> Iterator[str]:
    clock = figures.clock
    if clock.offset_s is None:
        yield (
            f"no RTCP sender report in {figures.seconds:.0f} s: frames are stamped with their time of arrival, "
            "which includes the delays of camera and network"
        )
    elif not clock.trusted:
        yield (
            f"the camera's clock is {abs(clock.offset_s):.1f} s {'ahead' if clock.offset_s > 0 else 'behind'}: it is "
            "not used, frames are stamped with their time of arrival; set the camera's time server (NTP)"
        )


def _on_encoding(announced: Announced, figures: StreamFigures) -> Iterator[str]:
    if figures.reordered:
        yield "B-frames: pictures arrive later and out of order; switch them off, or choose profile Baseline or Main"
    if announced.audio:
        yield (
            f"the camera offers audio ({', '.join(announced.audio)}): the agent never asks for it; "
            "switch it off in the camera if nobody else needs it"
        )
    if not figures.intra_only and figures.bit_rate_spread is not None and figures.bit_rate_spread < _CONSTANT_SPREAD:
        yield (
            f"the bit rate is constant within {100 * figures.bit_rate_spread:.0f} %: if the camera is set to constant "
            "bit rate (CBR), packet sizes tell nothing of motion; variable bit rate (VBR) does, and a still scene then "
            "takes less of the network"
        )
