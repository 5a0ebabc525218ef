"""What the motion gate is made of: small luma, light that changed as a whole, patches of changed pixels."""

from ommatid_edge.gate.light import lit
from ommatid_edge.gate.patches import Patches, patches
from ommatid_edge.gate.small_luma import HEIGHT_PX, gate_shape, small_luma

__all__ = ["HEIGHT_PX", "Patches", "gate_shape", "lit", "patches", "small_luma"]
