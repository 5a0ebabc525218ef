import pytest

from ommatid_edge.simulator.digest import (
    REALM,
    Credentials,
    challenge,
    digest_parameters,
    digest_response,
    is_authorised,
)

MUFASA = Credentials("Mufasa", "Circle Of Life")
VECTOR = {"realm": "testrealm@host.com", "nonce": "dcd98b7102dd2f0e8b11d0f600bfb0c093", "uri": "/dir/index.html"}


def authorization(credentials: Credentials, *, method: str = "DESCRIBE", nonce: str = "n1", **other: str) -> str:
    parameters = {"username": credentials.username, "realm": REALM, "nonce": nonce, "uri": "rtsp://h/camera-1", **other}
    parameters["response"] = digest_response(credentials, method, parameters)
    return "Digest " + ", ".join(f'{name}="{value}"' for name, value in parameters.items())


def test_the_response_matches_the_example_of_rfc_2617() -> None:
    parameters = {**VECTOR, "qop": "auth", "nc": "00000001", "cnonce": "0a4f113b"}

    assert digest_response(MUFASA, "GET", parameters) == "6629fae49393a05397450978507c4ef1"


def test_without_qop_the_response_is_that_of_rfc_2069() -> None:
    assert digest_response(MUFASA, "GET", VECTOR) == "670fd8c2df070c60b045671b8b24ff02"


@pytest.mark.parametrize("other", [{}, {"qop": "auth", "nc": "00000001", "cnonce": "c"}])
def test_the_right_password_is_accepted(other: dict[str, str]) -> None:
    assert is_authorised(MUFASA, "n1", "DESCRIBE", authorization(MUFASA, **other))


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Basic TXVmYXNhOkNpcmNsZSBPZiBMaWZl",
        "Digest",
        'Digest username="Mufasa"',
        authorization(Credentials("Mufasa", "wrong")),
        authorization(Credentials("Scar", "Circle Of Life")),
        authorization(MUFASA, nonce="another connection's"),
        authorization(MUFASA, method="PLAY"),
        authorization(MUFASA, qop="auth", nc="1", cnonce="c").replace('cnonce="c", ', ""),
        authorization(MUFASA).replace('response="', 'response="\N{LATIN SMALL LETTER E WITH ACUTE}'),
    ],
)
def test_anything_else_is_refused(header: str | None) -> None:
    assert not is_authorised(MUFASA, "n1", "DESCRIBE", header)


def test_parameters_are_read_quoted_and_bare() -> None:
    assert digest_parameters('DIGEST Realm="a, b=c", nc=00000001,qop=auth') == {
        "realm": "a, b=c",
        "nc": "00000001",
        "qop": "auth",
    }


def test_the_challenge_names_realm_and_nonce() -> None:
    assert digest_parameters(challenge("n1")) == {"realm": REALM, "nonce": "n1"}


def test_the_password_is_not_in_the_representation() -> None:
    assert "Circle" not in repr(MUFASA)
