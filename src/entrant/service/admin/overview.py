"""The state of a workspace at a glance: is its provider's sync healthy, who is in, and what wants attention.

Everything is read by key or from counters; what is counted is counted up to a bound (product.md 9.3).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from entrant.db.engine import Database, Tx, timestamp
from entrant.store import browse, connections, log, members, traffic
from entrant.store.browse import COUNTED
from entrant.store.traffic import Hour, Probe
from entrant.workspace.model import Connection, LogEntry, Provider, Source, Token, Workspace

from .edit import get_workspace

HOURS = 24
RHYTHM = {Provider.ENTRA: timedelta(minutes=40)}  # entra-client 13.1, 4.7: at least a test each cycle
LATE = 3  # of its cycles that a provider may miss before it is called late
RECENT_PROBLEMS = 5
EXPIRES_SOON = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class ConnectionState:
    """A connection as the overview shows it. `expected` is when the provider should be back; `late` if it is not."""

    connection: Connection
    tokens: tuple[Token, ...]
    tolerances: dict[str, int]
    probe: Probe | None
    expected: str | None
    late: bool
    expires: str | None
    """When the last of its tokens ends, if that is soon or past."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Members by role and status, each counted up to `bound`."""

    admins: int
    members: int
    inactive: int
    local: int
    bound: int = COUNTED


@dataclass(frozen=True, slots=True)
class Overview:
    """All of it, at a time."""

    now: str
    workspace: Workspace
    connections: tuple[ConnectionState, ...]
    counts: Counts
    protected: bool
    """Whether at least one admin is protected (product.md 2.8)."""
    hours: tuple[Hour, ...]
    """One for each of the last HOURS hours, oldest first."""
    problems: tuple[LogEntry, ...]
    """The latest requests that were not done within those hours, newest first."""

    @property
    def entries(self) -> int:
        """Entries of the log in these hours."""
        return sum(hour.entries for hour in self.hours)

    @property
    def refused(self) -> int:
        """How many of them were not done."""
        return sum(hour.refused for hour in self.hours)


def show_overview(database: Database, slug: str) -> Overview:
    """The state of a workspace now."""

    def look(tx: Tx) -> Overview:
        workspace = get_workspace(tx, slug)
        now = datetime.fromisoformat(tx.now)
        since = now - timedelta(hours=HOURS - 1)
        return Overview(
            now=tx.now,
            workspace=workspace,
            connections=tuple(connection_states(tx, workspace)),
            counts=Counts(
                admins=browse.count_role(tx, workspace.id, "admin"),
                members=browse.count_role(tx, workspace.id, "member"),
                inactive=browse.count_inactive(tx, workspace.id),
                local=browse.count_source(tx, workspace.id, Source.LOCAL),
            ),
            protected=members.has_protected(tx, workspace.id),
            hours=tuple(_every_hour(traffic.hours(tx, workspace.id, timestamp(since)), since)),
            problems=tuple(_problems(tx, workspace.id, timestamp(now - timedelta(hours=HOURS)))),
        )

    return database.read(look)


def list_connection_states(database: Database, slug: str) -> tuple[ConnectionState, ...]:
    """The connections with what the provider has done by them."""
    return database.read(lambda tx: tuple(connection_states(tx, get_workspace(tx, slug))))


def connection_states(tx: Tx, workspace: Workspace) -> list[ConnectionState]:
    """The connections of a workspace, oldest first."""
    probes = traffic.probes(tx, workspace.id)
    return [
        _state(tx, workspace, connection, probes.get(connection.id))
        for connection in connections.list_all(tx, workspace.id)
    ]


def _state(tx: Tx, workspace: Workspace, connection: Connection, probe: Probe | None) -> ConnectionState:
    now = datetime.fromisoformat(tx.now)
    alive = tuple(
        token
        for token in connections.tokens(tx, workspace.id, connection.id)
        if token.expires is None or token.expires > tx.now
    )
    last = max(filter(None, (connection.last_contact, probe.at if probe else None)), default=None)
    rhythm = RHYTHM.get(connection.provider)
    expected = None if last is None or rhythm is None else datetime.fromisoformat(last) + rhythm
    ends = [token.expires for token in alive]
    end = max((each for each in ends if each), default=None) if None not in ends else None
    soon = end is not None and datetime.fromisoformat(end) - now < EXPIRES_SOON
    return ConnectionState(
        connection=connection,
        tokens=alive,
        tolerances=connections.tolerances(tx, workspace.id, connection.id),
        probe=probe,
        expected=None if expected is None else timestamp(expected),
        late=bool(expected and rhythm and connection.enabled and now > expected + (LATE - 1) * rhythm),
        expires=end if soon else None,
    )


def _every_hour(found: list[Hour], since: datetime) -> list[Hour]:
    """One for each hour, with nothing in those that had nothing."""
    known = {hour.hour: hour for hour in found}
    names = [timestamp(since + timedelta(hours=n))[: traffic.HOUR] for n in range(HOURS)]
    return [known.get(name, Hour(name, 0, 0)) for name in names]


def _problems(tx: Tx, workspace_id: str, since: str) -> list[LogEntry]:
    return [entry for entry in log.newest(tx, workspace_id, failed=True, most=RECENT_PROBLEMS) if entry.at >= since]
