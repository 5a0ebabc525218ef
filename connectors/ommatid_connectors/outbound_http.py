"""What every client of an HTTP endpoint here has to know about hosts and about errors of ``requests``."""

import ipaddress


def is_loopback(host: str) -> bool:
    """Whether a host name is this machine; a proxy of the environment cannot reach it."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def root_cause(error: BaseException) -> str:
    """Class of the innermost cause; messages of ``requests`` and ``urllib3`` hold the URL."""
    return type(innermost(error)).__name__


def innermost(error: BaseException) -> BaseException:
    """The exception that all others around it were raised for."""
    inner = error.__cause__ or error.__context__ or getattr(error, "reason", None)
    for argument in error.args:
        inner = argument if isinstance(argument, BaseException) else inner
    if isinstance(inner, BaseException) and inner is not error:
        return innermost(inner)
    return error
