"""What one agent has to do for each camera, as it follows from the fleet file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ommatid_edge.camera_address import CameraAddress, check_address
from ommatid_edge.jpeg import JpegSettings
from ommatid_edge.motion_gate import GateSettings
from ommatid_edge.privacy_mask import PrivacyMasks
from ommatid_schemas.errors import ConfigurationError
from ommatid_schemas.fleet_file import Camera, Fleet, Group, KafkaConnection
from ommatid_schemas.priority import Priority
from ommatid_schemas.sampling import SamplingPolicy
from ommatid_schemas.topics import frames_topic


@dataclass(frozen=True, slots=True)
class CameraPlan:
    """One camera, with everything that its group says."""

    address: CameraAddress
    region: str
    group: str
    priority: Priority
    policy: SamplingPolicy
    gate: GateSettings
    masks: PrivacyMasks
    jpeg: JpegSettings

    @property
    def camera_id(self) -> str:
        """Camera, as in the fleet file."""
        return self.address.camera_id

    @property
    def topic(self) -> str:
        """Frames topic of the camera's group."""
        return frames_topic(self.region, self.priority, self.group)


@dataclass(frozen=True, slots=True)
class AgentPlan:
    """One agent's share of a fleet: the cameras of one region.

    Attributes:
        region: Region that the agent serves.
        kafka: How to reach its brokers.
        cameras: Cameras to watch.
        disabled: Identities of the cameras that the fleet file switches off.
    """

    region: str
    kafka: KafkaConnection
    cameras: tuple[CameraPlan, ...]
    disabled: tuple[str, ...]


def plan_agent(
    fleet: Fleet, region: str | None, camera_ids: Sequence[str], environment: Mapping[str, str]
) -> AgentPlan:
    """Share of a fleet that one agent runs, with secrets resolved.

    Args:
        fleet: Checked fleet file.
        region: Region to serve; may be None when the fleet has only one.
        camera_ids: Cameras to run; empty for all of the region.
        environment: Variables that hold the cameras' secrets.

    Raises:
        ConfigurationError: Unknown region or camera, missing secret, URL that cannot be dialled,
            or nothing to do; one message names all faults.
    """
    served = _region(fleet, region)
    faults = list(_unknown_cameras(fleet, served, camera_ids))
    chosen = {name: fleet.cameras[name] for name in camera_ids or fleet.cameras if name in fleet.cameras}
    here = {name: camera for name, camera in chosen.items() if camera.region == served}
    plans: list[CameraPlan] = []
    for name, camera in here.items():
        if camera.enabled:
            try:
                plans.append(_plan(name, camera, fleet.groups[camera.group], environment))
            except ConfigurationError as exc:
                faults.append(str(exc))
    if not here and not faults:
        faults.append(f"cameras: expected at least one in region {served}, found none")
    if faults:
        raise ConfigurationError("\n".join(faults))
    disabled = tuple(name for name, camera in here.items() if not camera.enabled)
    return AgentPlan(served, fleet.regions[served].kafka, tuple(plans), disabled)


def _region(fleet: Fleet, region: str | None) -> str:
    names = sorted(fleet.regions)
    if region is None and len(names) == 1:
        return names[0]
    if region not in fleet.regions:
        found = "none" if region is None else repr(region)
        raise ConfigurationError(
            f"--region: expected one of {', '.join(names)}, found {found}; an agent serves one region"
        )
    return region


def _unknown_cameras(fleet: Fleet, region: str, camera_ids: Sequence[str]) -> Iterator[str]:
    for name in camera_ids:
        if name not in fleet.cameras:
            yield f"--camera: expected a camera of the fleet file, found {name!r}"
        elif fleet.cameras[name].region != region:
            yield f"--camera: expected a camera of region {region}, found {name!r} of {fleet.cameras[name].region}"


def _plan(name: str, camera: Camera, group: Group, environment: Mapping[str, str]) -> CameraPlan:
    path = f"cameras.{name}.url"
    address = CameraAddress(name, camera.url.resolve(environment, path))
    check_address(address, path)
    motion = group.motion
    return CameraPlan(
        address=address,
        region=camera.region,
        group=camera.group,
        priority=group.priority,
        policy=group.sampling.policy,
        gate=GateSettings(motion.threshold, motion.contour_area, motion.lightning_threshold),
        masks=PrivacyMasks(camera.privacy_masks),
        jpeg=JpegSettings(group.publish.max_width, group.publish.quality),
    )
