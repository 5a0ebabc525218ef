"""What a camera group says about decoding."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GearSettings:
    """When key frames suffice; the defaults are those of the fleet file.

    Attributes:
        always_full: Decode every frame, always.
        max_blind_us: Key frames further apart than this are not enough: every frame is decoded.
        quiet_us: Time without motion after which key frames suffice again.
        buffer_bytes: Most bytes of packets that are kept since the last key frame.
        look_back_us: On a trigger, frames that are still buffered are published from this long ago on, but
            none from before its cause; 0 is off.
    """

    always_full: bool = False
    max_blind_us: int = 2_000_000
    quiet_us: int = 5_000_000
    buffer_bytes: int = 4 * 1024 * 1024
    look_back_us: int = 0

    def tolerates(self, key_frame_distance_us: int) -> bool:
        """Whether key frames this far apart are enough.

        The limit has a tenth of grace: timestamps jitter, and few frame rates divide a limit evenly.
        """
        return 10 * key_frame_distance_us <= 11 * self.max_blind_us
