"""From the fleet file to the settings of one detect job, on the client that submits it."""

from ommatid_jobs.detectors.loading import needed
from ommatid_jobs.flink.detect.settings import DetectSettings, GroupSettings
from ommatid_jobs.flink.submission_checks import check_detectors, check_region
from ommatid_schemas.errors import ConfigurationError
from ommatid_schemas.fleet_file import Fleet
from ommatid_schemas.priority import Priority


def detect_settings(
    fleet: Fleet, region: str, priority: Priority, *, batch_size: int = 8, detector_threads: int = 1
) -> DetectSettings:
    """Settings of the job for one region and priority.

    Args:
        fleet: The fleet file.
        region: Name of a region in it.
        priority: Which groups the job serves.
        batch_size: Frames in one model call, at most.
        detector_threads: Threads of one model call on a CPU.

    Raises:
        ConfigurationError: Unknown region, detector or label, or no camera in the region has a group of this priority.
    """
    check_region(fleet, region)
    check_detectors(fleet)
    _check_priority(fleet, region, priority)
    groups = {
        name: GroupSettings(
            detector=group.detector,
            policy=group.sampling.policy,
            event_labels=_event_labels(fleet, name),
            budget=group.budget,
            cameras=_cameras(fleet, region, name),
        )
        for name, group in fleet.groups.items()
        if group.priority is priority
    }
    return DetectSettings(
        region=region,
        priority=priority,
        groups=groups,
        defined=needed({group.detector for group in groups.values()}, fleet.detectors),
        batch_size=batch_size,
        detector_threads=detector_threads,
    )


def _cameras(fleet: Fleet, region: str, group: str) -> int:
    return sum((camera.region, camera.group) == (region, group) for camera in fleet.cameras.values())


def _check_priority(fleet: Fleet, region: str, priority: Priority) -> None:
    found = {fleet.groups[camera.group].priority for camera in fleet.cameras.values() if camera.region == region}
    if priority not in found:
        raise ConfigurationError(
            f"priority: expected that of a group with cameras in region {region!r} "
            f"({', '.join(sorted(found)) or 'it has no cameras'}), found {priority.value!r}"
        )


def _event_labels(fleet: Fleet, group: str) -> frozenset[str] | None:
    """Labels that the group's rules watch: a parked car must not hold the event layer open for ever.

    Without such a rule, and for one that reads answers about whatever is seen, that is every label: None.
    """
    watching = [rule for rule in fleet.rules.values() if group in rule.groups and (rule.labels or rule.answers)]
    labels = frozenset(label for rule in watching for label in rule.labels)
    return labels if watching and all(rule.labels for rule in watching) else None
