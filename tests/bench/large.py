"""What a group of 100,000 costs beside a small one, one request at a time (target P6)."""

from __future__ import annotations

from dataclasses import dataclass

from . import world
from .cases import CHANGED, Ask
from .measure import Stand, latency
from .procs import Server, forget_peak, peak_bytes
from .world import GROUPS, USERS, Door, World

REPEATS = 200  # requests of each kind; the median counts
THOUSAND = 1_000  # members in one large PATCH
BULKS = 15  # such PATCHes
FULL_READS = 3


@dataclass(frozen=True, slots=True)
class LargeGroup:
    """Medians in milliseconds, sizes in bytes."""

    engine: str
    members: int
    add_to_large: float
    add_to_empty: float
    read_large: float
    read_user: float
    add_thousand: float
    full_read: float
    full_size: int
    growth: int
    """How far the server's memory rose at most while it sent the full list."""


def large_group(stand: Stand, door: Door, size: World) -> LargeGroup:
    """Measure all of it on a server of its own."""
    with stand.service() as server:
        return _measure(stand, server, door, size)


def _measure(stand: Stand, server: Server, door: Door, size: World) -> LargeGroup:
    reserve = USERS + size.large_users - size.spare // 20  # the spare users that the case add-large leaves
    repeats = min(REPEATS, size.spare // 20)

    def median(asks: list[Ask], expect: frozenset[int] = frozenset({200})) -> float:
        return latency(stand, server, door, asks, expect).p50

    def add(group: int, *users: int) -> Ask:
        return Ask("PATCH", f"/Groups/{world.seeded_id(GROUPS + group)}", world.encode(world.add_members(*users)))

    read = Ask("GET", f"/Groups/{world.seeded_id(GROUPS)}?excludedAttributes=members")
    users = [Ask("GET", f"/Users/{world.seeded_id(USERS + n)}") for n in range(2 * repeats)]
    median(users[:repeats])  # to warm up
    bulks = [
        add(world.EMPTY_GROUPS - k, *range(USERS + k * THOUSAND, USERS + (k + 1) * THOUSAND))
        for k in range(min(BULKS, size.large_users // THOUSAND))
    ]
    add_to_empty = median([add(1 + k, USERS + k) for k in range(repeats)], CHANGED)
    add_to_large = median([add(0, reserve + k) for k in range(repeats)], CHANGED)
    read_user = median(users[repeats:])
    read_large = median([read] * repeats)
    add_thousand = median(bulks, CHANGED)
    forget_peak(server.pid)
    before = peak_bytes(server.pid)
    full = latency(
        stand, server, door, [Ask("GET", f"/Groups/{world.seeded_id(GROUPS)}")] * FULL_READS, frozenset({200})
    )
    return LargeGroup(
        engine=stand.storage.name,
        members=size.large_members,
        add_to_large=add_to_large,
        add_to_empty=add_to_empty,
        read_large=read_large,
        read_user=read_user,
        add_thousand=add_thousand,
        full_read=full.p50,
        full_size=full.received // FULL_READS,
        growth=peak_bytes(server.pid) - before,
    )
