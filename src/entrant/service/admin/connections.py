"""Connections and their tokens: made, listed, switched off and on, rotated (product.md §1)."""

from __future__ import annotations

import os
from datetime import datetime, timedelta

from entrant.db.engine import Database, Tx, timestamp
from entrant.service.ids import new_id
from entrant.service.room import DEFAULT, Limits
from entrant.store import connections
from entrant.workspace.audit import Deed
from entrant.workspace.errors import InvalidSetting, NoSuch, WorkspaceFull
from entrant.workspace.model import Connection, Provider, Token, Workspace
from entrant.workspace.tokens import make_token, mask_token, token_digest

from .edit import Edit, read, write
from .views import ConnectionView, NewConnection, TokenView

MAX_OVERLAP = timedelta(hours=24)  # product.md 1.3


def create_connection(database: Database, slug: str, provider: str, limits: Limits = DEFAULT) -> NewConnection:
    """A connection and its first token."""
    kind = _read_provider(provider)

    def change(edit: Edit) -> NewConnection:
        if len(connections.list_all(edit.tx, edit.workspace.id)) >= limits.connections:
            raise WorkspaceFull(limits.connections, "SCIM connections")
        connection = Connection(
            id=new_id(),
            provider=kind,
            enabled=True,
            created=edit.tx.now,
            last_contact=None,
            last_spelling=None,
        )
        connections.insert(edit.tx, edit.workspace.id, connection)
        edit.note(connection.id)
        return _new_token(edit, connection)

    return write(database, slug, Deed("connection.create", None, {"provider": provider}), change)


def list_connections(database: Database, slug: str) -> list[ConnectionView]:
    """The connections, each with the tokens that are alive and the tolerances it has used."""

    def look(tx: Tx, workspace: Workspace) -> list[ConnectionView]:
        return [_view(tx, workspace, connection) for connection in connections.list_all(tx, workspace.id)]

    return read(database, slug, look)


def set_enabled(database: Database, slug: str, connection_id: str | None, *, enabled: bool) -> ConnectionView:
    """Switch a connection off, which refuses its requests with 401 at once, or on again. None is the only one."""

    def change(edit: Edit) -> ConnectionView:
        connection = get_connection(edit.tx, edit.workspace, connection_id)
        edit.note(connection.id)
        connections.set_enabled(edit.tx, edit.workspace.id, connection.id, enabled=enabled)
        return _view(edit.tx, edit.workspace, get_connection(edit.tx, edit.workspace, connection.id))

    deed = Deed("connection.enable" if enabled else "connection.disable", connection_id)
    return write(database, slug, deed, change)


def set_provider(database: Database, slug: str, connection_id: str | None, provider: str) -> ConnectionView:
    """Say which kind of provider speaks by a connection (product.md 1.5). None is the only connection."""
    kind = _read_provider(provider)

    def change(edit: Edit) -> ConnectionView:
        connection = get_connection(edit.tx, edit.workspace, connection_id)
        edit.note(connection.id)
        connections.set_provider(edit.tx, edit.workspace.id, connection.id, kind)
        return _view(edit.tx, edit.workspace, get_connection(edit.tx, edit.workspace, connection.id))

    return write(database, slug, Deed("connection.provider", connection_id, {"provider": kind}), change)


def rotate_token(
    database: Database, slug: str, connection_id: str | None, overlap: timedelta = timedelta()
) -> NewConnection:
    """A new token; the old ones are refused after `overlap`, by default at once. None is the only connection."""
    if not timedelta() <= overlap <= MAX_OVERLAP:
        raise InvalidSetting("The old token can live on for at most 24 hours")

    def change(edit: Edit) -> NewConnection:
        connection = get_connection(edit.tx, edit.workspace, connection_id)
        edit.note(connection.id)
        end = timestamp(datetime.fromisoformat(edit.tx.now) + overlap)
        connections.end_tokens(edit.tx, edit.workspace.id, connection.id, end)
        return _new_token(edit, connection)

    deed = Deed("connection.rotate", connection_id, {"overlapSeconds": int(overlap.total_seconds())})
    return write(database, slug, deed, change)


def _read_provider(text: str) -> Provider:
    if text not in set(Provider):
        raise InvalidSetting(f'"{text}" is not a kind of provider; use {", ".join(Provider)}')
    return Provider(text)


def _new_token(edit: Edit, connection: Connection) -> NewConnection:
    text = make_token(os.urandom)
    digest = token_digest(text)
    assert digest is not None, "a token that was just made has a right checksum"  # noqa: S101  for the type checker
    token = Token(connection.id, mask_token(text), edit.tx.now, None, None)
    connections.insert_token(edit.tx, edit.workspace.id, digest, token)
    edit.note(token=token.masked)
    return NewConnection(connection.id, edit.workspace.slug, connection.provider, text, token.expires)


def get_connection(tx: Tx, workspace: Workspace, connection_id: str | None) -> Connection:
    """The connection with that id, or the only one; raises NoSuch."""
    slug = workspace.slug
    all_ = connections.list_all(tx, workspace.id)
    if connection_id is None and len(all_) > 1:
        raise NoSuch(f"{slug} has {len(all_)} connections; say which by its id: {', '.join(c.id for c in all_)}")
    found = next((c for c in all_ if connection_id in {None, c.id}), None)
    if found is None:
        raise NoSuch(f"{slug} has no {f'connection {connection_id}' if connection_id else 'connection yet'}")
    return found


def _view(tx: Tx, workspace: Workspace, connection: Connection) -> ConnectionView:
    alive = [
        token
        for token in connections.tokens(tx, workspace.id, connection.id)
        if token.expires is None or token.expires > tx.now
    ]
    return ConnectionView(
        id=connection.id,
        provider=connection.provider,
        enabled=connection.enabled,
        created=connection.created,
        last_contact=connection.last_contact,
        last_spelling=connection.last_spelling,
        tokens=tuple(TokenView(t.masked, t.created, t.last_used, t.expires) for t in alive),
        tolerances=connections.tolerances(tx, workspace.id, connection.id),
    )
