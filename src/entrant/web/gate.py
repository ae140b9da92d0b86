"""Who is at the other end, and how often they may ask: the first thing that happens to a request.

The source address is the peer's, unless the peer is a proxy that is trusted: then it is the last address of
X-Forwarded-For that is not a trusted proxy itself. A trusted proxy that names nobody is not limited.
"""

from __future__ import annotations

from entrant.config import Config, networks
from entrant.http.asgi import Scope
from entrant.http.sources import Sources
from entrant.service.limits import Buckets


class Gate:
    """Counts requests by their source address. For one event loop."""

    def __init__(self, config: Config) -> None:
        self._sources = Sources(networks(config.trusted_proxies))
        self._buckets = Buckets(config.address_rate) if config.address_rate else None

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
        source = self._sources.of(client[0])
        if source is not None:
            return source
        forwarded = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")
        for part in reversed(forwarded.decode("latin-1").split(",")):
            address = part.strip()
            source = self._sources.of(address) if address else None
            if source is not None:
                return source
        return None
