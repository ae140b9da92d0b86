"""How many connections a process holds open, altogether and of one address (product 9.5).

A connection costs a file and some memory before anything is asked over it. Whoever comes when all places are taken
is told so by a 503, for which a few more places are kept; when those are taken too, the connection is just closed.
"""

from __future__ import annotations

import resource
from collections import Counter
from enum import Enum, auto

from .sources import Sources

MAX_CONNECTIONS = 4_000  # of one process; some 30 KB each while nothing is asked
MAX_OF_AN_ADDRESS = 500  # of these, for one source address; a proxy that is trusted speaks for many
MAX_REFUSED = 100  # beyond these, to tell a client 503
OTHER_FILES = 200  # that a process needs beside connections: of its database, of requests that it makes itself


class Place(Enum):
    """What becomes of a connection."""

    SERVED = auto()
    REFUSED = auto()
    """It is told that there is no place for it, and closed."""
    CLOSED = auto()


class Places:
    """Counts open connections. For one event loop."""

    def __init__(
        self,
        sources: Sources,
        total: int = MAX_CONNECTIONS,
        of_an_address: int = MAX_OF_AN_ADDRESS,
        refused: int = MAX_REFUSED,
    ) -> None:
        self._sources = sources
        self._total, self._of_an_address, self._refused = total, of_an_address, refused
        self._taken: Counter[Place] = Counter()
        self._by_source: dict[str, int] = {}

    def take(self, address: str) -> Place:
        """A place for a connection from an address; give SERVED and REFUSED back when it is closed."""
        source = self._sources.of(address)
        here = 0 if source is None else self._by_source.get(source, 0)
        if self._taken[Place.SERVED] < self._total and here < self._of_an_address:
            place = Place.SERVED
            if source is not None:
                self._by_source[source] = here + 1
        else:
            place = Place.REFUSED if self._taken[Place.REFUSED] < self._refused else Place.CLOSED
        self._taken[place] += 1
        return place

    def give_back(self, address: str, place: Place) -> None:
        """The connection that was given this place is closed."""
        self._taken[place] -= 1
        source = self._sources.of(address) if place is Place.SERVED else None
        if source is not None:
            self._by_source[source] -= 1
            if not self._by_source[source]:
                del self._by_source[source]


def make_room() -> int:
    """Let this process open as many files as the system allows it; how many connections that is enough for."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_CONNECTIONS + MAX_REFUSED + OTHER_FILES
    most = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        soft = most
    room = wanted if soft == resource.RLIM_INFINITY else soft
    return max(1, min(MAX_CONNECTIONS, room - MAX_REFUSED - OTHER_FILES))
