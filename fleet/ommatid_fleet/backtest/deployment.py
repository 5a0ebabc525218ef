"""What one fleet file says about the frames that are played: edge, detect job and rules."""

from dataclasses import dataclass

from ommatid_edge.agent_plan import plan_agent
from ommatid_edge.camera_plan import CameraPlan
from ommatid_fleet.backtest.accounts import Price, price_of
from ommatid_jobs.detectors.loading import needed
from ommatid_jobs.flink.detect.deployment import detect_settings
from ommatid_jobs.flink.detect.settings import DetectSettings
from ommatid_jobs.operators.rules import RuleBook, rule_book
from ommatid_schemas.errors import ConfigurationError
from ommatid_schemas.fleet_file import Fleet, VisionLlm
from ommatid_schemas.fleet_file.values import SecretTemplate
from ommatid_schemas.topics import frames_topic

_NO_ADDRESS = "rtsp://footage/camera"
"""Stands for the address of a camera that is not dialled, so that its secrets need not be set."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """One configuration, resolved.

    Attributes:
        source: The fleet file.
        fleet: What it says, as far as it concerns the frames.
        group: Group whose frames are played.
        settings: Of the detect job.
        book: Rules of the alert job.
        camera: The edge's plan of the camera whose footage is played; None for frames that were published.
    """

    source: str
    fleet: Fleet
    group: str
    settings: DetectSettings
    book: RuleBook
    camera: CameraPlan | None = None

    @property
    def asks_vision_models(self) -> bool:
        """Whether frames may go to a vision language model, which costs money."""
        return any(isinstance(it, VisionLlm) for it in self.settings.defined.values())

    def require_no_vision_model(self) -> None:
        """Refuse to spend money that nobody has agreed to.

        Raises:
            ConfigurationError: Frames may go to a vision language model.
        """
        if self.asks_vision_models:
            raise ConfigurationError(
                f"{self.source}: groups.{self.group}.detector leads to a vision language model, which is asked for "
                "real and paid for; add --ask-vision-models, or give a copy of the file another detector"
            )

    def price(self, per_1000_calls: float | None) -> Price | None:
        """What a frame that the model looks at costs; None where nobody says so."""
        return price_of(per_1000_calls, self.group, self.fleet.groups[self.group].budget.price)


def footage_deployment(fleet: Fleet, camera_id: str, source: str, threads: int = 1) -> Deployment:
    """Deployment of a camera whose footage is played: as if the fleet had no other camera.

    Its group's budget is all its own. It may be one that the fleet file switches off, and its secrets need not be set.

    Args:
        fleet: The fleet file.
        camera_id: The camera.
        source: Name of the file, for errors.
        threads: CPU threads of one model call.

    Raises:
        ConfigurationError: No such camera, or detectors or labels that there are not.
    """
    if camera_id not in fleet.cameras:
        raise ConfigurationError(
            f"{source}: expected a camera {camera_id!r}, found {', '.join(sorted(fleet.cameras)) or 'no camera'}; "
            "choose one with --camera"
        )
    camera = fleet.cameras[camera_id]
    here = camera.model_copy(update={"url": SecretTemplate(_NO_ADDRESS), "substream": None, "enabled": True})
    alone = fleet.model_copy(update={"cameras": {camera_id: here}})
    (plan,) = plan_agent(alone, camera.region, (), {}).cameras
    priority = alone.groups[camera.group].priority
    settings = detect_settings(alone, camera.region, priority, batch_size=1, detector_threads=threads)
    return Deployment(source, alone, camera.group, _only(settings, camera.group), rule_book(alone, camera.region), plan)


def topic_deployment(fleet: Fleet, topic: str, source: str, threads: int = 1) -> Deployment:
    """Deployment that reads a frames topic.

    Args:
        fleet: The fleet file.
        topic: Name of the topic.
        source: Name of the file, for errors.
        threads: CPU threads of one model call.

    Raises:
        ConfigurationError: No group of the fleet publishes to it, or detectors or labels that there are not.
    """
    used = {(it.region, it.group) for it in fleet.cameras.values()}
    known = {frames_topic(region, fleet.groups[group].priority, group): (region, group) for region, group in used}
    if topic not in known:
        raise ConfigurationError(
            f"{source}: expected a frames topic of its cameras, {', '.join(sorted(known)) or 'of which it has none'}, "
            f"found {topic!r}"
        )
    region, group = known[topic]
    priority = fleet.groups[group].priority
    settings = detect_settings(fleet, region, priority, batch_size=1, detector_threads=threads)
    return Deployment(source, fleet, group, _only(settings, group), rule_book(fleet, region))


def only_camera(fleet: Fleet, name: str | None, source: str) -> str:
    """The camera that is meant: the one that is named, else the only one that there is.

    Raises:
        ConfigurationError: None is named, and the fleet does not have exactly one.
    """
    if name is not None:
        return name
    if len(fleet.cameras) != 1:
        raise ConfigurationError(
            f"--camera: expected the camera that the footage is of, found none named and {len(fleet.cameras)} in "
            f"{source}: {', '.join(sorted(fleet.cameras)) or 'add one'}"
        )
    return next(iter(fleet.cameras))


def _only(settings: DetectSettings, group: str) -> DetectSettings:
    """Settings without the groups, and the models, of which no frame is played."""
    groups = {group: settings.groups[group]}
    defined = needed({settings.groups[group].detector}, settings.defined)
    return settings.model_copy(update={"groups": groups, "defined": defined})
