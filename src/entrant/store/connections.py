"""Connections and their tokens (product.md §1), and what a connection has needed so far (product.md 6.4)."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from entrant.db.engine import Row, Tx
from entrant.db.queries import load
from entrant.workspace.model import Connection, Ended, Provider, Token, Workspace

from . import workspaces
from .guard import read_guard

_SQL = load(__package__, "connections")


class Access(msgspec.Struct, frozen=True):
    """What a token opens. Whether it still may is the caller's question: see `enabled` and `expires`."""

    workspace: Workspace
    connection: Connection
    token: Token


def ahead(tx: Tx, slug: str, digest: str) -> None:
    """Ask ahead for what `find_access` will look for."""
    tx.ahead(_SQL["find_access"], slug=slug, digest=digest)


def find_access(tx: Tx, slug: str, digest: str) -> Access | None:
    """What the token with that digest opens in the workspace with that slug. One statement."""
    row = tx.one(_SQL["find_access"], slug=slug, digest=digest)
    if row is None:
        return None
    tx.entered(row["id"])
    connection = Connection(
        id=row["connection_id"],
        provider=Provider(row["provider"]),
        enabled=bool(row["enabled"]),
        created=row["connection_created"],
        last_contact=row["last_contact"],
        last_spelling=row["last_spelling"],
        guard=read_guard(row["guard"]),
        first_write=row["first_write"],
    )
    token = Token(
        connection=connection.id,
        masked=row["masked"],
        created=row["token_created"],
        expires=row["expires"],
        last_used=row["last_used"],
        credential=row["credential"],
        ended=None if row["ended"] is None else Ended(row["ended"]),
    )
    return Access(workspaces.from_row(row), connection, token)


def insert(tx: Tx, workspace_id: str, connection: Connection) -> None:
    """Add a connection."""
    tx.run(
        _SQL["insert"],
        workspace=workspace_id,
        id=connection.id,
        provider=connection.provider,
        enabled=int(connection.enabled),
        created=connection.created,
    )


def list_all(tx: Tx, workspace_id: str) -> list[Connection]:
    """The connections of a workspace, oldest first."""
    return [_connection(row) for row in tx.all(_SQL["list_all"], workspace=workspace_id)]


def set_enabled(tx: Tx, workspace_id: str, connection_id: str, *, enabled: bool) -> None:
    """Switch a connection on or off; its data stays."""
    tx.run(_SQL["set_enabled"], workspace=workspace_id, id=connection_id, enabled=int(enabled))


def set_provider(tx: Tx, workspace_id: str, connection_id: str, provider: Provider) -> None:
    """Say of which kind a connection's provider is."""
    tx.run(_SQL["set_provider"], workspace=workspace_id, id=connection_id, provider=provider)


def insert_token(tx: Tx, workspace_id: str, digest: str, token: Token) -> None:
    """Add a token, by its digest alone."""
    tx.run(
        _SQL["insert_token"],
        digest=digest,
        workspace=workspace_id,
        connection=token.connection,
        masked=token.masked,
        created=token.created,
        expires=token.expires,
        credential=token.credential,
    )


def end_tokens(tx: Tx, workspace_id: str, connection_id: str, at: str) -> None:
    """Let every token of a connection that was given by hand end at that time at the latest."""
    tx.run(_SQL["end_tokens"], workspace=workspace_id, connection=connection_id, at=at)


def tokens(tx: Tx, workspace_id: str, connection_id: str) -> list[Token]:
    """The tokens of a connection that were given by hand, newest first, those that have ended too."""
    rows = tx.all(_SQL["tokens"], workspace=workspace_id, connection=connection_id)
    return [Token(r["connection"], r["masked"], r["created"], r["expires"], r["last_used"]) for r in rows]


def touch(tx: Tx, workspace_id: str, access: Access, spelling: str | None) -> None:
    """Remember that a connection and its token were used, and which dialect it spoke last."""
    token = access.token
    tx.later(
        _SQL["touch_token"],
        workspace=workspace_id,
        connection=token.connection,
        masked=token.masked,
        created=token.created,
        now=tx.now,
    )
    tx.later(_SQL["touch"], workspace=workspace_id, id=token.connection, now=tx.now, spelling=spelling)


def begin_fill(tx: Tx, workspace_id: str, connection_id: str) -> None:
    """Note that a connection has begun to write."""
    tx.run(_SQL["begin_fill"], workspace=workspace_id, id=connection_id, now=tx.steady)


def count_tolerances(tx: Tx, workspace_id: str, connection_id: str, names: Iterable[str]) -> None:
    """Count one use of each tolerance."""
    for name in names:
        key = {"workspace": workspace_id, "connection": connection_id, "tolerance": name, "now": tx.now}
        tx.add(_SQL["count_tolerance"], key, uses=1)


def tolerances(tx: Tx, workspace_id: str, connection_id: str) -> dict[str, int]:
    """How often a connection needed each tolerance."""
    rows = tx.all(_SQL["tolerances"], workspace=workspace_id, connection=connection_id)
    return {row["tolerance"]: row["uses"] for row in rows}


def _connection(row: Row) -> Connection:
    return Connection(
        id=row["id"],
        provider=Provider(row["provider"]),
        enabled=bool(row["enabled"]),
        created=row["created"],
        last_contact=row["last_contact"],
        last_spelling=row["last_spelling"],
        guard=read_guard(row["guard"]),
        first_write=row["first_write"],
    )
