"""Pages of members, groups and log entries for people: by key, newest first, each in time bounded by what it shows.

Nothing here counts or sorts a whole workspace (product.md 9.3). Where a filter has no index, a page looks at no more
than `WINDOW` rows and says how far it has looked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from entrant.db.engine import Row, Tx
from entrant.db.queries import load
from entrant.scim.fold import fold
from entrant.workspace.model import Group, LogEntry, Member, Source

from . import groups, log, members

_SQL = load(__package__, "browse")

WINDOW = 5_000  # entries of the log that one filtered page looks at: some milliseconds
COUNTED = 10_000  # members of a kind that are counted; more are "10,000 or more"
ACTIVE, INACTIVE = "any", "none"


@dataclass(frozen=True, slots=True)
class MemberFilter:
    """Which members to show. `state` is a role, `any` of them, `none`, or empty for everyone; so is `source`."""

    text: str = ""
    state: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which entries to show; empty is all. `since` and `until` are ids that stand for times."""

    outcome: str = ""
    resource_type: str = ""
    method: str = ""
    since: str = ""
    until: str = log.LAST


@dataclass(frozen=True, slots=True)
class LogPage:
    """Entries, and the id before which the search goes on; None when all has been looked at."""

    entries: list[LogEntry]
    before: str | None


def members_page(tx: Tx, workspace_id: str, wanted: MemberFilter, before: str, most: int) -> list[Member]:
    """Members before an id, newest first; those whose names begin with a text are searched by `search_members`."""

    def rows(name: str, **parameters: str) -> list[Member]:
        found = tx.all(_SQL[name], workspace=workspace_id, before=before or log.LAST, most=most, **parameters)
        return [members.from_row(row) for row in found]

    source, state = wanted.source, wanted.state
    if source == Source.LOCAL:  # the few: by their index, whatever else is asked
        return rows("members_by_source", source=source, state=state)
    if state == INACTIVE:
        return rows("members_inactive", source=source)
    if state == ACTIVE:
        both = rows("members_by_role", source=source, role="admin") + rows(
            "members_by_role", source=source, role="member"
        )
        return sorted(both, key=lambda member: member.id, reverse=True)[:most]
    if state:
        return rows("members_by_role", source=source, role=state)
    return rows("members", source=source)


def search_members(tx: Tx, workspace_id: str, wanted: MemberFilter, most: int) -> list[Member]:
    """Members whose userName, displayName or an e-mail address begins with the text; at most so many of each."""
    found: dict[str, Member] = {}
    for name in ("search_user_name", "search_display", "search_email"):
        rows = _begins(tx, name, workspace_id, wanted.text, most, source=wanted.source, state=wanted.state)
        found.update((row["id"], members.from_row(row)) for row in rows)
    return sorted(found.values(), key=lambda member: fold(member.doc["userName"]))


def groups_page(tx: Tx, workspace_id: str, before: str, most: int, *, only_roles: bool) -> list[Group]:
    """Groups before an id, newest first."""
    sql = _SQL["role_groups" if only_roles else "groups"]
    return [groups.from_row(row) for row in tx.all(sql, workspace=workspace_id, before=before or log.LAST, most=most)]


def search_groups(tx: Tx, workspace_id: str, text: str, most: int) -> list[Group]:
    """Groups whose displayName begins with the text."""
    return [groups.from_row(row) for row in _begins(tx, "search_groups", workspace_id, text, most)]


def members_named(tx: Tx, workspace_id: str, ids: Sequence[str]) -> list[Member]:
    """The members with these ids, in the order of ids."""
    return [members.from_row(row) for row in tx.all(_SQL["members_named"], workspace=workspace_id, ids=ids)]


def groups_named(tx: Tx, workspace_id: str, ids: Sequence[str]) -> list[Group]:
    """The groups with these ids, in the order of ids."""
    return [groups.from_row(row) for row in tx.all(_SQL["groups_named"], workspace=workspace_id, ids=ids)]


def groups_of(tx: Tx, workspace_id: str, member_id: str, most: int) -> list[Group]:
    """Groups that a member is directly in."""
    rows = tx.all(_SQL["groups_of"], workspace=workspace_id, member_id=member_id, most=most)
    return [groups.from_row(row) for row in rows]


def count_role(tx: Tx, workspace_id: str, role: str) -> int:
    """How many members have a role, up to COUNTED."""
    return _count(tx.one(_SQL["count_role"], workspace=workspace_id, role=role, most=COUNTED))


def count_inactive(tx: Tx, workspace_id: str) -> int:
    """How many members have no access, up to COUNTED."""
    return _count(tx.one(_SQL["count_inactive"], workspace=workspace_id, most=COUNTED))


def count_source(tx: Tx, workspace_id: str, source: Source) -> int:
    """How many members come from a source, up to COUNTED."""
    return _count(tx.one(_SQL["count_source"], workspace=workspace_id, source=source, most=COUNTED))


def log_page(tx: Tx, workspace_id: str, wanted: LogFilter, before: str, most: int) -> LogPage:
    """Entries before an id, newest first, found among the next WINDOW entries."""
    before = min(before, wanted.until) if before else wanted.until
    looked = tx.one(_SQL["log_window"], workspace=workspace_id, before=before, start=wanted.since, window_size=WINDOW)
    if looked is None or looked["last"] is None:
        return LogPage([], None)
    rows = tx.all(
        _SQL["log_page"],
        workspace=workspace_id,
        before=before,
        last=looked["last"],
        outcome=wanted.outcome,
        resource_type=wanted.resource_type,
        method=wanted.method,
        most=most + 1,
    )
    entries = [log.from_row(row) for row in rows]
    if len(entries) > most:
        return LogPage(entries[:most], entries[most - 1].id)
    return LogPage(entries, looked["last"] if looked["found"] == WINDOW else None)


def log_of_resource(tx: Tx, workspace_id: str, resource_id: str, before: str, most: int) -> list[LogEntry]:
    """Entries about one user or group before an id, newest first."""
    rows = tx.all(
        _SQL["log_of_resource"],
        workspace=workspace_id,
        resource_id=resource_id,
        before=before or log.LAST,
        most=most,
    )
    return [log.from_row(row) for row in rows]


def log_entry(tx: Tx, workspace_id: str, entry_id: str) -> LogEntry | None:
    """One entry of the log."""
    row = tx.one(_SQL["log_entry"], workspace=workspace_id, id=entry_id)
    return None if row is None else log.from_row(row)


_HIGHEST = "\U0010ffff"


def _begins(tx: Tx, name: str, workspace_id: str, text: str, most: int, **parameters: str) -> list[Row]:
    """The rows whose key begins with a text: from the key itself to before all that is above what it begins."""
    key = fold(text)
    run: Callable[..., list[Row]] = tx.all
    return run(_SQL[name], workspace=workspace_id, from_key=key, to_key=key + _HIGHEST, most=most, **parameters)


def _count(row: Row | None) -> int:
    return 0 if row is None else int(row["found"])
