"""Which cameras one agent watches, as it follows from the fleet file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ommatid_edge.camera_address import CameraAddress, check_address
from ommatid_edge.camera_plan import CameraPlan
from ommatid_edge.gears.settings import GearSettings
from ommatid_edge.jpeg import JpegSettings
from ommatid_edge.motion_gate import GateSettings
from ommatid_edge.privacy_mask import PrivacyMasks
from ommatid_schemas.errors import ConfigurationError
from ommatid_schemas.fleet_file import Camera, Fleet, Group, KafkaConnection
from ommatid_schemas.topics import triggers_topic


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

    @property
    def trigger_topics(self) -> tuple[str, ...]:
        """Topics with the triggers of these cameras, sorted."""
        return tuple(sorted({triggers_topic(self.region, camera.priority) for camera in self.cameras}))


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
    motion = group.motion
    return CameraPlan(
        address=_address(name, camera, environment),
        region=camera.region,
        group=camera.group,
        priority=group.priority,
        policy=group.sampling.policy,
        gate=GateSettings(motion.threshold, motion.contour_area, motion.lightning_threshold),
        masks=PrivacyMasks(camera.privacy_masks),
        jpeg=JpegSettings(group.publish.max_width, group.publish.quality),
        decode=_gear_settings(group),
        motion_masks=PrivacyMasks(camera.motion.mask),
        site=camera.site or "",
        tls_verify=camera.tls_verify,
    )


def _address(name: str, camera: Camera, environment: Mapping[str, str]) -> CameraAddress:
    """The stream to watch; with a substream the main one is never dialled, so its secrets need not be set."""
    chosen, key = (camera.url, "url") if camera.substream is None else (camera.substream, "substream")
    path = f"cameras.{name}.{key}"
    address = CameraAddress(name, chosen.resolve(environment, path))
    check_address(address, path)
    return address


def _gear_settings(group: Group) -> GearSettings:
    return GearSettings(
        always_full=group.decode.gear == "full",
        max_blind_us=round(group.decode.max_blind * 1e6),
        quiet_us=round(group.decode.quiet * 1e6),
        buffer_bytes=group.decode.buffer_bytes,
        look_back_us=round(group.sampling.look_back * 1e6),
    )
