"""Why a stream is decoded in full although its group would let key frames suffice."""

from ommatid_edge.gears.gear_shift import Cue
from ommatid_edge.gears.onlooker import GearReport
from ommatid_edge.gears.settings import GearSettings


def obstacle_to_idle(settings: GearSettings, report: GearReport) -> str | None:
    """What is expected of the stream, what was found, and what to do; None when nothing is in the way."""
    match report.reason:
        case Cue.KEY_FRAMES_TOO_FAR_APART:
            found = _distance(settings, report.key_frame_distance_us)
            return (
                f"expected key frames at most {settings.max_blind_us / 1e6:.1f} s apart, found {found}; "
                "set a shorter key frame interval on the camera, watch its substream, or raise decode.max_blind"
            )
        case Cue.BUFFER_TOO_SMALL:
            return (
                f"expected the packets from one key frame to the next within {settings.buffer_bytes} bytes, "
                "found more; raise decode.buffer_bytes, or lower bit rate or key frame interval on the camera"
            )
        case Cue.KEY_FRAME_UNREADABLE:
            return (
                "expected key frames that can be decoded alone, found one that cannot, as with intra refresh; "
                "trying again each minute, switch intra refresh off on the camera"
            )
        case _:
            return None


def _distance(settings: GearSettings, found_us: int | None) -> str:
    """A distance that was measured and is too long, else that the next key frame has not come yet."""
    return "none in time" if found_us is None or settings.tolerates(found_us) else f"{found_us / 1e6:.1f} s"
