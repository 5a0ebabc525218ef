"""URLs without their credentials, for logs, errors and metrics."""

import re

_USERINFO = re.compile(
    r"(?P<scheme>[a-zA-Z][a-zA-Z0-9+.-]*://)"
    r"(?:[^/\s]*@|[^/\s:]*:(?!\d+/)\S*@)"  # the second: a password with an unescaped "/", which is no port
)


def redact(text: str) -> str:
    """Replace user and password of every URL in ``text`` by ``***``.

    The last ``@`` before the path ends the user information (RFC 3986, 3.2.1), so a password
    that holds an unescaped ``@`` is hidden whole; so is one with an unescaped ``/``.
    """
    return _USERINFO.sub(r"\g<scheme>***@", text)
