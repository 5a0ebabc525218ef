"""A self-signed certificate, made when a server with TLS starts; cameras come with such ones."""

import ssl
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from ommatid_edge.simulator.errors import NoCertificateError


@dataclass(frozen=True, slots=True)
class SelfSigned:
    """A certificate with its key, both as PEM.

    Attributes:
        certificate_pem: The certificate; who trusts it can verify the server.
        key_pem: Its private key.
    """

    certificate_pem: bytes
    key_pem: bytes = field(repr=False)

    def server_context(self) -> ssl.SSLContext:
        """TLS context for a server."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        # OpenSSL takes certificates from files only.
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "server.pem"
            path.write_bytes(self.certificate_pem + self.key_pem)
            context.load_cert_chain(path)
        return context


def self_signed(host: str) -> SelfSigned:
    """Make a certificate for an IP address or a host name, valid for a week.

    Raises:
        NoCertificateError: The library `cryptography` is not installed.
    """
    # Optional: an agent on a gateway never makes certificates.
    try:
        from ommatid_edge.simulator.certificate_maker import make_self_signed  # noqa: PLC0415
    except ImportError as exc:
        raise NoCertificateError(
            "camera simulator: TLS needs a certificate, and the library that makes one is missing; "
            "install ommatid-edge[simulator-tls]"
        ) from exc
    return SelfSigned(*make_self_signed(host))
