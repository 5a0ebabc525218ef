import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.services.edge_agent.onvif_responder import Device, answering

COMMAND = [str(Path(sys.executable).with_name("ommatid-edge")), "discover", "--interface", "127.0.0.1"]


def discover(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, "--timeout", "1.5", *options], capture_output=True, text=True, check=False)


def found(result: subprocess.CompletedProcess[str]) -> dict[str, dict[str, Any]]:
    return {device["endpoint"]: device for device in json.loads(result.stdout)}


def test_cameras_are_found_whichever_type_they_answer_to_and_other_devices_are_left_out():
    lobby = Device(
        types="dn:NetworkVideoTransmitter",
        scopes="onvif://www.onvif.org/name/Lobby%20east onvif://www.onvif.org/hardware/C-200 "
        "onvif://www.onvif.org/Profile/Streaming",
        xaddrs="http://169.254.3.4/onvif/device_service http://10.0.0.7/onvif/device_service",
        answers_to="NetworkVideoTransmitter",
    )
    yard = Device("tds:Device", "", "http://10.0.0.8:8000/onvif", answers_to="Device", repeats_message_id=True)
    gate = Device("", "onvif://www.onvif.org/name/Gate", "http://10.0.0.9/onvif")
    printer = Device("p:Printer", "", "http://10.0.0.10/print")

    with answering(lobby, yard, gate, printer):
        result = discover("--json")

    assert result.returncode == 0
    devices = found(result)
    assert {lobby.endpoint, yard.endpoint, gate.endpoint} <= set(devices)
    assert printer.endpoint not in devices
    assert devices[lobby.endpoint] == {
        "endpoint": lobby.endpoint,
        "address": "10.0.0.7",
        "name": "Lobby east",
        "hardware": "C-200",
        "profiles": ["Streaming"],
        "xaddrs": ["http://169.254.3.4/onvif/device_service", "http://10.0.0.7/onvif/device_service"],
        "scopes": [
            "onvif://www.onvif.org/name/Lobby east",
            "onvif://www.onvif.org/hardware/C-200",
            "onvif://www.onvif.org/Profile/Streaming",
        ],
    }


def test_a_malformed_answer_is_reported_instead_of_ending_in_a_traceback():
    rude = Device("dn:NetworkVideoTransmitter", "", "http://10.0.0.9/", "NetworkVideoTransmitter", instance_id="x")

    with answering(rude):
        result = discover()

    assert "a malformed answer ended the search early; devices may be missing" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_text_has_one_paragraph_a_device():
    gate = Device("", "onvif://www.onvif.org/name/Gate", "http://10.0.0.9/onvif")

    with answering(gate):
        result = discover()

    lines = result.stdout.splitlines()
    start = lines.index("10.0.0.9  Gate")
    assert lines[start + 1 : start + 4] == [
        "  service  http://10.0.0.9/onvif",
        "  scopes   onvif://www.onvif.org/name/Gate",
        f"  id       {gate.endpoint}",
    ]


def test_an_interface_that_this_machine_does_not_have_is_a_fault_of_usage():
    result = discover("--interface", "lobby")

    assert result.returncode == 2
    assert "expected an IPv4 address of this machine, found" in result.stderr
