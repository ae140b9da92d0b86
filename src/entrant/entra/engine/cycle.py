"""A cycle, phase by phase (entra-client 13.2, 13.3, 23.3).

    cycle = Cycle(job, state, now=now, guid=guid)
    for phase in cycle.phases():
        for flow in phase.flows:
            drive(flow, send)
    result = cycle.result()

Phases follow each other: one is driven to its end before the next is asked for. The flows of one phase may be driven
side by side, each in a thread of its own if you like; `phase.flows` itself is advanced by one thread at a time. A flow
stores what became of its object (`State.save`) before it ends, so that a cycle can be abandoned between any two
flows, or inside one, and the next cycle finds what is missing. Nothing is held for each object of the directory; only
the ids of those that have failed are.

Disables and deletes are sent where their object's turn comes, as 13.3 and F13 want it; 23.3 itself calls the place that
it gives them a simplification. Whether there are too many is counted beforehand, by a look at the directory alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from typing import TypeAlias

from entrant.entra.mapping.schema import TargetAction
from entrant.entra.model import Kind, Outcome, Part, Subject
from entrant.entra.ports import State
from entrant.scim.wire import Flow

from .job import Counters, CycleError, CycleResult, CycleState, Job, NewGuid
from .objects import provision, save, withhold
from .plan import Plan, plan_of
from .probe import probe_connection
from .quarantine import Reason, exceeded, is_given_up, quarantined
from .references import export_manager, export_members
from .run import MEMBERS, Run, run_of
from .tally import Tally


class Name(StrEnum):
    """The phases, in their order. Each but the first comes twice: what has changed, then what failed before."""

    PROBE = "probe"
    USERS = "users"
    GROUPS = "groups"
    MANAGERS = "managers"
    MEMBERS = "members"


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of a cycle whose flows do not depend on each other."""

    name: Name
    flows: Iterator[Flow[None]]


Export: TypeAlias = Callable[[Run, Plan], Flow[Outcome | None]]


class Cycle:
    """One cycle of a job. Initial if the job has no watermark, else incremental."""

    def __init__(self, job: Job, state: State, *, now: str, guid: NewGuid) -> None:
        self._run = run_of(job, state, now=now, guid=guid)
        self._job, self._state, self._since = job, state, job.watermark
        self._tally = Tally()
        self._failed: set[tuple[str, Part]] = set()
        """What has failed in this cycle, and is not to be repeated in it."""
        self._withholds = False
        self._error: CycleError | None = None
        """Why the cycle has ended before its time."""
        self._position: int | None = None

    def phases(self) -> Iterator[Phase]:
        """The phases; none follows the one in which the job went into quarantine."""
        self._position = self._state.position()
        if self._job.switches.probe_every_cycle or self._since is None or self._has_work():
            yield Phase(Name.PROBE, iter((self._probe(),)))
        self._withholds = self._error is None and self._too_many_deletions()
        for name, kind, part in self._order():
            for subjects in (self._changed(kind), self._due(kind, part)):
                if self._error is None:
                    yield Phase(name, self._flows(subjects, kind, part))

    def counters(self) -> Counters:
        """How far it has come; may be asked from any thread at any time."""
        return self._tally.now()

    def result(self) -> CycleResult:
        """How it ended; after the last phase."""
        counters = self.counters()
        initial = self._since is None
        # A reference that is left out is a warning, and no error of its object (9.14).
        state = CycleState.ENTRY_LEVEL_ERRORS if counters.escrowed_raw else CycleState.SUCCEEDED
        reason, error = self._verdict(counters)
        if reason is None or error is None:
            return CycleResult(initial, state, counters, self._position)
        quarantine = quarantined(self._job.quarantine, reason, error, self._run.now)
        ended = reason in {Reason.EXCEPTION, Reason.TOO_MANY_DELETES}
        return CycleResult(
            initial,
            CycleState.FAILED if ended else state,
            counters,
            # What was withheld, or not come to, is looked at again.
            self._since if ended else self._position,
            quarantine,
            is_given_up(quarantine, self._run.now, self._job.switches),
            error,
        )

    def _verdict(self, counters: Counters) -> tuple[Reason | None, CycleError | None]:
        """Whether the job goes into quarantine, and why (15.4, 15.5, 15.10)."""
        if self._error is not None:
            return Reason.EXCEPTION, self._error
        if counters.staged_delete:
            threshold = self._job.deletion_threshold
            text = f"There are more deletions than the {threshold} that are allowed; none of them was sent."
            return Reason.TOO_MANY_DELETES, CycleError(Reason.TOO_MANY_DELETES, text)
        reason = exceeded(counters, self._job.switches)
        if reason is None:
            return None, None
        text = f"{counters.fail} objects and {counters.reference_failures} references failed in this cycle."
        return reason, CycleError(reason, text)

    # What is looked at

    def _order(self) -> tuple[tuple[Name, Kind, Part], ...]:
        """Objects first, references after them (12.8.5); what is not mapped is left out."""
        managers = (Name.MANAGERS, Kind.USER, Part.MANAGER)
        members = (Name.MEMBERS, Kind.GROUP, Part.MEMBERS)
        references = (members, managers) if self._job.switches.members_before_managers else (managers, members)
        order = ((Name.USERS, Kind.USER, Part.OBJECT), (Name.GROUPS, Kind.GROUP, Part.OBJECT), *references)
        return tuple(each for each in order if self._is_mapped(each[1], each[2]))

    def _is_mapped(self, kind: Kind, part: Part) -> bool:
        mapping = self._run.mapping(kind)
        if mapping is None or part is Part.OBJECT:
            return mapping is not None
        named = mapping.find(MEMBERS) if part is Part.MEMBERS else self._run.manager_attribute(mapping)
        return named is not None and TargetAction.UPDATE in mapping.actions

    def _changed(self, kind: Kind) -> Iterator[Subject]:
        return self._state.changed(kind, self._since)

    def _due(self, kind: Kind, part: Part) -> Iterator[Subject]:
        """Objects of which this part failed before, in another cycle than this one, and whose time has come."""
        for subject in self._state.due(self._run.now):
            waits = any(each.part is part and each.next_attempt <= self._run.now for each in subject.escrows)
            if subject.kind is kind and waits and (subject.id, part) not in self._failed:
                yield subject

    def _has_work(self) -> bool:
        """Whether an incremental cycle has anything to do (4.7)."""
        looked_at = (self._changed(Kind.USER), self._changed(Kind.GROUP), self._state.due(self._run.now))
        return any(True for _ in chain.from_iterable(looked_at))

    def _too_many_deletions(self) -> bool:
        """Whether this cycle would deprovision more objects than are let through (15.10)."""
        threshold = self._job.deletion_threshold
        if threshold is None or self._job.allow_deletions:
            return False
        deletions = 0
        for kind in Kind:
            mapping = self._run.mapping(kind)
            if mapping is None:
                continue
            for subject in chain(self._changed(kind), self._due(kind, Part.OBJECT)):
                deletions += plan_of(self._run, subject, mapping).deprovisions
                if deletions > threshold:
                    return True
        return False

    # Flows

    def _probe(self) -> Flow[None]:
        probed = yield from probe_connection(self._job, guid=self._run.guid)
        self._tally.probed(len(probed.exchanges))
        self._error = probed.error

    def _flows(self, subjects: Iterator[Subject], kind: Kind, part: Part) -> Iterator[Flow[None]]:
        mapping = self._run.mapping(kind)
        for subject in subjects:
            if self._error is not None or mapping is None:
                return
            plan = plan_of(self._run, subject, mapping)
            if part is Part.OBJECT:
                self._tally.imported(plan.scope, delta=self._since is not None)
                yield self._object(plan)
            elif subject.link is not None:
                yield self._references(plan, part)

    def _object(self, plan: Plan) -> Flow[None]:
        if self._withholds and plan.deprovisions:
            self._save(plan, withhold(plan), Part.OBJECT)
            return
        done = yield from provision(self._run, plan)
        self._save(plan, done.outcome, Part.OBJECT)
        if done.halt is not None:
            self._error = CycleError(done.halt.code, done.halt.message)

    def _references(self, plan: Plan, part: Part) -> Flow[None]:
        export: Export = export_manager if part is Part.MANAGER else export_members
        outcome = yield from export(self._run, plan)
        if outcome is not None:
            self._save(plan, outcome, part)

    def _save(self, plan: Plan, outcome: Outcome, part: Part) -> None:
        if outcome.escrows:
            self._failed.add((outcome.object_id, part))
        self._tally.exported(save(self._run, plan, outcome), part)


def cycle_flow(job: Job, state: State, *, now: str, guid: NewGuid) -> Flow[CycleResult]:
    """A whole cycle as one flow, one object after the other."""
    cycle = Cycle(job, state, now=now, guid=guid)
    for phase in cycle.phases():
        for flow in phase.flows:
            yield from flow
    return cycle.result()
