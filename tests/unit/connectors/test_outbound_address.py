import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ommatid_connectors.outbound_address import literal_refusal, refusal

_PRIVATE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.7.7",
    "100.64.0.1",
    "::1",
    "fe80::1%eth0",
    "fd12::1",
    "::ffff:10.0.0.1",
    "64:ff9b::a00:1",
    "2002:a00:1::",
]
_NEVER = ["169.254.169.254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "fd00:ec2::254", "224.0.0.1", "::"]


@pytest.mark.parametrize("address", _PRIVATE)
def test_a_private_address_is_allowed_only_by_the_configuration(address: str) -> None:
    assert "allow_private: true permits it" in (refusal(address, allow_private=False) or "")
    assert refusal(address, allow_private=True) is None


@pytest.mark.parametrize("address", _NEVER)
def test_metadata_services_and_addresses_of_no_host_are_never_allowed(address: str) -> None:
    assert refusal(address, allow_private=True) is not None


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111"])
def test_a_public_address_is_allowed(address: str) -> None:
    assert refusal(address, allow_private=False) is None


@given(st.ip_addresses(v=4))
def test_an_address_written_as_mapped_ipv6_is_judged_as_itself(address: ipaddress.IPv4Address) -> None:
    plain, mapped = (refusal(text, allow_private=False) for text in (str(address), f"::ffff:{address}"))

    assert (plain is None) == (mapped is None)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.", "hooks.localhost", "10.0.0.7"])
def test_a_host_that_is_private_by_its_text_is_refused(host: str) -> None:
    assert literal_refusal(host, allow_private=False) is not None


def test_a_name_says_nothing_before_it_is_resolved() -> None:
    assert literal_refusal("soc.example", allow_private=False) is None
