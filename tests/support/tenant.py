"""Users and groups for tests of the emulator, and what its change feed says of them."""

from __future__ import annotations

from entrant.db.engine import Database
from entrant.entra import directory
from entrant.entra.model import DirectoryObject, Kind
from entrant.entra.store import changes
from entrant.scim.wire import Json


def add_user(database: Database, name: str, *, id: str | None = None, **more: Json) -> DirectoryObject:
    """A user `name@contoso.com`, active."""
    given = {
        "accountEnabled": True,
        "displayName": name.title(),
        "mailNickname": name,
        "userPrincipalName": f"{name}@contoso.com",
        **more,
    }
    return directory.create_user(database, given, id=id)


def add_group(database: Database, name: str, *members: DirectoryObject) -> DirectoryObject:
    """A security group."""
    return directory.create_group(database, {"displayName": name}, members=[m.id for m in members])


def changed_since(database: Database, since: int, scope: str = "") -> set[str]:
    """The ids of all objects that changed after a position, in one scope."""
    after = (since, changes.LAST_ID)
    return {
        id_
        for kind in Kind
        for _, id_, _ in database.read(lambda tx, kind=kind: changes.following_ids(tx, kind, scope, after, 10_000))  # type: ignore[misc]
    }
