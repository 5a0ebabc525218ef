"""A look at single key frames, as cheap as it can be."""

from av.packet import Packet
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from ommatid_edge.gears.codecs import decode_alone, new_codec
from ommatid_edge.gears.packet_decoder import ArrivedPacket
from ommatid_edge.picture import ArrivedFrame
from ommatid_edge.video_picture import RedecodedPicture, VideoPicture


class KeyFrameDecoder:
    """Decodes key frames alone and without deblocking; a frame that is published is decoded again in full quality.

    Args:
        stream: Video stream of an open connection.
    """

    def __init__(self, stream: VideoStream) -> None:
        self._stream = stream
        self._codec = new_codec(stream, quick=True)
        self._reformatter = VideoReformatter()

    def decode(self, arrived: ArrivedPacket) -> ArrivedFrame | None:
        """The frame of a key frame's packet; None when it cannot be decoded alone."""
        frame = decode_alone(self._codec, arrived.packet)
        if frame is None:
            return None
        glanced = VideoPicture(frame, self._reformatter)
        picture = RedecodedPicture(glanced, lambda: self._again(arrived.packet))
        return ArrivedFrame(arrived.arrived_at_us, arrived.rtcp_at_us, frame.is_corrupt, picture)

    def _again(self, packet: "Packet[VideoStream]") -> VideoPicture | None:
        frame = decode_alone(new_codec(self._stream), packet)
        return None if frame is None else VideoPicture(frame, self._reformatter)
