"""How an administrator's write is done: workspace locked, change applied, invariant checked, all or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from entrant.db.engine import Database, Tx
from entrant.scim.schema import ResourceType
from entrant.scim.schemas import USER, user_type
from entrant.store import extensions, roles, workspaces
from entrant.workspace.errors import NoSuch
from entrant.workspace.model import RoleChange, Workspace
from entrant.workspace.rules import require_an_admin

T = TypeVar("T")

PAGE = 500  # rows that a listing reads at a time


@dataclass(slots=True)
class Edit:
    """An administrator's write while it is done. Every change of an effective role is reported in `role_changes`."""

    tx: Tx
    workspace: Workspace
    revision: int
    role_changes: list[RoleChange] = field(default_factory=list)

    @property
    def users(self) -> ResourceType:
        """The User resource type as this workspace has extended it."""
        if not self.workspace.schemas_version:
            return USER
        return user_type(extensions.list_schemas(self.tx, self.workspace.id))


def write(database: Database, slug: str, change: Callable[[Edit], T]) -> T:
    """Do `change` to the workspace and return what it returns; raises NoSuch, LastAdmin and what `change` raises."""

    def work(tx: Tx) -> T:
        revision, workspace = workspaces.lock(tx, get_workspace(tx, slug).id)
        edit = Edit(tx, workspace, revision)
        with tx.atomic():
            result = change(edit)
            require_an_admin(edit.role_changes, lambda: roles.has_admin(tx, workspace.id))
        tx.memo.clear()  # the next work of the batch shall see new settings, tokens and rules
        return result

    return database.write(slug, work)


def read(database: Database, slug: str, look: Callable[[Tx, Workspace], T]) -> T:
    """What `look` sees of the workspace; raises NoSuch."""
    return database.read(lambda tx: look(tx, get_workspace(tx, slug)))


def pages(fetch: Callable[[str], list[T]], key: Callable[[T], str]) -> Iterator[T]:
    """All rows of a listing, read page by page; `fetch(after)` returns the next `PAGE` rows after a key."""
    after = ""
    while rows := fetch(after):
        yield from rows
        if len(rows) < PAGE:
            return
        after = key(rows[-1])


def get_workspace(tx: Tx, slug: str) -> Workspace:
    """The workspace with that slug; raises NoSuch."""
    workspace = workspaces.find(tx, slug)
    if workspace is None:
        raise NoSuch(f'There is no workspace "{slug}"')
    return workspace
