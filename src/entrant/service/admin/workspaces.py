"""Workspaces: made, listed, shown, and their settings (product.md §§2, 4)."""

from __future__ import annotations

import re

from msgspec.structs import replace

from entrant.db.engine import Database, Tx
from entrant.service.ids import new_id
from entrant.store import audit, recorded, roles, workspaces
from entrant.workspace.audit import Deed
from entrant.workspace.errors import AlreadyExists, InvalidSetting
from entrant.workspace.model import Reactivation, Role, Workspace

from .edit import Edit, append_audit, current_actor, read, write
from .members import insert_local
from .views import WorkspaceView

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")  # a label of a host name, RFC 1123 §2.1, in lower case
MAX_NAME = 200  # characters


def create_workspace(database: Database, slug: str, name: str, admin: str | None = None) -> WorkspaceView:
    """A new workspace; `admin` is the e-mail address of its first member, who is its admin by hand."""
    if not SLUG.fullmatch(slug):
        raise InvalidSetting(
            f'"{slug}" cannot be part of an address; use up to 63 lower-case letters, digits and hyphens'
        )
    if not name.strip() or len(name) > MAX_NAME:
        raise InvalidSetting(f"A workspace needs a name of at most {MAX_NAME} characters")

    actor = current_actor()

    def work(tx: Tx) -> WorkspaceView:
        workspace = Workspace(
            id=new_id(),
            slug=slug,
            name=name.strip(),
            default_role=Role.MEMBER,
            reactivation=Reactivation.ALLOW,
            adoption=True,
            schemas_version=0,
            user_count=0,
            group_count=0,
            created=tx.now,
        )
        if not workspaces.insert(tx, workspace):
            raise AlreadyExists(f'There is a workspace "{slug}" already')
        audit.begin(tx, workspace.id)
        deed = Deed("workspace.create", None, {"name": name})
        edit = Edit(tx, workspace, workspaces.lock(tx, workspace.id)[0], deed, recorded.begin(tx))
        if admin is not None:
            insert_local(edit, admin, Role.ADMIN)
        append_audit(edit, actor)
        return WorkspaceView.of(workspace)

    return database.write(slug, work)


def list_workspaces(database: Database) -> list[WorkspaceView]:
    """All workspaces, by slug."""
    return [WorkspaceView.of(workspace) for workspace in database.read(workspaces.list_all)]


def show_workspace(database: Database, slug: str) -> WorkspaceView:
    """One workspace."""
    return read(database, slug, lambda _, workspace: WorkspaceView.of(workspace))


def set_default_role(database: Database, slug: str, role: str) -> WorkspaceView:
    """The role of members whom neither a group nor a hand gives one (product.md 2.6, 4.3); theirs changes at once."""
    if role not in set(Role):
        raise InvalidSetting(f'"{role}" is not a role; use {" or ".join(Role)}')

    def change(edit: Edit) -> WorkspaceView:
        view = _update(edit, replace(edit.workspace, default_role=Role(role)))
        roles.recompute_all(edit.tx, edit.workspace.id)
        return view

    return write(database, slug, Deed("workspace.set", "default-role", {"value": role}), change)


def set_reactivation(database: Database, slug: str, reactivation: str) -> WorkspaceView:
    """Whether deprovisioned members return over SCIM by themselves (product.md 2.5)."""
    if reactivation not in set(Reactivation):
        raise InvalidSetting(f'"{reactivation}" is not a way to return; use {" or ".join(Reactivation)}')
    return write(
        database,
        slug,
        Deed("workspace.set", "reactivation", {"value": reactivation}),
        lambda edit: _update(edit, replace(edit.workspace, reactivation=Reactivation(reactivation))),
    )


def set_adoption(database: Database, slug: str, *, adoption: bool) -> WorkspaceView:
    """Whether a provider's new user takes over a member who was invited by hand (product.md 2.2)."""
    deed = Deed("workspace.set", "adoption", {"value": adoption})
    return write(database, slug, deed, lambda edit: _update(edit, replace(edit.workspace, adoption=adoption)))


def _update(edit: Edit, workspace: Workspace) -> WorkspaceView:
    workspaces.update(edit.tx, workspace)
    return WorkspaceView.of(workspace)
