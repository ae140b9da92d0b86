"""Who is in which group: rows, changed by set-based statements and never loaded to be changed (architecture.md §1).

The cost of each function depends on the ids it is given, not on the size of the group (product.md 9.3).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache

import msgspec

from entrant.db.engine import Row, Tx
from entrant.db.queries import load
from entrant.scim.schemas import MAX_NAMED
from entrant.workspace.model import Place

from .documents import DIALECTS
from .recorded import recorded
from .where import Where

_SQL = load(__package__, "memberships")


def add(tx: Tx, workspace_id: str, group_id: str, ids: Sequence[str]) -> set[str]:
    """Put users and groups into a group; those that were not in it. Passes over ids that are neither. One statement."""
    rows = tx.all(_SQL["add"], workspace=workspace_id, group_id=group_id, ids=ids, now=tx.steady)
    added = {row["member_id"] for row in rows}
    recorded(tx).joined(group_id, added)
    return added


def remove(tx: Tx, workspace_id: str, group_id: str, ids: Sequence[str]) -> set[str]:
    """Take members out of a group; those that were in it. One statement."""
    return _left(tx, group_id, tx.all(_SQL["remove"], workspace=workspace_id, group_id=group_id, ids=ids))


def clear(tx: Tx, workspace_id: str, group_id: str, keep: Sequence[str]) -> set[str]:
    """Take all members out of a group but these; those that were in it. One statement."""
    return _left(tx, group_id, tx.all(_SQL["clear"], workspace=workspace_id, group_id=group_id, keep=keep))


def known(tx: Tx, workspace_id: str, ids: Sequence[str]) -> dict[str, str]:
    """Of these ids, the ones that can be members, with their kind: `User` or `Group`. One statement."""
    return {row["id"]: row["kind"] for row in tx.all(_SQL["known"], workspace=workspace_id, ids=ids)}


def chosen(tx: Tx, workspace_id: str, group_id: str, where: Where, added: Sequence[str]) -> set[str]:
    """The members of a group whom a condition of `compile_members` holds for, and those of the ids to be added.

    One statement, or two.
    """
    found = tx.all(f"{_SQL['chosen']} {where.sql}", workspace=workspace_id, group_id=group_id, **where.parameters)
    if added:
        found += tx.all(f"{_SQL['eligible']} {where.sql}", workspace=workspace_id, ids=added, **where.parameters)
    return {row["member_id"] for row in found}


def members(tx: Tx, workspace_id: str, group_id: str, after: str | None, most: int) -> list[tuple[str, str]]:
    """Members of a group after an id, in the order of ids, with their kind. One statement."""
    rows = tx.all(_SQL["members"], workspace=workspace_id, group_id=group_id, after=after or "", most=most)
    return [(row["member_id"], row["kind"]) for row in rows]


def groups_of(tx: Tx, workspace_id: str, ids: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    """The id and displayName of the groups that each of these is directly in. One statement."""
    found: dict[str, list[tuple[str, str]]] = {}
    for row in tx.all(_SQL["groups_of"], workspace=workspace_id, ids=ids):
        found.setdefault(row["member_id"], []).append((row["id"], msgspec.json.decode(row["doc"])["displayName"]))
    return found


@cache
def places_column(engine: str) -> str:
    """A column of a statement about `member m`: up to `:places` groups of each, for `places_of`.

    A column, since a statement of its own may be another wait for PostgreSQL, and one row for each group of each user
    would be too many for a page (decision 0007). A document has a bound here, since many users may share a large one.
    """
    named = f"CASE WHEN length(g.doc) <= {MAX_NAMED} THEN g.doc ELSE '{{}}' END"
    # Not a join: no planner can then read more memberships than :places, or groups that nobody here is in.
    line = f"p.group_id || ' ' || (SELECT {named} FROM groups g WHERE g.workspace = :workspace AND g.id = p.group_id)"
    return (
        f"(SELECT {DIALECTS[engine].lines(line)} FROM (SELECT s.group_id FROM membership s "
        "WHERE s.workspace = :workspace AND s.member_id = m.id LIMIT :places) p) AS places"
    )


class _Named(msgspec.Struct):
    displayName: str | None = None  # noqa: N815  as documents have it


_named = msgspec.json.Decoder(_Named)


def places_of(column: str | None, most: int) -> tuple[Place, ...] | None:
    """What `places_column` has found with `:places` above `most`; None if that is more than `most`."""
    lines = column.split("\n") if column else ()  # a document is JSON of one line
    if len(lines) > most:
        return None
    return tuple(sorted(map(_place, lines)))


@lru_cache(maxsize=1_000)
def _place(line: str) -> Place:
    """On a page, many users are in the same few groups."""
    group, _, doc = line.partition(" ")
    return Place(group, _named.decode(doc).displayName)


def forget(tx: Tx, workspace_id: str, member_id: str, revision: int) -> None:
    """Take a user or group that goes away out of every group; those groups get a new version. Two statements.

    Nothing is recorded: who goes away loses more than places.
    """
    tx.run(_SQL["touch_groups"], workspace=workspace_id, member_id=member_id, revision=revision, now=tx.now)
    tx.run(_SQL["forget"], workspace=workspace_id, member_id=member_id)


def drop(tx: Tx, workspace_id: str, group_id: str) -> None:
    """Empty a group that is about to be deleted. One statement."""
    _left(tx, group_id, tx.all(_SQL["drop"], workspace=workspace_id, group_id=group_id))


def _left(tx: Tx, group_id: str, rows: Sequence[Row]) -> set[str]:
    recorded(tx).left(group_id, ((row["member_id"], row["since"]) for row in rows))
    return {row["member_id"] for row in rows}
