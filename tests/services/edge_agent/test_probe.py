"""``ommatid-edge probe`` against simulated cameras, as its users run it."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from ommatid_edge.simulator import CameraBehaviour, CameraServer, Codec, Encoding, SimulatedCamera, background_server
from ommatid_edge.simulator.certificate import self_signed
from tests.services.edge_agent.conftest import PASSWORD

COMMAND = [str(Path(sys.executable).with_name("ommatid-edge")), "probe"]
SECRETS = (PASSWORD, "p%40ss", "wr0ng-s3cret")


def probe(
    *arguments: str, environment: Mapping[str, str], standard_input: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run the command; whatever it prints must hold no password."""
    finished = subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        check=False,
        input=standard_input,
        env={**os.environ, **environment},
    )
    assert not [secret for secret in SECRETS if secret in finished.stdout + finished.stderr]
    return finished


def test_a_camera_is_described_measured_and_costed(camera_url: Callable[[str], str], secrets: dict[str, str]):
    finished = probe(camera_url("camera-1"), "--seconds", "5", "--json", environment=secrets)

    assert finished.returncode == 0, finished.stderr
    result = json.loads(finished.stdout)
    announced, figures, cost = result["announced"], result["figures"], result["cost"]
    assert (announced["codec"], announced["width_px"], announced["height_px"]) == ("h264", 768, 576)
    assert announced["audio"] == []
    assert 8 < figures["fps"] < 12
    assert 1.5 < figures["key_frame_distance"]["median_s"] < 2.5
    assert figures["clock"]["trusted"]
    assert 0 < cost["demux_ms_per_s"] < cost["idle_ms_per_s"] < cost["moving_ms_per_s"]


def test_a_camera_of_the_fleet_file_is_probed_by_its_substream_and_its_groups_limits(
    camera_server: CameraServer, secrets: dict[str, str], tmp_path: Path
):
    url = f"rtsp://{{CAMERA_USER}}:{{CAMERA_PASSWORD}}@127.0.0.1:{camera_server.port}/camera-1"
    fleet = {
        "version": 1,
        "regions": {"eu": {"kafka": {"bootstrap": "localhost:9092"}}},
        "groups": {"doors": {"priority": "safety", "decode": {"max_blind": "1s"}}},
        "cameras": {
            "lobby": {
                "url": "rtsp://{NEVER_SET}@10.0.0.7/main",
                "substream": url,
                "region": "eu",
                "group": "doors",
            }
        },
    }
    (tmp_path / "fleet.yaml").write_text(json.dumps(fleet))

    finished = probe(f"--fleet={tmp_path / 'fleet.yaml'}", "--camera=lobby", "--seconds=5", environment=secrets)

    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.startswith("camera lobby at rtsp://***@127.0.0.1")
    assert "above max_blind of 1 s: every frame is decoded all the time" in finished.stdout
    assert finished.stderr == ""


def test_the_url_can_come_from_standard_input_and_a_wrong_clock_is_told():
    behaviour = CameraBehaviour(ntp_skew_s=-3600.0)
    camera = SimulatedCamera("camera-1", scene="empty", behaviour=behaviour)
    with background_server(CameraServer([camera], username="ommatid", password=PASSWORD)) as server:
        finished = probe(
            "-",
            "--seconds=2",
            environment={},
            standard_input=f"rtsp://ommatid:p%40ss%3Aword%2F1@127.0.0.1:{server.port}/camera-1\n",
        )

    assert finished.returncode == 0, finished.stderr
    assert "the camera's clock is 3600." in finished.stdout
    assert finished.stderr == ""


def test_the_other_codecs_and_distant_key_frames_are_recognised():
    small = Encoding(size_px=(320, 240), length_s=4.0, key_frame_every_s=4.0)
    hevc = SimulatedCamera("hevc", "street", encoding=replace(small, codec=Codec.H265))
    mjpeg = SimulatedCamera("mjpeg", "street", encoding=replace(small, codec=Codec.MJPEG))
    with background_server(CameraServer([hevc, mjpeg])) as server:
        distant = probe(f"rtsp://127.0.0.1:{server.port}/hevc", "--seconds=5", "--json", environment={})
        intra = probe(f"rtsp://127.0.0.1:{server.port}/mjpeg", "--seconds=2", "--json", environment={})

    report = json.loads(distant.stdout)
    assert report["announced"]["codec"] == "hevc"
    assert 3.9 < report["figures"]["key_frame_distance"]["median_s"] < 4.1
    assert not report["key_frames_suffice"]
    assert "key frames are 4.0 s apart" in report["advice"][0]
    assert json.loads(intra.stdout)["announced"]["codec"] == "mjpeg"
    assert json.loads(intra.stdout)["figures"]["intra_only"]


def test_a_certificate_is_checked_unless_told_otherwise(tmp_path: Path):
    certificate = self_signed("127.0.0.1")
    (tmp_path / "camera.pem").write_bytes(certificate.certificate_pem)
    camera = SimulatedCamera("camera-1", scene="empty")
    with background_server(CameraServer([camera], tls=certificate.server_context())) as server:
        arguments = (f"rtsps://127.0.0.1:{server.port}/camera-1", "--seconds=1")
        unknown = probe(*arguments, environment={})
        unchecked = probe(*arguments, "--no-tls-verify", environment={})
        trusted = probe(*arguments, environment={"SSL_CERT_FILE": str(tmp_path / "camera.pem")})

    assert unknown.returncode == 1
    assert "a certificate that is not trusted" in unknown.stderr
    assert (unchecked.returncode, trusted.returncode) == (0, 0), unchecked.stderr + trusted.stderr
    assert "audio        none" in trusted.stdout


def test_faults_are_one_sentence_each_and_exit_1(camera_server: CameraServer, secrets: dict[str, str]):
    base = f"127.0.0.1:{camera_server.port}"
    credentials = "{CAMERA_USER}:{CAMERA_PASSWORD}"
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        cases = {
            f"rtsp://{{CAMERA_USER}}:{{WRONG_PASSWORD}}@{base}/camera-1": "check user and password",
            f"rtsp://{credentials}@{base}/nowhere": "found none (404); check the path",
            f"rtsp://{credentials}@127.0.0.1:{closed.getsockname()[1]}/x": "found connection refused; check address",
        }
        for url, expected in cases.items():
            finished = probe(url, "--json", environment=secrets)

            assert finished.returncode == 1
            assert expected in finished.stderr
            assert finished.stderr.count("\n") == 1
            assert json.loads(finished.stdout)["fault"] in finished.stderr


def test_a_password_on_the_command_line_is_warned_of(camera_server: CameraServer):
    finished = probe(f"rtsp://ommatid:wr0ng-s3cret@127.0.0.1:{camera_server.port}/camera-1", environment={})

    assert finished.returncode == 1
    assert "everybody on this machine can see a password on the command line" in finished.stderr
