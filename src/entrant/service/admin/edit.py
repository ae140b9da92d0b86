"""How an administrator's write is done: workspace locked, change applied, invariant checked, all or nothing.

Each is in the audit log, done or refused, with who did it: callers say so by `acting`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import TypeVar

from entrant.db.engine import Database, Tx
from entrant.scim.schema import ResourceType
from entrant.scim.schemas import USER, user_type
from entrant.scim.wire import Json
from entrant.service import people
from entrant.service.leaving import end_access
from entrant.service.record import role_changes
from entrant.store import audit, extensions, recorded, roles, workspaces
from entrant.workspace.audit import NOBODY, Actor, Deed
from entrant.workspace.changes import Changes, MemberChange
from entrant.workspace.errors import DomainError, NoSuch
from entrant.workspace.model import Outcome, Workspace
from entrant.workspace.rules import require_an_admin

T = TypeVar("T")

PAGE = 500  # rows that a listing reads at a time
MAX_ROLE_CHANGES = 100  # that an entry of the audit log shows; it says how many more there were

_actor: ContextVar[Actor] = ContextVar("actor", default=NOBODY)


@contextmanager
def acting(actor: Actor) -> Iterator[None]:
    """Within the block, what this thread or task does to workspaces is done by `actor`."""
    token = _actor.set(actor)
    try:
        yield
    finally:
        _actor.reset(token)


@dataclass(slots=True)
class Edit:
    """An administrator's write while it is done. What it changes is recorded in `changes` by the store."""

    tx: Tx
    workspace: Workspace
    revision: int
    deed: Deed
    """What the audit log will say; see `note`."""
    changes: Changes
    """The effective roles and places that it changes, as the store records them."""
    member_changes: list[MemberChange] = field(default_factory=list)
    """What the store recorded of members, for the rules about people."""

    def note(self, target: str | None = None, **details: Json) -> None:
        """Add to the audit entry what is known only now: whom it concerned, what was there before. No secrets."""
        self.deed = replace(self.deed, target=target or self.deed.target, details={**self.deed.details, **details})

    @property
    def users(self) -> ResourceType:
        """The User resource type as this workspace has extended it."""
        if not self.workspace.schemas_version:
            return USER
        return user_type(extensions.list_schemas(self.tx, self.workspace.id))


def write(database: Database, slug: str, deed: Deed, change: Callable[[Edit], T]) -> T:
    """Do `change` to the workspace and return what it returns; raises NoSuch, LastAdmin and what `change` raises."""
    actor = _actor.get()

    def work(tx: Tx) -> T | _Refused:
        revision, workspace = workspaces.lock(tx, get_workspace(tx, slug).id)
        edit = Edit(tx, workspace, revision, deed, recorded.begin(tx))
        try:
            with tx.atomic():
                result = change(edit)
                changed = edit.changes.roles
                require_an_admin(changed, lambda: roles.has_admin(tx, workspace.id))
                end_access(tx, workspace.id, changed)
                edit.note(
                    **people.end_renamed(tx, workspace.id, edit.member_changes, changed),
                    **people.end_protection(tx, workspace.id, changed),
                )
        except DomainError as refused:
            audit.append(tx, workspace.id, actor, edit.deed, Outcome.REFUSED, refused.detail)
            return _Refused(refused)
        append_audit(edit, actor)
        tx.memo.clear()  # the next work of the batch shall see new settings, tokens and rules
        return result

    answer = database.write(slug, work)
    if isinstance(answer, _Refused):
        raise answer.error
    return answer


@dataclass(frozen=True, slots=True)
class _Refused:
    """A refusal as a value: its entry of the audit log is to stay."""

    error: DomainError


def append_audit(edit: Edit, actor: Actor) -> None:
    """Put into the audit log what was done, with the roles that changed by it."""
    changes = edit.changes.roles
    if changes:
        edit.note(roles=role_changes(changes[:MAX_ROLE_CHANGES]))
    if len(changes) > MAX_ROLE_CHANGES:
        edit.note(moreRoles=len(changes) - MAX_ROLE_CHANGES)
    audit.append(edit.tx, edit.workspace.id, actor, edit.deed)


def current_actor() -> Actor:
    """Who is acting in this thread or task."""
    return _actor.get()


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
