"""Whom an address of the network counts as: itself, its site, or a proxy that speaks for others."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

IPV6_SITE = 64  # bits of an IPv6 address that one customer of a network has to itself (RFC 6177 §2)
MAX_REMEMBERED = 10_000  # addresses of which it is remembered what they count as


class Sources:
    """Knows the proxies that are trusted. For one event loop."""

    def __init__(self, trusted: Iterable[str] = ()) -> None:
        """`trusted`: addresses and networks. Raises ValueError for what is neither."""
        self._trusted = [ip_network(part) for part in trusted]
        self._known: dict[str, str | None] = {}

    def of(self, address: str) -> str | None:
        """What an address counts as; None if it is a trusted proxy. Remembered: parsing one costs microseconds."""
        if address not in self._known:
            ip = _parse(address)
            trusted = ip is not None and any(ip in net for net in self._trusted if net.version == ip.version)
            if len(self._known) >= MAX_REMEMBERED:
                self._known = {}
            self._known[address] = None if trusted else _site(ip)
        return self._known[address]


def _parse(address: str) -> IPv4Address | IPv6Address | None:
    """An address, with the port that some proxies add left out; None if it is none."""
    try:
        return ip_address(address)
    except ValueError:
        pass
    bare = address[1:].partition("]")[0] if address.startswith("[") else address.partition(":")[0]
    try:
        return ip_address(bare)
    except ValueError:
        return None


def _site(ip: IPv4Address | IPv6Address | None) -> str:
    """What is counted as one source. What is no address counts as one together."""
    if isinstance(ip, IPv6Address):
        ip = ip.ipv4_mapped or ip
    if isinstance(ip, IPv6Address):
        return str(ip_network((ip, IPV6_SITE), strict=False))
    return "unknown" if ip is None else str(ip)
