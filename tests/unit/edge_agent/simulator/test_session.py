import pytest

from ommatid_edge.simulator.digest import REALM, Credentials, digest_response
from ommatid_edge.simulator.messages import Request, Status
from ommatid_edge.simulator.session import Effect, Offer, Phase, Session, Site, Step, answer, camera_of

USER = Credentials("u", "p")
OPEN = Site({"camera-1": Offer("v=0\r\n"), "camera-2": Offer("v=0\r\n")}, None)
LOCKED = Site(OPEN.offers, USER)
START = Session("s1", "n1")
TCP = {"transport": "RTP/AVP/TCP;unicast;interleaved=4-5"}


def request(method: str, path: str = "/camera-1", headers: dict[str, str] | None = None) -> Request:
    return Request(method, f"rtsp://127.0.0.1:8554{path}", headers or {})


def with_password(method: str, path: str = "/camera-1") -> Request:
    uri = f"rtsp://127.0.0.1:8554{path}"
    parameters = {"username": "u", "realm": REALM, "nonce": "n1", "uri": uri}
    proof = digest_response(USER, method, parameters)
    pairs = ", ".join(f'{name}="{value}"' for name, value in {**parameters, "response": proof}.items())
    return Request(method, uri, {"authorization": f"Digest {pairs}"})


def ready() -> Session:
    return answer(START, request("SETUP", "/camera-1/trackID=0", TCP), OPEN).session


def playing() -> Session:
    return answer(ready(), request("PLAY", headers={"session": "s1"}), OPEN).session


def headers(step: Step) -> dict[str, str]:
    return dict(step.response.headers)


def test_describe_answers_with_the_description_and_its_base() -> None:
    step = answer(START, request("DESCRIBE"), OPEN)

    assert (step.response.status, step.response.body) == (Status.OK, "v=0\r\n")
    assert headers(step) == {"Content-Base": "rtsp://127.0.0.1:8554/camera-1/", "Content-Type": "application/sdp"}


def test_setup_takes_the_channels_that_the_client_asks_for() -> None:
    step = answer(START, request("SETUP", "/camera-1/trackID=0", TCP), OPEN)

    assert (step.session.phase, step.session.camera, step.session.rtp_channel) == (Phase.READY, "camera-1", 4)
    assert headers(step)["Transport"] == "RTP/AVP/TCP;unicast;interleaved=4-5"
    assert headers(step)["Session"] == "s1;timeout=60"


@pytest.mark.parametrize(
    "transport", ["", "RTP/AVP;unicast;client_port=5000-5001", "RTP/AVP/TCP;interleaved=255-256", "RTP/AVP/UDP"]
)
def test_setup_refuses_what_it_cannot_send_over(transport: str) -> None:
    step = answer(START, request("SETUP", headers={"transport": transport}), OPEN)

    assert step == Step(START, step.response)
    assert step.response.status == Status.UNSUPPORTED_TRANSPORT


def test_play_after_setup_starts_the_stream() -> None:
    step = answer(ready(), request("PLAY", "/camera-1/", {"session": "s1"}), OPEN)

    assert (step.response.status, step.effect, step.session.phase) == (Status.OK, Effect.PLAY, Phase.PLAYING)


@pytest.mark.parametrize(
    ("session", "wanted"),
    [
        (START, request("PLAY")),
        (ready(), request("PLAY", "/camera-2")),
        (playing(), request("PLAY")),
        (playing(), request("SETUP", "/camera-2", TCP)),
    ],
)
def test_requests_out_of_order_change_nothing(session: Session, wanted: Request) -> None:
    step = answer(session, wanted, OPEN)

    assert step.response.status == Status.METHOD_NOT_VALID_IN_THIS_STATE
    assert (step.session, step.effect) == (session, Effect.NONE)


def test_teardown_closes() -> None:
    assert answer(playing(), request("TEARDOWN"), OPEN).effect is Effect.CLOSE


@pytest.mark.parametrize("method", ["OPTIONS", "GET_PARAMETER", "SET_PARAMETER"])
def test_keepalives_are_answered_while_playing(method: str) -> None:
    step = answer(playing(), request(method, headers={"session": "s1"}), OPEN)

    assert (step.response.status, step.effect, step.session) == (Status.OK, Effect.NONE, playing())


def test_an_unknown_path_is_not_found() -> None:
    assert answer(START, request("DESCRIBE", "/camera-3"), OPEN).response.status == Status.NOT_FOUND


def test_a_session_of_somebody_else_is_not_found() -> None:
    step = answer(ready(), request("PLAY", headers={"session": "s2"}), OPEN)

    assert step.response.status == Status.SESSION_NOT_FOUND


def test_an_unknown_method_is_not_implemented() -> None:
    assert answer(START, request("RECORD"), OPEN).response.status == Status.NOT_IMPLEMENTED


@pytest.mark.parametrize("method", ["DESCRIBE", "SETUP", "PLAY", "TEARDOWN", "GET_PARAMETER", "RECORD"])
def test_without_the_password_nothing_but_options_is_answered(method: str) -> None:
    step = answer(START, request(method, headers=TCP), LOCKED)

    assert (step.response.status, step.session, step.effect) == (Status.UNAUTHORIZED, START, Effect.NONE)
    assert 'nonce="n1"' in headers(step)["WWW-Authenticate"]


def test_without_the_password_nobody_learns_which_cameras_exist() -> None:
    assert answer(START, request("DESCRIBE", "/camera-3"), LOCKED).response.status == Status.UNAUTHORIZED


def test_options_needs_no_password() -> None:
    assert answer(START, request("OPTIONS"), LOCKED).response.status == Status.OK


def test_with_the_password_the_description_is_given() -> None:
    assert answer(START, with_password("DESCRIBE"), LOCKED).response.status == Status.OK


@pytest.mark.parametrize(
    ("uri", "camera"),
    [
        ("rtsp://h:1/camera-1", "camera-1"),
        ("rtsp://h:1/camera-1/", "camera-1"),
        ("rtsp://h:1/camera-1/trackID=0", "camera-1"),
        ("rtsp://h:1/camera-1/trackID=1", None),
        ("rtsp://h:1/camera-1/more/trackID=0", None),
        ("rtsp://[h", None),
        ("*", "*"),
    ],
)
def test_the_camera_is_the_first_part_of_the_path(uri: str, camera: str | None) -> None:
    assert camera_of(uri) == camera


REFUSING = Site({"camera-1": Offer("v=0\r\n", refuses_passwords=True)}, USER)
MISSING = Site({"camera-1": Offer("v=0\r\n", missing=True)}, None)


def test_a_camera_that_refuses_passwords_refuses_the_right_one() -> None:
    assert answer(START, with_password("DESCRIBE"), LOCKED).response.status == Status.OK
    assert answer(START, with_password("DESCRIBE"), REFUSING).response.status == Status.UNAUTHORIZED


def test_a_missing_camera_is_not_found() -> None:
    assert answer(START, request("DESCRIBE"), MISSING).response.status == Status.NOT_FOUND


@pytest.mark.parametrize("site", [Site(REFUSING.offers, None), MISSING])
def test_who_plays_already_keeps_playing(site: Site) -> None:
    assert answer(playing(), request("GET_PARAMETER"), site).response.status == Status.OK
