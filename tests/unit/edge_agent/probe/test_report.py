import json

from ommatid_edge.probe.advice import Intent
from ommatid_edge.probe.facts import CpuFacts
from ommatid_edge.probe.report import as_json, as_text, report
from tests.unit.edge_agent.probe.streams import announced, cpu, stream

CAMERA = "camera 10.0.0.7 at rtsp://***@10.0.0.7/main"


def test_the_text_says_what_an_operator_needs():
    text = as_text(report(CAMERA, announced(), stream(seconds=2.4), cpu(), Intent()))

    assert text.splitlines() == [
        CAMERA,
        "  video        h264 Main, 640 x 360",
        "  frames       15.0 per second (announced 15), 36 seen in 2.4 s",
        "  bit rate     420 kbit/s",
        "  key frames   1.00 s apart (shortest 1.00 s, longest 1.00 s, 2 seen)",
        "  clock        the camera's, -0.080 s against arrival: used",
        "  audio        none",
        "  CPU still    12.0 ms per second (key frames only): 83 per core",
        "  CPU moving   62.0 ms per second: 16 per core",
        "  * nothing to change",
    ]


def test_a_stream_that_does_not_decode_is_reported_all_the_same():
    undecodable = CpuFacts(8.0, 0.016, 0, 0.0, 0, 0.0, undecodable=120)

    text = as_text(report(CAMERA, announced(audio=None), stream(clock_offset_s=None), undecodable, Intent()))

    assert "nothing could be decoded" in text
    assert "audio        unknown" in text
    assert "* 120 packet(s) could not be decoded" in text


def test_json_has_every_figure_and_survives_a_round_trip():
    result = as_json(report(CAMERA, announced(audio=None), stream(), cpu(), Intent()))

    assert json.loads(json.dumps(result)) == result
    assert result["ok"] is True
    assert result["figures"]["key_frame_distance"]["median_s"] == 1.0
    assert result["cost"]["cameras_per_core_idle"] == 83


def test_where_every_frame_is_a_key_frame_the_text_says_so():
    text = as_text(report(CAMERA, announced(), stream(key_every=1), cpu(), Intent()))

    assert "key frames   every frame" in text
    assert "(every frame is a key frame)" in text
