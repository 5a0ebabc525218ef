"""What the gate remembers of a camera, and what it says of a frame."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class SceneMemory:
    """What the gate remembers of each pixel; arrays of ``gate_shape``, never written to.

    Attributes:
        background: float32 luma, running average under the present light.
        restless: float32 luma levels, running mean of the absolute difference to the background.
        changed: bool, pixels that had changed in the last frame.
    """

    background: NDArray[np.float32]
    restless: NDArray[np.float32]
    changed: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class GateState:
    """What the gate remembers of one camera.

    Attributes:
        memory: Pixels; None before the first frame.
        seen_at_us: Capture time of the last frame.
        moving_until_us: End of the hold after the last change.
        settling_until_us: End of settling after the last scene change.
        specks: Running mean of the number of specks in a frame.
        drift: Running mean of the rate at which the light changes, as the logarithm of its factor per second.
    """

    memory: SceneMemory | None = None
    seen_at_us: int = 0
    moving_until_us: int = 0
    settling_until_us: int = 0
    specks: float = 0.0
    drift: float = 0.0


@dataclass(frozen=True, slots=True)
class Observation:
    """The next state, and what one frame shows.

    Attributes:
        state: State for the next frame.
        motion_score: Share of changed pixels among those not masked, 0..1.
        moving: Whether something moves, or did within the hold.
        scene_changed: Whether the scene changed as a whole: light switched, camera turned.
        unsure: Whether this frame alone cannot say that nobody is there: something changed that may as
            well be rain, or restless parts of the scene, drifting light or a new scene hide from packet
            sizes that somebody comes. A reason to decode the frames before and after it, not to
            publish it.
    """

    state: GateState
    motion_score: float
    moving: bool
    scene_changed: bool
    unsure: bool = False
