import av.error
import pytest
from pydantic import SecretStr

from ommatid_edge.camera_address import CameraAddress
from ommatid_edge.errors import (
    CameraError,
    CameraNotFoundError,
    CameraUnauthorisedError,
    CameraUnreachableError,
    StreamEndedError,
    StreamStalledError,
)
from ommatid_edge.rtsp_faults import ended, open_fault, read_fault, stalled, undecodable
from ommatid_schemas.events import CameraState

URL = "rtsp://ommatid:s3cret@10.0.0.7/main"
ADDRESS = CameraAddress("lobby-1", SecretStr(URL))


@pytest.mark.parametrize(
    ("error", "waited_s", "expected", "words"),
    [
        (av.error.HTTPUnauthorizedError(825242872, "Unauthorized", URL), 0.1, CameraUnauthorisedError, "credentials"),
        (av.error.HTTPForbiddenError(1, "Forbidden", URL), 0.1, CameraUnauthorisedError, "credentials"),
        (av.error.HTTPNotFoundError(1, "Not found", URL), 0.1, CameraNotFoundError, "no?ne.*404.*check the path"),
        (av.error.ConnectionRefusedError(111, "refused", URL), 0.0, CameraUnreachableError, "connection refused"),
        (av.error.OSError(113, "no route", URL), 0.0, CameraUnreachableError, "no route to host"),
        (av.error.OSError(5, "input/output", URL), 0.0, CameraUnreachableError, "certificate that is not trusted"),
        (av.error.InvalidDataError(1, "invalid", URL), 4.9, CameraUnreachableError, "found none after 4.9 s"),
        (av.error.InvalidDataError(1, "invalid", URL), 0.2, CameraUnreachableError, "found InvalidDataError"),
    ],
)
def test_a_failed_attempt_says_what_was_found_and_what_to_check(
    error: Exception, waited_s: float, expected: type[CameraError], words: str
):
    fault = open_fault(ADDRESS, error, waited_s, limit_s=5.0)

    assert type(fault) is expected
    with pytest.raises(CameraError, match=rf"^camera lobby-1 at rtsp://\*\*\*@10.0.0.7/main: expected .*{words}"):
        raise fault
    assert "s3cret" not in repr(fault)


def test_silence_is_a_stall_whoever_notices_it():
    assert isinstance(read_fault(ADDRESS, av.error.TimeoutError(110, "timed out", URL)), StreamStalledError)
    assert stalled(ADDRESS, 10.4, 10.0).state is CameraState.STALLED


def test_any_other_fault_while_reading_ends_the_stream():
    assert isinstance(read_fault(ADDRESS, av.error.OSError(5, "input/output", URL)), StreamEndedError)
    assert "found the connection closed; connecting again" in str(ended(ADDRESS))
    assert "found 60 in a row that do not decode; connecting again" in str(
        undecodable(ADDRESS, "60 in a row that do not decode")
    )
