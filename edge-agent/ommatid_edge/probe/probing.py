"""Connects to one camera, watches it for a while and says what it is like."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import av
from av.video.stream import VideoStream

from ommatid_edge.camera_address import CameraAddress
from ommatid_edge.probe.advice import Intent
from ommatid_edge.probe.decode_cost import DecodeCost, decode_all, decode_key_frames
from ommatid_edge.probe.facts import Announced, CpuFacts
from ommatid_edge.probe.recording import PacketRecorder, ProbeClock
from ommatid_edge.probe.report import ProbeReport, report
from ommatid_edge.rtsp_faults import PYAV_ERRORS
from ommatid_edge.rtsp_stream import RtspStream, StreamLimits, open_container
from ommatid_edge.tls_trust import tls_options

_DECODE_BUDGET_S = 4.0


@dataclass(frozen=True, slots=True)
class ProbeRequest:
    """One camera to probe.

    Attributes:
        address: Camera.
        seconds: How long to watch it, seconds.
        tls_verify: Whether the certificate of an rtsps camera is checked.
        intent: How the agent will use the stream.
        limits: Times of the connection.
    """

    address: CameraAddress
    seconds: float
    tls_verify: bool = True
    intent: Intent = field(default_factory=Intent)
    limits: StreamLimits = field(default_factory=StreamLimits)


def probe(request: ProbeRequest, clock: ProbeClock, on_progress: Callable[[str, float], None]) -> ProbeReport:
    """Watch a camera as the agent would, then decode what came to see what it costs.

    Args:
        request: Camera and how to look at it.
        clock: Time.
        on_progress: Told what is being done, and how much of it is done, 0..1.

    Raises:
        CameraError: The leaf that says why there is nothing to report.
    """
    on_progress("connecting", 0.0)
    container = open_container(request.address, request.limits, tls_verify=request.tls_verify)
    try:
        stream = container.streams.video[0]
        recorder = PacketRecorder(request.seconds, clock, lambda share: on_progress("watching", share))
        began_s = time.thread_time()
        connection = RtspStream(request.address, container, recorder, request.limits, recorder.enough)
        for _ in connection.frames():
            pass
        demux_s = time.thread_time() - began_s
        watched_s = clock.now_s() - recorder.facts[0].arrived_s
        on_progress("decoding", 0.0)
        key_frames = decode_key_frames(stream, recorder.kept, _DECODE_BUDGET_S)
        everything = decode_all(stream, recorder.kept, _DECODE_BUDGET_S)
        announced = _announced(stream, everything)
        recorder.kept.clear()
    finally:
        container.close()
    on_progress("looking for audio", 0.0)
    announced = replace(announced, audio=audio_codecs(request))
    cpu = _cpu(watched_s, demux_s, key_frames, everything)
    return report(str(request.address), announced, tuple(recorder.facts), cpu, request.intent)


def audio_codecs(request: ProbeRequest) -> tuple[str, ...] | None:
    """Audio tracks of the session description; None when the camera does not let us in a second time.

    The agent asks for video only, so it never sees the others: this takes a connection of its own.
    """
    options = {"rtsp_transport": "tcp", "probesize": "32", **tls_options(verify=request.tls_verify)}
    limits = (request.limits.open_s, request.limits.read_s)
    try:
        # Not closed by a `with`: its error would hold the URL with the password.
        container = av.open(request.address.url.get_secret_value(), mode="r", options=options, timeout=limits)
    except PYAV_ERRORS:
        return None
    codecs = tuple(track.codec_context.name for track in container.streams.audio)
    container.close()
    return codecs


def _cpu(watched_s: float, demux_s: float, key_frames: DecodeCost, everything: DecodeCost) -> CpuFacts:
    return CpuFacts(
        watched_s=watched_s,
        demux_s=demux_s,
        key_frames=key_frames.packets - key_frames.undecodable,
        key_frames_s=key_frames.cpu_s,
        frames=everything.packets - everything.undecodable,
        frames_s=everything.cpu_s,
        undecodable=everything.undecodable,
        corrupt=everything.corrupt,
    )


def _announced(stream: VideoStream, decoded: DecodeCost) -> Announced:
    """The decoder knows profile and size for sure; the session description is what is left without it."""
    decoder, described = decoded.decoder, stream.codec_context
    rate = stream.average_rate or stream.guessed_rate
    return Announced(
        codec=described.name,
        profile=decoder.profile or described.profile or "",
        width_px=decoder.width or described.width,
        height_px=decoder.height or described.height,
        fps=float(rate) if rate else None,
        audio=None,
    )
