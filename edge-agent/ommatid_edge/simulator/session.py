"""The RTSP conversation of one connection: (session, request) to (session, response, effect) (RFC 2326, section 10)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto
from urllib.parse import urlsplit

from ommatid_edge.simulator.digest import Credentials, challenge, is_authorised
from ommatid_edge.simulator.messages import Request, Response, Status
from ommatid_edge.simulator.sdp import TRACK

SESSION_TIMEOUT_S = 60

_METHODS = "OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER, SET_PARAMETER"
_CHANNELS = re.compile(r"interleaved=(?P<rtp>[0-9]{1,3})(?:-[0-9]{1,3})?")
_MAX_RTP_CHANNEL = 254


class Effect(Enum):
    """What the transport must do after it has sent the response."""

    NONE = auto()
    PLAY = auto()
    CLOSE = auto()


class Phase(Enum):
    """How far a client has come."""

    INIT = auto()
    READY = auto()
    PLAYING = auto()


@dataclass(frozen=True, slots=True)
class Offer:
    """What one camera answers to clients that are not playing yet.

    Attributes:
        description: Session description (SDP).
        refuses_passwords: 401 to everybody, with the right password too.
        missing: 404 to everybody.
    """

    description: str
    refuses_passwords: bool = False
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Site:
    """What a server offers.

    Attributes:
        offers: What is offered by camera name.
        credentials: Required of every client, None if everybody may watch.
    """

    offers: Mapping[str, Offer]
    credentials: Credentials | None


@dataclass(frozen=True, slots=True)
class Session:
    """State of one connection.

    Attributes:
        session_id: Identifier in the `Session` header, unguessable.
        nonce: Of the digest challenge, unguessable.
        phase: How far the client has come.
        camera: The camera that was set up, None before SETUP.
        rtp_channel: Interleaved channel for RTP; RTCP uses the next one.
    """

    session_id: str
    nonce: str
    phase: Phase = Phase.INIT
    camera: str | None = None
    rtp_channel: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """Outcome of one request."""

    session: Session
    response: Response
    effect: Effect = Effect.NONE


def answer(session: Session, request: Request, site: Site) -> Step:
    """Answer one request. OPTIONS needs no password, as clients probe with it; everything else does."""
    if request.method == "OPTIONS":
        return Step(session, Response(Status.OK, (("Public", _METHODS),)))
    offer = site.offers.get(camera_of(request.uri) or "")
    if not _is_allowed(session, request, site.credentials, offer):
        return Step(session, Response(Status.UNAUTHORIZED, (("WWW-Authenticate", challenge(session.nonce)),)))
    if request.headers.get("session", session.session_id).split(";")[0] != session.session_id:
        return Step(session, Response(Status.SESSION_NOT_FOUND))
    if request.method in {"GET_PARAMETER", "SET_PARAMETER"}:
        return Step(session, Response(Status.OK, _session_header(session)))
    camera = camera_of(request.uri)
    if camera is None or offer is None or (offer.missing and session.phase is not Phase.PLAYING):
        return Step(session, Response(Status.NOT_FOUND))
    return _answer_for_camera(session, request, camera, offer.description)


def _answer_for_camera(session: Session, request: Request, camera: str, description: str) -> Step:
    match request.method:
        case "DESCRIBE":
            return Step(session, _describe(request, description))
        case "SETUP":
            return _set_up(session, request, camera)
        case "PLAY":
            return _play(session, camera)
        case "TEARDOWN":
            return Step(session, Response(Status.OK, _session_header(session)), Effect.CLOSE)
        case _:
            return Step(session, Response(Status.NOT_IMPLEMENTED, (("Public", _METHODS),)))


def camera_of(uri: str) -> str | None:
    """Camera that a request names: `/camera`, or `/camera/` and the track; None for any other path."""
    try:
        path = urlsplit(uri).path
    except ValueError:
        return None
    camera, _, track = path.strip("/").partition("/")
    return camera if track in {"", TRACK} else None


def _is_allowed(session: Session, request: Request, credentials: Credentials | None, offer: Offer | None) -> bool:
    if offer is not None and offer.refuses_passwords and session.phase is not Phase.PLAYING:
        return False
    if credentials is None:
        return True
    return is_authorised(credentials, session.nonce, request.method, request.headers.get("authorization"))


def _describe(request: Request, description: str) -> Response:
    base = request.uri.rstrip("/") + "/"
    return Response(Status.OK, (("Content-Base", base), ("Content-Type", "application/sdp")), description)


def _set_up(session: Session, request: Request, camera: str) -> Step:
    if session.phase is Phase.PLAYING:
        return Step(session, Response(Status.METHOD_NOT_VALID_IN_THIS_STATE))
    transport = request.headers.get("transport", "")
    channels = _CHANNELS.search(transport)
    rtp_channel = int(channels["rtp"]) if channels else 0
    if "RTP/AVP/TCP" not in transport or rtp_channel > _MAX_RTP_CHANNEL:
        return Step(session, Response(Status.UNSUPPORTED_TRANSPORT))
    ready = replace(session, phase=Phase.READY, camera=camera, rtp_channel=rtp_channel)
    agreed = f"RTP/AVP/TCP;unicast;interleaved={rtp_channel}-{rtp_channel + 1}"
    return Step(ready, Response(Status.OK, (("Transport", agreed), *_session_header(ready))))


def _play(session: Session, camera: str) -> Step:
    if session.phase is not Phase.READY or session.camera != camera:
        return Step(session, Response(Status.METHOD_NOT_VALID_IN_THIS_STATE))
    playing = replace(session, phase=Phase.PLAYING)
    headers = (("Range", "npt=now-"), *_session_header(playing))
    return Step(playing, Response(Status.OK, headers), Effect.PLAY)


def _session_header(session: Session) -> tuple[tuple[str, str], ...]:
    return (("Session", f"{session.session_id};timeout={SESSION_TIMEOUT_S}"),)
