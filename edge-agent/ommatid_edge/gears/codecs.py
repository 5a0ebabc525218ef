"""Decoders for a stream, made as they are needed."""

# PyAV's stubs leave the kind of stream of a decoder's packets open.
# pyright: reportUnknownMemberType=false

import av
import av.error
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream


def new_codec(stream: VideoStream, *, quick: bool = False) -> VideoCodecContext:
    """A decoder that knows nothing but the stream's parameters; one thread.

    A stream's own decoder is left alone: a decoder that is not needed any more can then be dropped with all its
    pictures.

    Args:
        stream: Video stream of an open connection.
        quick: Leave out the deblocking filter: a tenth less work for a key frame, whose pixels then differ a little.
    """
    codec = av.CodecContext.create(stream.codec_context.codec, "r")
    if not isinstance(codec, VideoCodecContext):
        raise TypeError(f"expected the codec of a video stream, found {type(codec).__name__}")
    codec.extradata = stream.codec_context.extradata
    codec.thread_type = "SLICE"
    codec.thread_count = 1
    codec.copy_opaque = True
    if quick:
        codec.options = {"skip_loop_filter": "all"}
    return codec


def decode_alone(codec: VideoCodecContext, packet: "Packet[VideoStream]") -> VideoFrame | None:
    """Decode a key frame with nothing before or after it; None when that gives no frame.

    Args:
        codec: A decoder without anything inside, which it is afterwards too.
        packet: Packet of the key frame.
    """
    try:
        # A decoder that waits for frames which might come before this one gives it only at the end.
        frames = codec.decode(packet) or codec.decode(None)
    except av.error.FFmpegError:
        frames = []
    if codec.is_open:
        codec.flush_buffers()
    return frames[0] if frames else None
