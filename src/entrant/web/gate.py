"""Who is at the other end, and how often they may ask: the first thing that happens to a request.

The source address is the peer's, unless the peer is a proxy that is trusted: then it is the last address of
X-Forwarded-For that is not a trusted proxy itself. A trusted proxy that names nobody is not limited.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from entrant.config import Config, networks
from entrant.service.limits import Buckets

from .asgi import Scope

IPV6_SITE = 64  # bits of an IPv6 address that one customer of a network has to itself (RFC 6177 §2)
MAX_REMEMBERED = 10_000  # addresses of which it is remembered what they count as


class Gate:
    """Counts requests by their source address. For one event loop."""

    def __init__(self, config: Config) -> None:
        self._trusted = [ip_network(part) for part in networks(config.trusted_proxies)]
        self._buckets = Buckets(config.address_rate) if config.address_rate else None
        self._known: dict[str, str | None] = {}

    def wait(self, scope: Scope, now: float) -> int:
        """After how many seconds this request may come; 0 is at once. `now` is in seconds."""
        if self._buckets is None:
            return 0
        source = self.source(scope)
        return 0 if source is None else self._buckets.wait(source, now)

    def source(self, scope: Scope) -> str | None:
        """The address that a request counts for; None if it comes from a trusted proxy itself."""
        client: tuple[str, int] | None = scope.get("client")
        if client is None:
            return None
        source = self._look_up(client[0])
        if source is not None:
            return source
        forwarded = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")
        for part in reversed(forwarded.decode("latin-1").split(",")):
            address = part.strip()
            source = self._look_up(address) if address else None
            if source is not None:
                return source
        return None

    def _look_up(self, address: str) -> str | None:
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
