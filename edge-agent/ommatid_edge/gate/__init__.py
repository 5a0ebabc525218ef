"""What the motion gate is made of: settings and memory, small luma, light that changed, patches of changed pixels."""

from ommatid_edge.gate.light import lit
from ommatid_edge.gate.patches import Patches, patches
from ommatid_edge.gate.settings import GateSettings
from ommatid_edge.gate.small_luma import HEIGHT_PX, gate_shape, small_luma
from ommatid_edge.gate.state import GateState, Observation, SceneMemory

__all__ = [
    "HEIGHT_PX",
    "GateSettings",
    "GateState",
    "Observation",
    "Patches",
    "SceneMemory",
    "gate_shape",
    "lit",
    "patches",
    "small_luma",
]
