"""How messages travel between the agent and the process of a camera group.

Commands are pickles: the agent writes them, and the group trusts it. Reports are not. A group
parses whatever cameras and their networks send, and unpickling runs what the pickle says, so a
group that a hostile stream has taken over would take over the agent too, with its credentials.
A report is therefore a JSON header, checked field by field, and the image as it is.

    command = length (uint32, big endian), pickle
    report  = header length (uint32), image length (uint32), header, image
"""

import json
import pickle
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Any, BinaryIO, cast

from ommatid_edge.camera_condition import Condition
from ommatid_edge.camera_group.messages import (
    Alive,
    Command,
    ConditionChanged,
    FrameChosen,
    FramesDropped,
    Report,
)
from ommatid_edge.chosen_frame import ChosenFrame
from ommatid_edge.frame_selection import DropReason
from ommatid_schemas.errors import OmmatidError
from ommatid_schemas.events import CameraState, Clock, Reason, Tampering

_COMMAND = struct.Struct(">I")
_REPORT = struct.Struct(">II")
_LONGEST_HEADER_BYTES = 64 * 1024
_LONGEST_IMAGE_BYTES = 256 * 1024 * 1024


class MalformedReportError(OmmatidError):
    """A group's process sent something that is not a report; it is broken and has to be restarted."""


def encode_command(command: Command) -> bytes:
    """Bytes of a command."""
    body = pickle.dumps(command, protocol=pickle.HIGHEST_PROTOCOL)
    return _COMMAND.pack(len(body)) + body


def read_command(stream: BinaryIO) -> Command | None:
    """Next command of a blocking stream; None at its end, also when that is in the middle of a command."""
    length = _read_whole(stream, _COMMAND.size)
    body = None if length is None else _read_whole(stream, *_COMMAND.unpack(length))
    if body is None:
        return None
    return cast("Command", pickle.loads(body))  # noqa: S301 - written by the agent that started this process


def _read_whole(stream: BinaryIO, size_bytes: int) -> bytes | None:
    try:
        found = stream.read(size_bytes)
    except ConnectionResetError:
        # So a pipe ends whose other side was killed before it had read everything.
        return None
    return found if len(found) == size_bytes else None


def encode_report(report: Report) -> bytes:
    """Bytes of a report."""
    image = b""
    match report:
        case FrameChosen(frame):
            image = frame.image
            # Not asdict: it would copy the image.
            content = {name: getattr(frame, name) for name in _FRAME_FIELDS}
        case ConditionChanged(camera_id, condition):
            content = {"camera_id": camera_id, "condition": asdict(condition)}
        case FramesDropped(counts):
            content = {"counts": counts}
        case Alive():
            content = asdict(report)
    header = json.dumps([type(report).__name__, content], separators=(",", ":")).encode()
    return b"".join((_REPORT.pack(len(header), len(image)), header, image))


class ReportReader:
    """Puts reports together from a stream of bytes that may be cut anywhere."""

    def __init__(self) -> None:
        self._kept = bytearray()

    def feed(self, received: bytes) -> Iterator[Report]:
        """Reports that are complete with these bytes, oldest first.

        Raises:
            MalformedReportError: The bytes are no reports; nothing after it can be read.
        """
        self._kept += received
        while (size := self._size()) is not None and len(self._kept) >= size:
            report = _decode(bytes(self._kept[:size]))
            del self._kept[:size]
            yield report

    def _size(self) -> int | None:
        """Length of the first report, bytes; None when not even that is known."""
        if len(self._kept) < _REPORT.size:
            return None
        header_bytes, image_bytes = _REPORT.unpack_from(self._kept)
        if header_bytes > _LONGEST_HEADER_BYTES or image_bytes > _LONGEST_IMAGE_BYTES:
            raise MalformedReportError(
                f"camera group: expected a report, found lengths of {header_bytes} and {image_bytes} bytes; "
                "restarting the group"
            )
        return _REPORT.size + header_bytes + image_bytes


def _decode(report: bytes) -> Report:
    header_bytes, _ = _REPORT.unpack_from(report)
    image_at = _REPORT.size + header_bytes
    try:
        name, content = json.loads(report[_REPORT.size : image_at])
        return _DECODERS[name](content, report[image_at:])
    except (ValueError, TypeError, KeyError, AttributeError) as exc:
        raise MalformedReportError(
            f"camera group: expected a report, found one that cannot be read ({type(exc).__name__}); "
            "restarting the group"
        ) from exc


_FRAME_FIELDS = ("camera_id", "captured_at_us", "clock", "reason", "motion_score", "width_px", "height_px")


def _frame(content: Mapping[str, Any], image: bytes) -> FrameChosen:
    return FrameChosen(
        ChosenFrame(
            camera_id=str(content["camera_id"]),
            captured_at_us=int(content["captured_at_us"]),
            clock=Clock(content["clock"]),
            reason=Reason(content["reason"]),
            motion_score=float(content["motion_score"]),
            width_px=int(content["width_px"]),
            height_px=int(content["height_px"]),
            image=image,
        )
    )


def _dropped(content: Mapping[str, Any], image: bytes) -> FramesDropped:
    del image
    return FramesDropped(
        {
            str(camera_id): {DropReason(reason): int(count) for reason, count in counts.items()}
            for camera_id, counts in content["counts"].items()
        }
    )


def _condition(content: Mapping[str, Any], image: bytes) -> ConditionChanged:
    del image
    told = content["condition"]
    condition = Condition(
        state=CameraState(told["state"]),
        since_us=int(told["since_us"]),
        connections=int(told["connections"]),
        faults=int(told["faults"]),
        clock_offset_us=_optional(int, told["clock_offset_us"]),
        clock_drift_ppm=_optional(float, told["clock_drift_ppm"]),
        clock_jumps=int(told["clock_jumps"]),
        gear=str(told["gear"]),
        key_frame_distance_us=_optional(int, told["key_frame_distance_us"]),
        tampering={Tampering(it): int(since_us) for it, since_us in told["tampering"].items()},
    )
    return ConditionChanged(str(content["camera_id"]), condition)


def _alive(content: Mapping[str, Any], image: bytes) -> Alive:
    del image
    return Alive(int(content["rss_bytes"]), float(content["cpu_s"]), int(content["threads"]))


def _optional(kind: Callable[[Any], Any], value: Any) -> Any:
    return None if value is None else kind(value)


_DECODERS: Mapping[str, Callable[[Mapping[str, Any], bytes], Report]] = {
    "FrameChosen": _frame,
    "FramesDropped": _dropped,
    "ConditionChanged": _condition,
    "Alive": _alive,
}
