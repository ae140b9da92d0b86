"""What objects refer to, exported after the objects themselves: managers and members (entra-client 8.6, 9.7 to 9.15).

The object itself was read in this very cycle, by `objects.py`; what the target has of its manager is in its link. A
change of a manager and each change of members is an entry of its own (21.1.4).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from entrant.entra.mapping.flow import TargetValue
from entrant.entra.model import Action, Kind, Link, LogEntry, ModifiedProperty, Outcome, Part, Subject
from entrant.scim.schema import Resource
from entrant.scim.wire import Flow, Response

from .answers import Code, Problem, list_of, problem_of
from .entries import Record
from .escrow import failed
from .lookup import NOT_FOUND, lost
from .operations import MemberPatch
from .plan import Plan
from .run import MEMBERS, Run

MAX_TOLD = 100  # members without a link that one entry names


# Managers


def export_manager(run: Run, plan: Plan) -> Flow[Outcome | None]:
    """Tell the target of a user's manager, if it should have another one; None if there is nothing to be done."""
    subject, link = plan.subject, plan.subject.link
    name = run.manager_attribute(plan.mapping)
    if link is None or name is None:
        return None
    if plan.scope.soft_deleted or subject.object is None:
        return _settled(subject, link, Part.MANAGER)
    # Mappings of references are direct (8.6.8): without a manager there is none to be sent.
    wanted = _manager_of(run, plan, name) if subject.object.manager else None
    boss = run.state.link_of(str(wanted.value)) if wanted else None
    if wanted is not None and boss is None:
        return _unresolved_manager(run, subject, str(wanted.value))
    told = link.exported.get(name)
    old = told if isinstance(told, str) else None
    new = boss.target_id if boss else None
    if new == old or (new is None and link.manager is None):
        return _settled(subject, link, Part.MANAGER)
    return (yield from _send_manager(run, subject, link, name, (old, new), boss))


def _manager_of(run: Run, plan: Plan, name: str) -> TargetValue | None:
    # Of the mapped attributes this one alone: the others have been worked out with the object.
    alone = replace(plan.mapping, attributes=tuple(each for each in plan.mapping.attributes if each.target == name))
    found = run.apply(plan.subject, alone, plan.scope, creating=False).find(name)
    return found if found is not None and found.value else None


def _send_manager(
    run: Run, subject: Subject, link: Link, name: str, ids: tuple[str | None, str | None], boss: Link | None
) -> Flow[Outcome]:
    old, new = ids
    record = Record(subject, target_id=link.target_id)
    if new is not None and run.switches.reference_check_queries:
        response = yield from record.talk.ask(run.dialect.check_reference(Kind.USER, link.target_id, "manager", new))
        if _refers(response):
            told = replace(link, manager=boss.object_id if boss else None, exported={**link.exported, name: new})
            return Outcome(subject.id, subject.kind, told, settled=(Part.MANAGER,))
    modified = (ModifiedProperty(name, old, new),)
    record.decided(Action.UPDATE, "its manager differs")
    response = yield from record.talk.ask(run.dialect.manager(link.target_id, name, old, new))
    problem = _problem(link, response)
    if problem is not None:
        return _failure(run, record, Part.MANAGER, problem, modified)
    record.exported(Action.UPDATE)
    exported = {key: value for key, value in link.exported.items() if key != name}
    told = replace(link, manager=boss.object_id if boss else None, exported=exported | ({name: new} if new else {}))
    entry = record.success(Action.UPDATE, modified)
    return Outcome(subject.id, subject.kind, told, (entry,), settled=(Part.MANAGER,))


def _unresolved_manager(run: Run, subject: Subject, manager: str) -> Outcome:
    """A manager who is not in the target is not sent, now or when he comes into scope (8.6.7)."""
    record = Record(subject)
    known = run.state.subject(manager)
    who = known.object.name if known is not None and known.object is not None else manager
    record.unresolved(f"The manager '{who}' is not provisioned", {"manager": manager})
    entry = record.warning(Code.UNRESOLVED, f"the manager {who} is not provisioned, and was left out")
    return Outcome(subject.id, subject.kind, subject.link, (entry,), settled=(Part.MANAGER,))


# Members


def export_members(run: Run, plan: Plan, chosen: Collection[str] | None = None) -> Flow[Outcome | None]:
    """Tell the target of a group's members that it has not been told of; None if there is nothing to be done.

    With `chosen`, only of these, and none is removed (19.5).
    """
    subject, link = plan.subject, plan.subject.link
    if link is None or plan.mapping.find(MEMBERS) is None:
        return None
    if not plan.scope.in_scope:
        return _settled(subject, link, Part.MEMBERS)
    change = run.state.membership(subject.id, chosen)
    added = {target: member for member, target in change.add}
    removed = {target: member for member, target in change.remove} if chosen is None else {}
    if not run.switches.remove_soft_deleted_members:
        removed = {target: member for target, member in removed.items() if not _is_deleted(run, member)}
    return (yield from _Members(run, subject, link, added, removed).export(change.unresolved))


class _Members:
    """The PATCHes that tell a group of its members, one after the other."""

    def __init__(
        self, run: Run, subject: Subject, link: Link, add: Mapping[str, str], remove: Mapping[str, str]
    ) -> None:
        """`add` and `remove` are objects of the directory by their ids in the target."""
        self.run, self.subject, self.link = run, subject, link
        self.add, self.remove = add, remove
        self.entries: list[LogEntry] = []
        self.added: list[tuple[str, str]] = []
        self.removed: list[tuple[str, str]] = []

    def export(self, unresolved: Collection[str]) -> Flow[Outcome | None]:
        record = Record(self.subject, target_id=self.link.target_id)
        add = (yield from self._missing(record)) if self.run.switches.reference_check_queries else tuple(self.add)
        for patch in self.run.dialect.spelling.members(add, tuple(self.remove)):
            problem = yield from self._send(record, patch)
            if problem is not None:
                return self._failed(record, patch, problem)
        if unresolved:
            self.entries.append(_unresolved_members(record, tuple(unresolved)))
        if not self.entries and not self.added:
            return _settled(self.subject, self.link, Part.MEMBERS)
        return self._outcome()

    def _missing(self, record: Record) -> Flow[tuple[str, ...]]:
        """The members that the target does not have, asked for one by one (6.2.5)."""
        missing = []
        for target in self.add:
            request = self.run.dialect.check_reference(Kind.GROUP, self.link.target_id, MEMBERS, target)
            response = yield from record.talk.ask(request)
            if _refers(response):
                self.added.append((self.add[target], target))
            else:
                missing.append(target)
        return tuple(missing)

    def _send(self, record: Record, patch: MemberPatch) -> Flow[Problem | None]:
        record.decided(Action.UPDATE, "its members differ")
        request = self.run.dialect.patch(Kind.GROUP, self.link.target_id, patch.operations)
        problem = _problem(self.link, (yield from record.talk.ask(request)))
        if problem is not None:
            return problem
        record.exported(Action.UPDATE)
        self.entries.append(record.success(Action.UPDATE, _modified(patch)))
        self.added += [(self.add[target], target) for target in patch.added]
        self.removed += [(self.remove[target], target) for target in patch.removed]
        return None

    def _failed(self, record: Record, patch: MemberPatch, problem: Problem) -> Outcome:
        failure = _failure(self.run, record, Part.MEMBERS, problem, _modified(patch))
        return replace(
            failure,
            entries=(*self.entries, *failure.entries),
            members_added=tuple(self.added),
            members_removed=tuple(self.removed),
        )

    def _outcome(self) -> Outcome:
        return Outcome(
            self.subject.id,
            self.subject.kind,
            self.link,
            tuple(self.entries),
            settled=(Part.MEMBERS,),
            members_added=tuple(self.added),
            members_removed=tuple(self.removed),
        )


def _modified(patch: MemberPatch) -> tuple[ModifiedProperty, ...]:
    """Members before and after (graph-surface 3.5): one property each, those that were added first."""
    added = (ModifiedProperty(MEMBERS, None, target) for target in patch.added)
    return (*added, *(ModifiedProperty(MEMBERS, target, None) for target in patch.removed))


def _unresolved_members(record: Record, ids: tuple[str, ...]) -> LogEntry:
    """Members that are not in the target are left out and reported (9.14)."""
    told = ",".join(ids[:MAX_TOLD])
    record.unresolved(f"{len(ids)} members are not provisioned", {"members": told})
    return record.warning(Code.UNRESOLVED, f"{len(ids)} members are not provisioned, and were left out: {told}")


def _is_deleted(run: Run, member: str) -> bool:
    subject = run.state.subject(member)
    return subject is not None and (subject.object is None or subject.object.deleted is not None)


# Both


def _problem(link: Link, response: Response) -> Problem | None:
    return lost(link) if response.status == NOT_FOUND else problem_of(response)


def _refers(response: Response) -> bool:
    found: tuple[Resource, ...] | Problem = list_of(Kind.USER, response)
    return isinstance(found, tuple) and bool(found)


def _settled(subject: Subject, link: Link, part: Part) -> Outcome | None:
    """Nothing was to be done; an escrow from before goes."""
    waits = any(escrow.part is part for escrow in subject.escrows)
    return Outcome(subject.id, subject.kind, link, settled=(part,)) if waits else None


def _failure(run: Run, record: Record, part: Part, problem: Problem, modified: tuple[ModifiedProperty, ...]) -> Outcome:
    subject = record.subject
    record.exported(Action.UPDATE, problem)
    failure = failed(subject, part, problem, run.now, run.switches)
    entry = record.failure(Action.UPDATE, problem, failure.reason, modified)
    if failure.escrow is None:
        return Outcome(subject.id, subject.kind, subject.link, (entry,), settled=(part,))
    return Outcome(subject.id, subject.kind, subject.link, (entry,), escrows=(failure.escrow,))
