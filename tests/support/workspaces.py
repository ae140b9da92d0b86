"""Workspaces for tests, each with a connection and a provider that speaks to it in-process."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count

from entrant.config import Config
from entrant.db.engine import Database, Tx
from entrant.service import admin
from entrant.service.scim import Service
from entrant.store import MIGRATIONS

from .idp import Idp

__all__ = ["MIGRATIONS", "NewWorkspace", "age", "new_workspace"]

_numbers = count(1)


@dataclass(frozen=True)
class NewWorkspace:
    """A workspace that a test made, seen through one open database."""

    database: Database
    slug: str
    idp: Idp

    def through(self, database: Database) -> NewWorkspace:
        """The same workspace through a service of its own on another open database."""
        return replace(self, database=database, idp=replace(self.idp, send=Service(database, Config()).handle))

    def connect(self, provider: str) -> Idp:
        """Another provider's connection to this workspace."""
        token = admin.create_connection(self.database, self.slug, provider).token
        return replace(self.idp, token=token)


def new_workspace(database: Database, provider: str = "entra") -> NewWorkspace:
    """A workspace without members, and a connection of that kind to it."""
    slug = f"ws{next(_numbers)}"
    admin.create_workspace(database, slug, name=slug.title())
    token = admin.create_connection(database, slug, provider).token
    return NewWorkspace(database, slug, Idp(Service(database, Config()).handle, f"/scim/v2/{slug}", token))


LONG_AGO = "2020-01-01T00:00:00.000000Z"


def age(database: Database, slug: str = "") -> None:
    """Let everything be as if it had been provisioned long ago: the initial fill is over, nobody is new."""

    def work(tx: Tx) -> None:
        tx.everywhere()
        tx.run("UPDATE member SET created = :then, access_since = :then, admin_since = :then", then=LONG_AGO)
        tx.run("UPDATE membership SET since = :then", then=LONG_AGO)
        tx.run("UPDATE groups SET created = :then", then=LONG_AGO)
        tx.run("UPDATE connection SET first_write = :then", then=LONG_AGO)
        tx.run("DELETE FROM guard_window")

    database.write(slug, work)
