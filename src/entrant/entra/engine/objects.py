"""One user or group by itself, without its references: match, create, update, disable, delete (entra-client 7 to 14).

`provision` ends in an Outcome whatever the target answers; what failed is in it, to be repeated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from entrant.entra.mapping.diff import Change, changes
from entrant.entra.mapping.flow import Applied, TargetValue
from entrant.entra.mapping.schema import TargetAction
from entrant.entra.mapping.target import as_text
from entrant.entra.mapping.target import read as value_in
from entrant.entra.model import Action, Conflict, Kind, Link, LogEntry, ModifiedProperty, Outcome, Part
from entrant.scim.schema import Resource
from entrant.scim.wire import Flow, Json

from .answers import Code, Problem, members_of, problem_of, resource_of
from .bodies import to_json
from .entries import REDUNDANT, Record
from .escrow import failed
from .lookup import NOT_FOUND, NotCompliant, Refused, find, lost, read
from .plan import Plan, Todo
from .run import ACTIVE, USER_NAME, Run, value_at
from .talk import HIDDEN

ALL_PARTS = tuple(Part)


@dataclass(frozen=True, slots=True)
class Done:
    """What became of an object, and whether the whole job must stop."""

    outcome: Outcome
    halt: Problem | None = None


def provision(run: Run, plan: Plan) -> Flow[Done]:
    """Do what is planned with one object."""
    subject = plan.subject
    if plan.todo is Todo.FORGET:
        return Done(Outcome(subject.id, subject.kind, None, settled=ALL_PARTS))
    record = Record(subject)
    record.imported(on_demand=run.on_demand)
    record.scoped(plan.scope.details, passed=plan.scope.in_scope)
    if plan.todo is Todo.SKIP:
        entry = record.skip(plan.code, plan.reason)
        return Done(Outcome(subject.id, subject.kind, subject.link, (entry,), settled=(Part.OBJECT,)))
    work = _Work(run, plan, record, subject.link)
    try:
        return Done((yield from work.perform()))
    except NotCompliant as exc:
        return Done(work.failure(exc.problem), exc.problem)
    except Refused as exc:
        return Done(work.failure(exc.problem))


def save(run: Run, plan: Plan, outcome: Outcome) -> Outcome:
    """Store what became of an object. Two flows may have found one target at the same moment: the second has failed."""
    try:
        run.state.save(outcome)
    except Conflict as exc:
        outcome = _claimed(run, plan, outcome, str(exc))
        run.state.save(outcome)
    return outcome


def _claimed(run: Run, plan: Plan, outcome: Outcome, message: str) -> Outcome:
    """What became of an object whose target has been linked to another one meanwhile (12.6.2)."""
    problem = Problem(Code.DUPLICATE_SOURCE, message)
    failure = failed(plan.subject, Part.OBJECT, problem, run.now, run.switches)
    record = Record(plan.subject)
    record.unmatched(problem)
    entry = replace(
        record.failure(Action.CREATE, problem, failure.reason),
        exchanges=tuple(exchange for entry in outcome.entries for exchange in entry.exchanges),
    )
    escrows = (failure.escrow,) if failure.escrow else ()
    settled = () if failure.escrow else (Part.OBJECT,)
    return Outcome(outcome.object_id, outcome.kind, plan.subject.link, (entry,), escrows, settled)


def withhold(plan: Plan) -> Outcome:
    """A deletion that is not sent, because there are too many of them (15.10, F26)."""
    record = Record(plan.subject)
    record.imported(on_demand=False)
    record.scoped(plan.scope.details, passed=plan.scope.in_scope)
    entry = record.staged("it is not deprovisioned: the number of deletions exceeds the threshold")
    return Outcome(plan.subject.id, plan.subject.kind, plan.subject.link, (entry,))


@dataclass(slots=True)
class _Work:
    """One object under way."""

    run: Run
    plan: Plan
    record: Record
    link: Link | None
    action: Action = Action.OTHER
    modified: Sequence[ModifiedProperty] = field(default_factory=tuple)

    @property
    def kind(self) -> Kind:
        return self.plan.subject.kind

    def perform(self) -> Flow[Outcome]:
        """What is planned; raises Refused."""
        match self.plan.todo:
            case Todo.DELETE:
                return (yield from self.delete(self._linked()))
            case Todo.MATCH:
                return (yield from self.match())
            case _:
                return (yield from self.revisit(self._linked()))

    def _linked(self) -> Link:
        link = self.link
        assert link is not None, "only a linked object is updated or deleted"  # noqa: S101  plan_of() sees to it
        return link

    # Steps

    def match(self) -> Flow[Outcome]:
        """Look for it; then update what was found, or create it (12.6.2)."""
        applied = self.apply(creating=True)
        found = yield from find(self.run, self.record, self.kind, applied)
        if found is None:
            self.record.matched(None)
            return (yield from self.create(applied))
        self.record.matched(found["id"], members=members_of(found) if self.kind is Kind.GROUP else 0)
        self._require_unclaimed(found["id"])
        self.link = Link(self.plan.subject.id, self.kind, found["id"])
        return (yield from self.update(self.link, found, self.apply(creating=False)))

    def create(self, applied: Applied) -> Flow[Outcome]:
        """POST it, and link what came back (7, 9.1)."""
        if TargetAction.ADD not in self.plan.mapping.actions:
            return self.skipped(Code.SKIPPED, "Create is not among the target object actions")
        if not self.plan.scope.active:
            return self.skipped(self.plan.scope.skip_reason, "it is not active, and does not exist in the target")
        self.action = Action.CREATE
        active = "active and assigned" if self.kind is Kind.USER else "assigned"
        why = f"{self.kind} is {active} in the directory, but no matching {self.kind} was found"
        self.record.decided(self.action, why)
        values, manager = self._posted(applied)
        self.modified = tuple(ModifiedProperty(v.name, None, HIDDEN if is_secret(v) else v.shown) for v in values)
        response = yield from self.record.talk.ask(self.run.dialect.create(self.kind, values))
        resource = resource_of(self.kind, response)
        if isinstance(resource, Problem):
            raise self._refused(resource)
        # Whether another object is linked to it, which an id that has just been made does not have, save() finds out.
        self.record.target_id = resource["id"]
        self.record.exported(self.action)
        exported = {value.name: to_json(value.value) for value in values if not is_secret(value)}
        self.link = Link(self.plan.subject.id, self.kind, resource["id"], manager=manager, exported=exported)
        return self.outcome(self.record.success(self.action, self.modified))

    def revisit(self, link: Link) -> Flow[Outcome]:
        """Read a linked object, and write what differs."""
        applied = self.apply(creating=False)
        try:
            resource = yield from read(self.run, self.record, link, applied)
            return (yield from self.update(link, resource, applied))
        except Refused as exc:
            if exc.problem.code != Code.INVALID_ANCHOR or not self.run.switches.relink_on_404:
                raise
            if self.plan.todo is not Todo.UPDATE:
                raise
            self.link = None
            return (yield from self.match())

    def update(self, link: Link, resource: Resource, applied: Applied) -> Flow[Outcome]:
        """PATCH what differs between the directory and the target, or nothing (8.2)."""
        changed = changes(self._written(applied), resource)
        cleared = self._cleared(applied, resource)
        self.link = self._told(link, resource, applied, ())
        if TargetAction.UPDATE not in self.plan.mapping.actions:
            return self.skipped(Code.SKIPPED, "Update is not among the target object actions")
        if not changed and not cleared:
            return self.skipped(REDUNDANT, "it is in the target as it should be")
        self.action = Action.DISABLE if any(map(_disables, changed)) else Action.UPDATE
        self.modified = (*map(_modified_by, changed), *_removed(cleared))
        self.record.decided(self.action, "some attributes differ")
        request = self.run.dialect.update(self.kind, link.target_id, changed, tuple(cleared))
        response = yield from self.record.talk.ask(request)
        problem = lost(link) if response.status == NOT_FOUND else problem_of(response)
        if problem is not None:
            raise self._refused(problem)
        self.record.exported(self.action)
        told = self._told(link, resource, applied, changed)
        self.link = replace(told, managed=self._managed(told))
        return self.outcome(self.record.success(self.action, self.modified))

    def delete(self, link: Link) -> Flow[Outcome]:
        """DELETE it, and forget it (9.17, 10)."""
        self.action = Action.DELETE
        self.record.target_id = link.target_id
        self.record.decided(self.action, f"{self.kind} was deleted or is out of scope")
        response = yield from self.record.talk.ask(self.run.dialect.delete(self.kind, link.target_id))
        tolerated = response.status == NOT_FOUND and self.run.switches.delete_404_is_success
        problem = None if tolerated else lost(link) if response.status == NOT_FOUND else problem_of(response)
        if problem is not None:
            raise self._refused(problem)
        self.record.exported(self.action)
        entry = self.record.success(self.action)
        return Outcome(self.plan.subject.id, self.kind, None, (entry,), settled=ALL_PARTS)

    def _refused(self, problem: Problem) -> Refused:
        """The write was refused. An answer may quote what was sent: what is secret of it is not told."""
        told = replace(problem, message=self.record.talk.masked(problem.message))
        self.record.exported(self.action, told)
        return Refused(told)

    # Values

    def apply(self, *, creating: bool) -> Applied:
        """The mapped values; provision on demand knows no roles (19.6)."""
        plan = self.plan
        applied = self.run.apply(plan.subject, plan.mapping, plan.scope, creating=creating)
        self.record.unmapped(tuple(failure for failure in applied.failures if not failure.matching_priority))
        self.record.talk.hide(value.text for value in applied.values if is_secret(value))
        if self.run.on_demand:
            return replace(applied, values=tuple(value for value in applied.values if value.roles is None))
        return applied

    def _posted(self, applied: Applied) -> tuple[tuple[TargetValue, ...], str | None]:
        """What a POST carries; with the switch, a linked manager too (7.11), whose id in the directory comes second."""
        values = applied.plain
        for reference in applied.references if self.run.switches.send_manager_in_post else ():
            linked = self.run.state.link_of(str(reference.value))
            if linked is not None:
                sent = replace(reference, value=linked.target_id, text=linked.target_id)
                return (*values, sent), linked.object_id
        return values, None

    def _written(self, applied: Applied) -> tuple[TargetValue, ...]:
        """The values that are compared and written.

        Of a user who leaves the scope only `active` (F6), of one in the recycle bin also the new name (F8).
        """
        plan = self.plan
        if plan.todo is not Todo.DISABLE or (plan.scope.in_scope and not plan.gone):
            return applied.plain
        names = {ACTIVE, USER_NAME} if plan.gone and self.run.switches.soft_delete_rename else {ACTIVE}
        return tuple(value for value in applied.plain if value.name in names)

    def _cleared(self, applied: Applied, resource: Resource) -> dict[str, str]:
        """Attributes that the directory has emptied, with their values in the target; only with the switch (8.2.6)."""
        if not self.run.switches.clear_on_null or self.plan.todo is not Todo.UPDATE:
            return {}
        present = {value.name for value in applied.values} | {failure.name for failure in applied.failures}
        known = self.link.exported if self.link else {}
        gone = (name for name in known if name not in present)
        return {name: str(known[name]) for name in gone if as_text(value_at(resource, name))}

    def _told(self, link: Link, resource: Resource, applied: Applied, changed: Sequence[Change]) -> Link:
        """The link with what the target has now, as far as it is mapped."""
        exported: dict[str, Json] = {}
        for value in applied.plain:
            exported[value.name] = value_in(resource, value.path, value.name)
        exported |= {change.target.name: to_json(change.target.value) for change in changed}
        exported |= dict.fromkeys((value.name for value in applied.plain if is_secret(value)), None)
        manager = self.run.manager_attribute(self.plan.mapping)
        if manager is not None:
            exported[manager] = as_text(value_at(resource, manager))
        kept = {name: value for name, value in exported.items() if value is not None}
        return replace(link, exported=kept, active=as_text(kept.get(ACTIVE)) not in {"False", "false"})

    def _managed(self, link: Link) -> bool:
        """Whether it is managed from now on.

        Not if its last assignment is gone (12.5.6). One in the recycle bin stays what it was: with its memberships it
        lost the assignments that came through them, and must be deleted when it is purged all the same (F9).
        """
        return link.managed if self.plan.gone else self.plan.scope.entitled

    def _require_unclaimed(self, target_id: str) -> None:
        owner = self.run.state.linked_to(self.kind, target_id)
        if owner is not None and owner != self.plan.subject.id:
            message = f"the {self.kind} {target_id} of the target is already linked to the object {owner}"
            problem = Problem(Code.DUPLICATE_SOURCE, message)
            self.record.unmatched(problem)
            raise Refused(problem)

    # Outcomes

    def outcome(self, entry: LogEntry) -> Outcome:
        """It has succeeded, or there was nothing to do."""
        return Outcome(self.plan.subject.id, self.kind, self.link, (entry,), settled=(Part.OBJECT,))

    def skipped(self, code: str, reason: str) -> Outcome:
        """There was nothing to do."""
        if self.link is not None and self.plan.todo is not Todo.MATCH:
            self.link = replace(self.link, managed=self._managed(self.link))
        return self.outcome(self.record.skip(code, reason))

    def failure(self, problem: Problem) -> Outcome:
        """It has failed; the link, if there is one by now, stays."""
        subject = self.plan.subject
        failure = failed(subject, Part.OBJECT, problem, self.run.now, self.run.switches)
        action = self.action if self.action is not Action.OTHER else _intended(self.plan)
        entry = self.record.failure(action, problem, failure.reason, self.modified)
        if failure.escrow is None:
            return Outcome(subject.id, self.kind, self.link, (entry,), settled=(Part.OBJECT,))
        return Outcome(subject.id, self.kind, self.link, (entry,), escrows=(failure.escrow,))


def _intended(plan: Plan) -> Action:
    """What would have been done, had the target answered."""
    return {Todo.MATCH: Action.CREATE, Todo.DISABLE: Action.DISABLE, Todo.DELETE: Action.DELETE}.get(
        plan.todo, Action.UPDATE
    )


def _disables(change: Change) -> bool:
    return change.target.name == ACTIVE and change.target.value is False


def is_secret(value: TargetValue) -> bool:
    """Whether a value is seen on the wire alone: a password (7.13), or what an expression redacts (18.3)."""
    return value.redacted or value.name.lower() == "password"


def _modified_by(change: Change) -> ModifiedProperty:
    seen = change.modified
    return replace(seen, old=seen.old and HIDDEN, new=HIDDEN) if is_secret(change.target) else seen


def _removed(cleared: dict[str, str]) -> list[ModifiedProperty]:
    return [ModifiedProperty(name, old, None) for name, old in cleared.items()]
