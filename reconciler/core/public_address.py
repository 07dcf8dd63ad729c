"""Which IP addresses lie in the public internet, where the vendor's servers can reach them."""

import ipaddress

_NOT_PUBLIC = tuple(
    map(
        ipaddress.ip_network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
            *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16"),
            *("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
            *("2001::/23", "2001:db8::/32", "3fff::/20"),
        ),
    )
)
"""From IANA's registries of special-purpose addresses, with multicast, and what is reserved.

Python's own ``is_global`` differs from version to version, and says yes to multicast.
"""
_UNICAST = ipaddress.IPv6Network("2000::/3")
"""All that IANA has given out for global unicast; nothing outside it is routed."""
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_6TO4 = ipaddress.IPv6Network("2002::/16")
_BELOW_6TO4 = 80
"""Bits that follow the IPv4 address in a 6to4 one."""
_32_BITS = 0xFFFF_FFFF


def is_public(address: str) -> bool:
    """Return whether it is a global unicast address; of one that wraps an IPv4 one, that counts.

    Those are IPv4-mapped, NAT64 (RFC 6052) and 6to4 (RFC 3056) addresses.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.scope_id:
        return False
    inner = parsed if isinstance(parsed, ipaddress.IPv4Address) else _unwrapped(parsed)
    if isinstance(inner, ipaddress.IPv6Address) and inner not in _UNICAST:
        return False
    return not any(inner in network for network in _NOT_PUBLIC)


def _unwrapped(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    if address in _MAPPED or address in _NAT64:
        return ipaddress.IPv4Address(int(address) & _32_BITS)
    if address in _6TO4:
        return ipaddress.IPv4Address(int(address) >> _BELOW_6TO4 & _32_BITS)
    return address
