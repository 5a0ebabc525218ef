"""``ommatid backtest`` on real people, with the packaged model, and on frames of a real broker."""

import json
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from ommatid_connectors.kafka import ProducerSettings, RecordProducer, client_config, ensure_topics
from ommatid_fleet.backtest.deployment import footage_deployment
from ommatid_fleet.backtest.footage import Footage
from ommatid_fleet.backtest.virtual_camera import VirtualCamera
from ommatid_fleet.cli import app
from ommatid_fleet.local import KafkaBroker
from ommatid_schemas import FrameEvent, Priority, SingleObjectCodec, topics
from ommatid_schemas.fleet_file import load_fleet, topic_plan

FOOTAGE = Path(__file__).parents[3] / "edge-agent" / "ommatid_edge" / "simulator" / "footage"
PEOPLE, SPARSE, EVENTS = FOOTAGE / "people.mp4", FOOTAGE / "sparse.mp4", FOOTAGE / "sparse.events.csv"
# Two minutes ago: what is older than the topic's retention, the broker deletes.
START_S = int(time.time()) - 120
FLEET = """
version: 1
regions: {{{region}: {{kafka: {{bootstrap: "{bootstrap}"}}}}}}
groups:
  street:
    priority: safety
    detector: {detector}
    sampling: {{motion: {rate}, event_rate: {rate}, shadow: 0}}
cameras:
  street-1:
    url: "rtsp://{{STREET_USER}}:{{STREET_PASSWORD}}@10.0.0.7/main"
    region: {region}
    group: street
    zones: {{pavement: {{coordinates: [0.0, 0.45, 1.0, 0.45, 1.0, 1.0, 0.0, 1.0]}}}}
rules:
  person: {{groups: [street], labels: [person], confirm: {confirm}, cooldown: 5s}}
  person-on-pavement: {{groups: [street], labels: [person], zones: [pavement], report: [new, end]}}
"""


def fleet_file(
    folder: Path,
    name: str = "fleet.yaml",
    *,
    detector: str = "nanodet-416",
    rate: str = "2/s",
    confirm: str = "2 of 3",
    region: str = "eu",
    bootstrap: str = "127.0.0.1:1",
) -> str:
    path = folder / name
    path.write_text(FLEET.format(detector=detector, rate=rate, confirm=confirm, region=region, bootstrap=bootstrap))
    return str(path)


def backtest(*arguments: str) -> Result:
    """Run the command; what it raises comes through."""
    return CliRunner().invoke(app, ["backtest", *arguments], catch_exceptions=False)


def record_of(*arguments: str) -> dict[str, Any]:
    return json.loads(backtest(*arguments, "--json").stdout)


def raised(configuration: dict[str, Any]) -> list[tuple[str, float, str]]:
    return [(it["rule"], it["raised_s"], it["alert_id"]) for it in configuration["alerts"]]


def require_accounts(configuration: dict[str, Any]) -> None:
    counts: dict[str, dict[str, int]] = {name: it for name, it in configuration["frames"].items() if name != "captured"}
    frames = {name: sum(it.values()) for name, it in counts.items()}
    assert configuration["frames"]["captured"] in {None, frames["published"] + frames["not_published"]}
    assert frames["published"] == frames["looked_at"] + frames["dropped"] + frames["dead_letters"]
    assert configuration["model_calls"] == frames["looked_at"]


def test_real_people_raise_the_same_alerts_in_every_run(tmp_path: Path):
    arguments = ["--fleet", fleet_file(tmp_path, rate="1/s"), "--video", str(PEOPLE)]

    first, second = (backtest(*arguments, "--json").stdout for _ in range(2))

    assert first == second
    (configuration,) = json.loads(first)["configurations"]
    assert {it["rule"] for it in configuration["alerts"]} == {"person", "person-on-pavement"}
    assert {it["label"] for it in configuration["alerts"]} == {"person"}
    assert configuration["frames"]["captured"] == 795
    require_accounts(configuration)


def test_events_change_and_pictures_are_reported_on(tmp_path: Path):
    report, tracks = tmp_path / "out" / "report.html", tmp_path / "out" / "tracks.csv"
    files = ["--events", str(EVENTS), "--report", str(report), "--dump-tracks", str(tracks)]
    patient = fleet_file(tmp_path, "patient.yaml", confirm="4 of 6")

    record = record_of("--fleet", fleet_file(tmp_path), "--against", patient, "--video", str(SPARSE), *files)

    a, b = record["configurations"]
    assert (a["score"]["recall"], a["score"]["false_alerts"]) == (1.0, 0)
    assert 0 < a["score"]["delay_s"]["p50"] < b["score"]["delay_s"]["p50"] < 5
    assert [it["by_s"] > 0 for it in record["changes"]["moved"]] == [True] * 3
    # The same frames go to the same model: it looks at each of them once.
    assert b["model_calls_from_memory"] == b["model_calls"] == a["model_calls"]
    html = report.read_text(encoding="utf-8")
    assert html.count("data:image/jpeg;base64,") >= 4
    assert "person-on-pavement" in html
    lines = tracks.read_text(encoding="utf-8").splitlines()
    assert len(lines) > 20
    assert all(re.fullmatch(r"\d+,\d+(,\d+\.\d\d){4},0\.\d{4},-1,-1,-1", line) for line in lines)
    assert {int(line.split(",")[0]) for line in lines} <= set(range(100, 601))


def test_without_a_model_every_frame_is_accounted_for(tmp_path: Path):
    result = backtest("--fleet", fleet_file(tmp_path, detector="null-416"), "--video", str(PEOPLE))

    assert re.search(r"795 captured, \d+ published", result.stdout)
    assert "no price known" in result.stdout
    assert "  alerts       0\n" in result.stdout
    assert re.search(r"played in .* x real time", result.stderr)


def instant(at_s: int) -> str:
    return datetime.fromtimestamp(at_s, tz=UTC).isoformat()


def published_frames(fleet: str) -> list[FrameEvent]:
    """What the agent publishes of the footage while nobody detects anything."""
    plan = footage_deployment(load_fleet(Path(fleet)), "street-1", fleet).camera
    assert plan is not None
    camera = VirtualCamera(plan, START_S * 1_000_000, lambda _: ())
    return [frame for clip in Footage([SPARSE]).clips() for frame in camera.frames(clip, lambda _: None)]


@pytest.mark.usefixtures("kafka_broker")
def test_frames_of_a_topic_raise_alerts_of_their_cameras(
    tmp_path: Path, kafka_broker: KafkaBroker, unique_name: Callable[[str], str]
):
    region = unique_name("eu")
    fleet = fleet_file(tmp_path, region=region, bootstrap=kafka_broker.bootstrap)
    client = client_config(load_fleet(Path(fleet)).regions[region].kafka)
    ensure_topics(client, topic_plan(load_fleet(Path(fleet)), region))
    topic, frames = topics.frames_topic(region, Priority.SAFETY, "street"), published_frames(fleet)
    producer = RecordProducer(client, ProducerSettings())
    for frame in frames:
        value = SingleObjectCodec().encode(frame)
        producer.produce(topic, frame.camera_id.encode(), value, frame.captured_at_us // 1000)
    producer.produce(topic, b"street-1", b"what?", START_S * 1000)
    producer.close()
    arguments = ["--fleet", fleet, "--topic", topic, "--from", instant(START_S), "--to", instant(START_S + 45)]

    (configuration,) = record_of(*arguments)["configurations"]

    assert raised(configuration)[0][:2] == ("person", pytest.approx(10.5, abs=1.0))
    assert all(it["raised_s"] < 45 for it in configuration["alerts"])
    assert configuration["frames"]["captured"] is None
    assert configuration["frames"]["dead_letters"] == {"sampler": 1}
    assert sum(configuration["frames"]["published"].values()) == 1 + sum(
        frame.captured_at_us < (START_S + 45) * 1_000_000 for frame in frames
    )
    require_accounts(configuration)
