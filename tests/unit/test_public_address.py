"""Which addresses a request to a notification URL may go to."""

import pytest

from reconciler.core.public_address import is_public

PUBLIC = (
    *("8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1"),
    *("193.0.0.1", "223.255.255.255", "2606:4700::1111", "2a00:1450::1"),
    *("::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"),
)
NOT_PUBLIC = (
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1"),  # noqa: S104 - no binding
    *("127.255.255.254", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.9"),
    *("192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255"),
    *("198.51.100.7", "203.0.113.7", "224.0.0.1", "239.255.255.255", "240.0.0.1"),
    "255.255.255.255",
    *("::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:0:7f00:1"),
    *("64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::808:808", "100::1"),
    *("2001::1", "2001:0:808:808::1", "2001:2::1", "2001:db8::1", "2001:1ff::1"),
    *("2002:7f00:1::", "2002:a00:1::1", "2002:6440:1::1", "2002:e000:1::1"),
    *("3fff::1", "4000::1", "5f00::1", "fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%eth0"),
    *("2606:4700::1111%1", "fec0::1", "ff02::1", "ff0e::1"),
    *("", "localhost", "1", "0x7f.1", "127.1", "8.8.8.8.", "[::1]"),
)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_global_unicast_address_is_public(address: str) -> None:
    """However it is wrapped."""
    assert is_public(address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_no_other_address_is(address: str) -> None:
    """Neither one that is private, shared, multicast or reserved, nor one that wraps such a one."""
    assert not is_public(address)
