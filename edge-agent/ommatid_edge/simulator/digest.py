"""Digest access authentication with MD5, as cameras ask for it (RFC 2617, section 3)."""

import hashlib
import hmac
import re
from dataclasses import dataclass, field

REALM = "Ommatid simulated camera"

_PARAMETER = re.compile(r'(?P<name>[\w-]+)=(?:"(?P<quoted>[^"]*)"|(?P<token>[^\s,"]+))')


@dataclass(frozen=True, slots=True)
class Credentials:
    """User and password of one server. The password stays out of `repr`."""

    username: str
    password: str = field(repr=False)


def challenge(nonce: str, realm: str = REALM) -> str:
    """Value of the `WWW-Authenticate` header."""
    return f'Digest realm="{realm}", nonce="{nonce}"'


def digest_parameters(header: str) -> dict[str, str]:
    """Parameters of an `Authorization` header, names in lower case; empty if the scheme is not Digest."""
    scheme, _, rest = header.strip().partition(" ")
    if scheme.lower() != "digest":
        return {}
    return {
        m["name"].lower(): m["quoted"] if m["quoted"] is not None else m["token"] for m in _PARAMETER.finditer(rest)
    }


def digest_response(credentials: Credentials, method: str, parameters: dict[str, str]) -> str:
    """Compute the `response` that proves the password for one request.

    Args:
        credentials: The right user and password.
        method: RTSP method of the request.
        parameters: `realm`, `nonce` and `uri`; with `qop` also `nc` and `cnonce` (RFC 2617, 3.2.2.1).
    """
    secret = _md5(f"{credentials.username}:{parameters['realm']}:{credentials.password}")
    request = _md5(f"{method}:{parameters['uri']}")
    if "qop" not in parameters:
        return _md5(f"{secret}:{parameters['nonce']}:{request}")
    middle = ":".join(parameters[name] for name in ("nonce", "nc", "cnonce", "qop"))
    return _md5(f"{secret}:{middle}:{request}")


def is_authorised(credentials: Credentials, nonce: str, method: str, header: str | None) -> bool:
    """Whether an `Authorization` header proves the password for this request and this connection's nonce."""
    parameters = digest_parameters(header or "")
    required = {"username", "realm", "nonce", "uri", "response"}
    if "qop" in parameters:
        required |= {"nc", "cnonce"}
    if not required <= parameters.keys():
        return False
    if (parameters["username"], parameters["realm"], parameters["nonce"]) != (credentials.username, REALM, nonce):
        return False
    expected = digest_response(credentials, method, parameters)
    return hmac.compare_digest(expected.encode(), parameters["response"].encode())


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
