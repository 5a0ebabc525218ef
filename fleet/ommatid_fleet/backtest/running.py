"""Reads what a backtest needs, and plays it through one or two fleet files."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from ommatid_connectors.kafka import client_config, read_to_end
from ommatid_fleet.backtest.conversion import playable
from ommatid_fleet.backtest.deployment import Deployment, footage_deployment, only_camera, topic_deployment
from ommatid_fleet.backtest.footage import Footage
from ommatid_fleet.backtest.playing import Player
from ommatid_fleet.backtest.progress import Showing
from ommatid_fleet.backtest.recorded_frames import RecordedFrames
from ommatid_fleet.backtest.remembering import Memory
from ommatid_fleet.backtest.request import FootageRequest, PlayOptions, TopicRequest
from ommatid_fleet.backtest.result import Result
from ommatid_schemas.errors import ConfigurationError
from ommatid_schemas.fleet_file import load_fleet


def run_backtest(
    fleets: Sequence[Path], request: FootageRequest | TopicRequest, options: PlayOptions, showing: Showing
) -> list[Result]:
    """Play footage, or frames that were published, through each of some fleet files.

    Args:
        fleets: The fleet files.
        request: What to play.
        options: Choices.
        showing: Shows how far it is.

    Raises:
        OmmatidError: A file is wrong, a model does not load, or the topic cannot be read or holds no such frames.
    """
    if isinstance(request, FootageRequest):
        return _play_footage(fleets, request, options, showing)
    return _play_topic(fleets, request, options, showing)


def _play_footage(
    fleets: Sequence[Path], request: FootageRequest, options: PlayOptions, showing: Showing
) -> list[Result]:
    loaded = [load_fleet(path) for path in fleets]
    camera = only_camera(loaded[0], request.camera, str(fleets[0]))
    deployments = [
        footage_deployment(fleet, camera, str(path), options.threads)
        for path, fleet in zip(fleets, loaded, strict=True)
    ]
    _require_allowed(deployments, options)
    memory, results = _shared_memory(deployments), list[Result]()
    with tempfile.TemporaryDirectory(prefix="ommatid-backtest-") as folder:
        footage = Footage(playable(request.paths, Path(folder), showing))
        expected_s = footage.expected_s()
        for deployment in deployments:
            with showing(deployment.source, expected_s) as progress:
                results.append(Player(deployment, options, request.start_us, memory).footage(footage, progress))
    return results


def _play_topic(fleets: Sequence[Path], request: TopicRequest, options: PlayOptions, showing: Showing) -> list[Result]:
    deployments = [topic_deployment(load_fleet(path), request.topic, str(path), options.threads) for path in fleets]
    _require_allowed(deployments, options)
    memory, results = _shared_memory(deployments), list[Result]()
    with RecordedFrames() as recorded:
        with showing(f"read {request.topic}", 0):
            _read(deployments[0], request, recorded)
        for deployment in deployments:
            with showing(deployment.source, len(recorded)) as progress:
                player = Player(deployment, options, request.start_us, memory)
                results.append(player.recorded(recorded, request.duration_s, progress))
    return results


def _require_allowed(deployments: Sequence[Deployment], options: PlayOptions) -> None:
    if not options.ask_vision_models:
        for deployment in deployments:
            deployment.require_no_vision_model()


def _shared_memory(deployments: Sequence[Deployment]) -> Memory | None:
    return {} if len(deployments) > 1 else None


def _read(deployment: Deployment, request: TopicRequest, recorded: RecordedFrames) -> None:
    client = client_config(deployment.fleet.regions[deployment.settings.region].kafka, request.bootstrap)
    from_ms = request.start_us // 1000
    records = read_to_end(client, request.topic, since_ms=from_ms)
    recorded.keep(records, from_ms=from_ms, to_ms=request.end_us // 1000, camera_id=request.camera)
    if not len(recorded):
        raise ConfigurationError(
            f"--topic {request.topic}: expected frames between --from and --to, found none; times are those of "
            "capture, and the topic's retention may have passed"
        )
