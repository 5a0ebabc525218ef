"""Whose certificates an rtsps camera may show."""

import ssl
from pathlib import Path

_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Ubuntu
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora, RHEL
    "/etc/ssl/cert.pem",  # Alpine
)


def tls_options(*, verify: bool) -> dict[str, str]:
    """FFmpeg's options for a TLS connection.

    FFmpeg checks no certificate unless it is told to, and the GnuTLS that comes with PyAV knows no
    authorities of its own. A private authority is named in the environment variable SSL_CERT_FILE,
    as for every program that uses OpenSSL.

    Args:
        verify: Whether the camera's certificate is checked: its signature, its dates, and the host that it names.
    """
    if not verify:
        return {"tls_verify": "0"}
    bundle = ssl.get_default_verify_paths().cafile or next((path for path in _BUNDLES if Path(path).is_file()), None)
    return {"tls_verify": "1"} if bundle is None else {"tls_verify": "1", "ca_file": bundle}
