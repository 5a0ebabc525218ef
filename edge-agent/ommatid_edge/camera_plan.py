"""What the agent has to do for one camera."""

from dataclasses import dataclass, field

from ommatid_edge.camera_address import CameraAddress
from ommatid_edge.gears.settings import GearSettings
from ommatid_edge.jpeg import JpegSettings
from ommatid_edge.motion_gate import GateSettings
from ommatid_edge.privacy_mask import PrivacyMasks
from ommatid_schemas.priority import Priority
from ommatid_schemas.sampling import SamplingPolicy
from ommatid_schemas.topics import frames_topic


@dataclass(frozen=True, slots=True)
class CameraPlan:
    """One camera, with everything that its group says.

    Attributes:
        address: The stream that is watched: the camera's substream where it has one.
        region: Region whose brokers its frames go to.
        group: Group of the fleet file.
        priority: The group's priority.
        policy: When a frame is worth publishing.
        gate: What counts as motion.
        masks: What is blackened before a frame is encoded.
        jpeg: Size and quality of published frames.
        decode: How much of the stream is decoded.
        motion_masks: Where motion does not count; still published.
        site: Place behind one uplink, within which few cameras connect at once; empty for the agent's own.
        tls_verify: Whether the certificate of an rtsps camera is checked.
    """

    address: CameraAddress
    region: str
    group: str
    priority: Priority
    policy: SamplingPolicy
    gate: GateSettings
    masks: PrivacyMasks
    jpeg: JpegSettings
    decode: GearSettings = field(default_factory=GearSettings)
    motion_masks: PrivacyMasks = field(default_factory=PrivacyMasks)
    site: str = ""
    tls_verify: bool = True

    @property
    def camera_id(self) -> str:
        """Camera, as in the fleet file."""
        return self.address.camera_id

    @property
    def topic(self) -> str:
        """Frames topic of the camera's group."""
        return frames_topic(self.region, self.priority, self.group)
