"""What reads cost in a workspace of many users, one request at a time (target P7)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote_plus

from . import world
from .cases import PAGE, Ask, find_users
from .measure import Stand, latency
from .world import USERS, Door, World

REPEATS = 200  # requests of each kind; the median counts
PAGES = 20
SCAN_FILTER = 'name.givenName co "zzz"'  # no index can serve it, and nobody matches
SCAN_ANSWERS = frozenset({200, 400})  # the answer, or tooMany when it took longer than it may
EQUALITIES: dict[str, Callable[[int], str]] = {
    "userName": world.user_name,
    "externalId": lambda number: f"external-{number}",
    "displayName": lambda number: f"Person {number}",
    'emails[type eq "work"].value': lambda number: f"person.{number}@mail.bench.example",
    "phoneNumbers.value": lambda number: f"+44 {number}",
    f"{world.ENTERPRISE}:employeeNumber": lambda number: f"E{number}",
}


@dataclass(frozen=True, slots=True)
class Reads:
    """Medians in milliseconds. `equality` is by attribute path; `deep_page` starts in the middle."""

    engine: str
    users: int
    equality: dict[str, float]
    cursor_page: float
    deep_page: float
    scan: float
    """The longest answer to a filter that no index serves."""


def reads(stand: Stand, door: Door, size: World, cursors: list[str]) -> Reads:
    """Measure all of it on a server of its own."""
    middle = size.users // 2 + 1
    found = frozenset({200})
    with stand.service() as server:

        def median(asks: list[Ask]) -> float:
            return latency(stand, server, door, asks, found).p50

        equality = {path: median(_lookups(path, size)) for path in EQUALITIES}
        scan = latency(stand, server, door, [Ask("GET", f"/Users?filter={quote_plus(SCAN_FILTER)}")] * 2, SCAN_ANSWERS)
        return Reads(
            engine=stand.storage.name,
            users=size.users,
            equality=equality,
            cursor_page=median([Ask("GET", f"/Users?cursor={quote_plus(c)}&count={PAGE}") for c in cursors[:PAGES]]),
            deep_page=median([Ask("GET", f"/Users?startIndex={middle}&count={PAGE}")] * PAGES),
            scan=scan.max,
        )


def _lookups(path: str, size: World) -> list[Ask]:
    """The same users twice, so that the median is of warm reads: a cold one measures the disk."""
    value = EQUALITIES[path]
    asks = [_lookup(path, value(USERS + n * 7919 % size.users)) for n in range(REPEATS)]
    return [*asks, *asks, *asks]


def _lookup(path: str, value: str) -> Ask:
    """A filter by one value; a value path has its comparison inside the brackets."""
    head, bracket, _ = path.partition("].")
    if not bracket:
        return find_users(path, value)
    filter_ = quote_plus(f'{head} and value eq "{value}"]')
    return Ask("GET", f"/Users?filter={filter_}")
