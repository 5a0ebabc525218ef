import json
import subprocess
import sys

SCRIPT = """
import logging, structlog
from ommatid_connectors.process_logs import configure_logs
for environment in ({}, {"OMMATID_LOG_FORMAT": "json"}):
    configure_logs(environment)
    structlog.get_logger().warning("camera unavailable", camera="lobby-1", reason="rtsp://u:s3cret@host/a: expected x")
    logging.getLogger("library").warning("rtsp://u:s3cret@host/b")
"""


def test_lines_are_key_value_or_json_on_stderr_and_hide_credentials():
    run = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    own, foreign, own_json, foreign_json = run.stderr.splitlines()

    assert 'event="camera unavailable" camera=lobby-1 reason="rtsp://***@host/a: expected x"' in own
    assert "rtsp://***@host/b" in foreign
    assert json.loads(own_json)["camera"] == "lobby-1"
    assert json.loads(foreign_json)["event"] == "rtsp://***@host/b"
    assert "s3cret" not in run.stderr + run.stdout
