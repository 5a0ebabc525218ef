"""Which addresses alerts may be sent to, so that a configured URL cannot be turned against the inner network. Pure."""

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Where clouds hand out credentials to whoever asks from inside: no alert ever belongs there.
_METADATA = frozenset(
    ipaddress.ip_address(it) for it in ("169.254.169.254", "169.254.170.2", "100.100.100.200", "fd00:ec2::254")
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052, 2.1


def refusal(address: str, *, allow_private: bool) -> str | None:
    """Why an address must not be connected to, or None when it may.

    Args:
        address: IPv4 or IPv6 address in text form; a zone (``%eth0``) is allowed.
        allow_private: Whether the configuration allows loopback, private and link-local addresses.
    """
    meant = _embedded(ipaddress.ip_address(address.partition("%")[0]))
    if meant in _METADATA:
        return f"expected no address of a cloud's metadata service, found {address}"
    if meant.is_multicast or meant.is_unspecified:
        return f"expected the address of one host, found {address}"
    if not (meant.is_global or allow_private):
        return f"expected a public address, found {address}; allow_private: true permits it"
    return None


def literal_refusal(host: str, *, allow_private: bool) -> str | None:
    """The same for a host as it stands in a URL: what can be said without asking the DNS."""
    if host.rstrip(".").lower() == "localhost" or host.lower().endswith(".localhost"):
        return refusal("127.0.0.1", allow_private=allow_private)
    try:
        return refusal(host, allow_private=allow_private)
    except ValueError:
        return None


def _embedded(address: Address) -> Address:
    """The IPv4 address inside an IPv6 one that leads to it: mapped, 6to4 (RFC 3056), NAT64."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
