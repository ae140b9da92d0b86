"""Workspaces: settings, counters, and the revision that every write begins with (architecture.md §1)."""

from __future__ import annotations

from collections.abc import Iterator

from entrant.db.engine import Row, Tx
from entrant.db.queries import load
from entrant.workspace.model import Reactivation, Role, Workspace

_SQL = load(__package__, "workspaces")


def insert(tx: Tx, workspace: Workspace) -> bool:
    """Add a workspace; whether its slug was free."""
    return bool(
        tx.changed(
            _SQL["insert"],
            id=workspace.id,
            slug=workspace.slug,
            name=workspace.name,
            default_role=workspace.default_role,
            reactivation=workspace.reactivation,
            adoption=int(workspace.adoption),
            created=workspace.created,
        )
    )


def find(tx: Tx, slug: str) -> Workspace | None:
    """The workspace with that slug."""
    row = tx.one(_SQL["find"], slug=slug)
    return None if row is None else from_row(row)


def list_all(tx: Tx) -> list[Workspace]:
    """Every workspace, by slug."""
    return [from_row(row) for row in tx.all(_SQL["list_all"])]


def update(tx: Tx, workspace: Workspace) -> None:
    """Write the settings; counters and revision are not touched."""
    tx.run(
        _SQL["update_settings"],
        id=workspace.id,
        name=workspace.name,
        default_role=workspace.default_role,
        reactivation=workspace.reactivation,
        adoption=int(workspace.adoption),
        schemas_version=workspace.schemas_version,
    )


def ahead(tx: Tx, workspace_id: str) -> None:
    """Lock ahead for `lock`: if that is never called, some revisions are of nothing."""
    tx.ahead(_SQL["lock"], id=workspace_id, writes=tx.peers)


def lock(tx: Tx, workspace_id: str) -> tuple[int, Workspace]:
    """Lock the workspace until the end of the transaction: a revision of one's own, and the settings that hold.

    The first write of a batch takes revisions for all of it, so that the lock costs one statement per batch.
    """
    key = (lock, workspace_id)
    held: tuple[Iterator[int], Workspace] | None = tx.memo.get(key)
    revision = next(held[0], None) if held is not None else None
    if held is None or revision is None:
        row = tx.all(_SQL["lock"], id=workspace_id, writes=tx.peers)[0]
        last: int = row["revision"]
        tx.memo[key] = held = iter(range(last - tx.peers + 1, last + 1)), from_row(row)
        revision = next(held[0])
    return revision, held[1]


def lock_nothing(tx: Tx) -> None:
    """Run the statement of `lock` for a workspace that does not exist: it takes as long."""
    tx.all(_SQL["lock"], id="", writes=tx.peers)


def count(tx: Tx, workspace_id: str, *, users: int = 0, groups: int = 0) -> None:
    """Add to the counters of what SCIM lists, once per transaction."""
    tx.add(_SQL["count"], {"id": workspace_id}, users=users, groups=groups)


def from_row(row: Row) -> Workspace:
    """A row of the table as a value."""
    return Workspace(
        id=row["id"],
        slug=row["slug"],
        name=row["name"],
        default_role=Role(row["default_role"]),
        reactivation=Reactivation(row["reactivation"]),
        adoption=bool(row["adoption"]),
        schemas_version=row["schemas_version"],
        user_count=row["user_count"],
        group_count=row["group_count"],
        created=row["created"],
    )
