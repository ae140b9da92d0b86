"""What is to be done with an object, before the target is asked: a pure decision (entra-client 12, 23.3)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from entrant.entra.mapping.schema import ObjectMapping, TargetAction
from entrant.entra.mapping.scoping import Scope
from entrant.entra.model import Kind, Subject

from .answers import Code
from .entries import NOT_ENTITLED
from .run import ACTIVE, Run


class Todo(Enum):
    """What is to be done."""

    FORGET = auto()
    """It was purged, and nothing is to be said to the target: its link goes."""
    SKIP = auto()
    MATCH = auto()
    """Look for it in the target; then update or create it."""
    UPDATE = auto()
    DISABLE = auto()
    """Tell the target that a user is not active, along with what else changed (12.5.2)."""
    DELETE = auto()


@dataclass(frozen=True, slots=True)
class Plan:
    """The decision about one object."""

    subject: Subject
    mapping: ObjectMapping
    scope: Scope
    todo: Todo
    code: str = ""
    """Why it is skipped (21.1.8)."""
    reason: str = ""

    @property
    def gone(self) -> bool:
        """Whether the directory has it no longer, or only in the recycle bin."""
        return self.subject.object is None or self.subject.object.deleted is not None

    @property
    def deprovisions(self) -> bool:
        """Whether it counts for accidental-deletion prevention: disables, deletes, deletes of groups (15.10)."""
        link = self.subject.link
        return self.todo is Todo.DELETE or (self.todo is Todo.DISABLE and link is not None and link.active)


def plan_of(run: Run, subject: Subject, mapping: ObjectMapping) -> Plan:
    """Decide about one object."""
    scope = run.scope(subject, mapping)
    todo, code, reason = (_of_user if subject.kind is Kind.USER else _of_group)(run, subject, mapping, scope)
    return Plan(subject, mapping, scope, todo, code, reason)


_Decision = tuple[Todo, str, str]


def _of_user(run: Run, subject: Subject, mapping: ObjectMapping, scope: Scope) -> _Decision:
    if subject.link is None:
        return _unlinked(run, subject, scope)
    if not scope.looked_at:
        return _skip(scope, "it fails the input filter")
    if subject.object is None:
        deletes = subject.link.managed and TargetAction.DELETE in mapping.actions and not run.on_demand
        return (Todo.DELETE, "", "") if deletes else (Todo.FORGET, "", "")
    if not scope.soft_deleted:
        return _may_update(mapping, Todo.UPDATE)
    return _disable(run, subject, mapping, scope)


def _disable(run: Run, subject: Subject, mapping: ObjectMapping, scope: Scope) -> _Decision:
    """A linked user with IsSoftDeleted (12.5)."""
    leaves = not scope.in_scope
    if subject.link is not None and not subject.link.managed and leaves:
        return _skip(scope, "it was deprovisioned when its assignment was removed, and is not managed any more")
    if run.on_demand and not scope.active:
        return _skip(scope, "provision on demand does not deprovision users who are disabled or deleted (19.6)")
    if leaves and run.job.skip_out_of_scope_deletions:
        return _skip(scope, "it is out of scope, and out-of-scope deletions are skipped")
    if mapping.find(ACTIVE) is None:
        return _skip(scope, "no attribute is mapped to active")
    return _may_update(mapping, Todo.DISABLE)


def _of_group(run: Run, subject: Subject, mapping: ObjectMapping, scope: Scope) -> _Decision:
    if subject.link is None:
        return _unlinked(run, subject, scope)
    if not scope.looked_at:
        return _skip(scope, "it fails the input filter")
    gone = subject.object is None or subject.object.deleted is not None
    if not gone and scope.in_scope:
        return _may_update(mapping, Todo.UPDATE)
    kept = run.job.skip_out_of_scope_deletions and run.switches.skip_group_deletions
    if TargetAction.DELETE in mapping.actions and (gone or not kept):
        return Todo.DELETE, "", ""
    return (Todo.FORGET, "", "") if gone else _skip(scope, "it is out of scope, and is not deleted in the target")


def _unlinked(run: Run, subject: Subject, scope: Scope) -> _Decision:
    if subject.object is None:
        return Todo.FORGET, "", ""
    disabled = scope.in_scope and not scope.active and subject.object.deleted is None
    if scope.eligible or (disabled and run.switches.match_disabled_users):
        return Todo.MATCH, "", ""
    return Todo.SKIP, scope.skip_reason, _why_not(scope)


def _why_not(scope: Scope) -> str:
    if not scope.entitled:
        return "it is not assigned to the application"
    if not scope.active:
        return "it is not active"
    return "it does not pass the scoping filters"


def _may_update(mapping: ObjectMapping, todo: Todo) -> _Decision:
    if TargetAction.UPDATE in mapping.actions:
        return todo, "", ""
    return Todo.SKIP, Code.SKIPPED, "Update is not among the target object actions"


def _skip(scope: Scope, reason: str) -> _Decision:
    return Todo.SKIP, Code.SKIPPED if scope.entitled and scope.active else NOT_ENTITLED, reason
