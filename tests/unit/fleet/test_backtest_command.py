from pathlib import Path

import pytest
from typer.testing import CliRunner

from ommatid_fleet.cli import app
from ommatid_schemas import ConfigurationError

FROM, TO = ["--from", "2026-01-05T20:00:00Z"], ["--to", "2026-01-05T21:00:00Z"]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "--video, --topic: expected one of them, found neither"),
        (["--video", "a.mp4", "--topic", "t"], "--video, --topic: expected one of them, found both"),
        (["--topic", "t", *FROM], "--topic: expected --from and --to with it"),
        (
            ["--topic", "t", "--from", "yesterday", *TO],
            "--from: expected a time such as .*found 'yest",
        ),
        (["--topic", "t", *FROM, "--to", "2026-01-05T20:00:00+00:00"], "--to: expected a time after --from"),
        (["--topic", "t", *FROM, *TO, "--dump-tracks", "t.csv"], "--dump-tracks: expected --video with it"),
        (["--video", "a.mp4", "--events", "none.csv"], "--events none.csv: expected a readable CSV file"),
        (["--video", "a.mp4", "--report", "/dev/null/r.html"], "/dev/null/r.html: expected a file that can be written"),
        (["--video", "a.mp4", "--start", "noon"], "--start: expected a time"),
    ],
)
def test_what_cannot_be_played_is_refused_before_anything_is_read(arguments: list[str], complaint: str):
    with pytest.raises(ConfigurationError, match=complaint):
        CliRunner().invoke(app, ["backtest", "--fleet", "none.yaml", *arguments], catch_exceptions=False)


def test_a_vision_model_is_not_asked_unless_that_was_allowed(tmp_path: Path):
    fleet = tmp_path / "fleet.yaml"
    fleet.write_text(
        """
version: 1
regions: {eu: {kafka: {bootstrap: "127.0.0.1:1"}}}
groups: {gates: {priority: safety, detector: ask}}
detectors:
  ask: {kind: vision_llm, url: "https://api.example/v1", model: m, prompt: What?, answer: {x: {type: text}}}
cameras: {gate-1: {url: "rtsp://camera/1", region: eu, group: gates}}
"""
    )
    people = Path(__file__).parents[3] / "edge-agent" / "ommatid_edge" / "simulator" / "footage" / "empty.mp4"
    arguments = ["backtest", "--fleet", str(fleet), "--video", str(people)]

    with pytest.raises(ConfigurationError, match="asked for real and paid for; add --ask-vision-models"):
        CliRunner().invoke(app, arguments, catch_exceptions=False)
