import pytest

from ommatid_edge import errors
from ommatid_edge.probe.faults import sentence


@pytest.mark.parametrize(
    ("fault", "advised"),
    [
        (errors.CameraUnauthorisedError, "check user and password"),
        (errors.CameraNotFoundError, "check the path"),
        (errors.CameraUnreachableError, "check address, port and network"),
        (errors.NoVideoStreamError, "check what the camera offers"),
        (errors.StreamStalledError, "check how many viewers it allows"),
        (errors.StreamEndedError, "the camera hangs up"),
        (errors.StreamUndecodableError, "restart it"),
    ],
)
def test_a_fault_says_what_to_check_and_nothing_of_another_try(fault: type[errors.CameraError], advised: str):
    said = sentence(fault("camera x at rtsp://y: expected this, found that; trying again, check the fleet file"))

    assert said.startswith("camera x at rtsp://y: expected this, found that; ")
    assert advised in said
    assert "trying again" not in said
    assert "fleet file" not in said
