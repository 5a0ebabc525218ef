import pytest

from ommatid_connectors.kafka import Record
from ommatid_fleet.backtest.deployment import Deployment, footage_deployment, topic_deployment
from ommatid_fleet.backtest.footage import Footage
from ommatid_fleet.backtest.playing import Player
from ommatid_fleet.backtest.recorded_frames import RecordedFrames
from ommatid_fleet.backtest.remembering import Memory
from ommatid_fleet.backtest.request import PlayOptions
from ommatid_fleet.backtest.result import Result
from ommatid_fleet.backtest.virtual_camera import VirtualCamera
from ommatid_schemas import ConfigurationError, SingleObjectCodec
from ommatid_schemas.fleet_file import parse_fleet
from tests.unit.edge_agent.gears.clips import clip
from tests.unit.fleet.backtest.raised import START_US

FRAMES = 30
FLEET = """
version: 1
regions: {eu: {kafka: {bootstrap: "127.0.0.1:1"}}}
groups: {bars: {priority: safety, detector: null-416, sampling: SAMPLING}}
cameras: {bar-1: {url: "rtsp://camera/1", region: eu, group: bars}}
"""


def deployment(sampling: str = "{shadow: 0}") -> Deployment:
    return footage_deployment(parse_fleet(FLEET.replace("SAMPLING", sampling)), "bar-1", "fleet.yaml")


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Footage:
    """Three seconds of a bar that moves, with reordered frames."""
    path = tmp_path_factory.mktemp("footage") / "bar.mkv"
    path.write_bytes(clip("libx264", FRAMES, group=10, parameters="bframes=2:b-adapt=0"))
    return Footage([path])


def played(footage: Footage, of: Deployment, memory: Memory | None = None) -> Result:
    return Player(of, PlayOptions(), START_US, memory).footage(footage, lambda _: None)


def test_each_frame_is_left_out_dropped_or_looked_at(footage: Footage):
    frames = played(footage, deployment()).frames

    assert frames.captured == FRAMES == sum(frames.not_published.values()) + sum(frames.published.values())
    assert sum(frames.published.values()) == frames.model_calls + sum(frames.dropped.values())
    assert frames.model_calls > 1


def test_two_runs_are_the_same(footage: Footage):
    assert played(footage, deployment()) == played(footage, deployment())


def test_a_second_clip_goes_on_in_time_and_in_what_is_known_of_the_scene(footage: Footage):
    twice = Footage([*footage.paths, *footage.paths])

    result = played(twice, deployment())

    assert result.duration_s == pytest.approx(2 * FRAMES / 10)
    assert result.frames.captured == 2 * FRAMES
    assert result.frames.published["BASELINE"] == 1


def test_the_model_looks_once_at_what_two_configurations_show_it(footage: Footage):
    memory: Memory = {}
    a = played(footage, deployment(), memory)
    b = played(footage, deployment("{shadow: 0, motion: 1/s}"), memory)

    assert a.remembered == 0
    assert 0 < b.remembered <= b.frames.model_calls < a.frames.model_calls


def test_progress_is_told_in_seconds_of_the_footage(footage: Footage):
    told: list[float] = []
    Player(deployment(), PlayOptions(), START_US).footage(footage, told.append)

    assert sorted(told) == pytest.approx([number / 10 for number in range(FRAMES)])


def test_footage_without_frames_is_refused(footage: Footage):
    with pytest.raises(ConfigurationError, match="--video: expected frames, found none"):
        played(Footage([]), deployment())


def test_frames_that_were_published_are_played_without_the_edge(footage: Footage):
    topic = "omm.frames.eu.safety.bars"
    of = deployment()
    assert of.camera is not None
    camera = VirtualCamera(of.camera, START_US, lambda _: ())
    frames = [frame for opened in footage.clips() for frame in camera.frames(opened, lambda _: None)]
    codec = SingleObjectCodec()
    values = [(frame.captured_at_us // 1000, codec.encode(frame)) for frame in frames] + [(START_US // 1000, b"what?")]
    records = [Record(topic, 0, at, b"bar-1", value, ms, {}) for at, (ms, value) in enumerate(values)]
    with RecordedFrames() as recorded:
        recorded.keep(records, from_ms=START_US // 1000, to_ms=START_US // 1000 + 60_000)
        published = topic_deployment(parse_fleet(FLEET.replace("SAMPLING", "{shadow: 0}")), topic, "fleet.yaml")
        result = Player(published, PlayOptions(), START_US).recorded(recorded, 60.0, lambda _: None)

    assert result.frames.captured is None
    assert result.frames.model_calls == len(frames)
    assert result.frames.dead_letters == {"sampler": 1}
    assert result.duration_s == 60.0
