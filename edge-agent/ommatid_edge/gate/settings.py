"""How sensitive the gate is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GateSettings:
    """Sensitivity of the gate; the defaults are those of the fleet file.

    Attributes:
        threshold: Luma difference from which a pixel has changed, 1..255; raised where a pixel is restless.
        contour_area: Pixels in one patch, after dilation and at 100 px height, from which the scene moves.
        lightning_threshold: Share of changed pixels from which the whole scene changed, 0..1.
        light_step: Change of the light, as the logarithm of its factor, from which the scene changed.
        hold_us: How long a scene counts as moving after the last change.
        half_life_us: Time in which the background takes up half of a lasting change.
        settle_us: How long after a scene change the background follows each frame and no motion is
            reported: exposure and white balance are still settling.
        restless_half_life_us: Time in which a pixel's restlessness is half learnt, and half forgotten.
        specks_half_life_us: The same for rain.
    """

    threshold: int = 15
    contour_area: int = 10
    lightning_threshold: float = 0.8
    light_step: float = 0.25
    hold_us: int = 1_000_000
    half_life_us: int = 1_000_000
    settle_us: int = 1_000_000
    restless_half_life_us: int = 12_000_000
    specks_half_life_us: int = 5_000_000
