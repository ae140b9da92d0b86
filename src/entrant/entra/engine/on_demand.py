"""Provision on demand: one user, or one group with chosen members, at once (entra-client 19)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from entrant.entra.mapping.schema import ObjectMapping
from entrant.entra.model import (
    BadValue,
    Kind,
    LogEntry,
    ModifiedProperty,
    NotFound,
    Outcome,
    Status,
    Step,
    Subject,
)
from entrant.entra.ports import State
from entrant.scim.wire import Flow, Json

from .job import CycleError, Job, NewGuid
from .objects import provision, save
from .plan import plan_of
from .probe import probe_connection, probed_kinds
from .references import export_members
from .run import Run, run_of

MAX_MEMBERS = 5  # of a group, in one call (19.1)


class Result(StrEnum):
    """How it ended."""

    SUCCESS = "Success"
    SKIPPED = "Skipped"
    FAILURE = "Failure"


@dataclass(frozen=True, slots=True)
class OnDemand:
    """What a provision on demand shows (19.2, 19.3)."""

    result: Result
    steps: tuple[Step, ...]
    """Import, determine scope, match, decide and perform the action; or the test of the connection, if that failed."""
    modified: tuple[ModifiedProperty, ...]
    entry: LogEntry | None
    """The entry of the object, already saved with its outcome; None if the connection failed."""
    error_code: str | None = None
    error_message: str | None = None

    def key(self) -> Json:
        """`key` of Graph's answer, before it is turned into text."""
        details = {"errorCode": self.error_code, "errorMessage": self.error_message} if self.error_code else {}
        return {"result": str(self.result), "details": details}


def provision_on_demand(
    job: Job, state: State, object_id: str, members: Sequence[str] = (), *, now: str, guid: NewGuid
) -> Flow[OnDemand]:
    """Evaluate one object now, with flag-off shapes (19.7). Raises NotFound, or BadValue for a wrong choice of members.

    Outcomes are saved. `members` are ids of directory objects; without them a group is provisioned alone (19.5).
    """
    run = run_of(job, state, now=now, guid=guid, on_demand=True)
    subject = _existing(state, object_id)
    mapping = _provisioned(run, subject.kind)
    chosen = _chosen(state, subject, members)
    kinds = probed_kinds(job) if subject.kind is Kind.GROUP else (Kind.USER,)
    probed = yield from probe_connection(job, guid=guid, kinds=kinds)
    if probed.error is not None:
        return _not_connected(probed.error)
    outcomes = [(yield from _one(run, subject, mapping))]
    if outcomes[0].link is not None and chosen:
        for member in chosen:
            yield from _one(run, member, _provisioned(run, member.kind))
        plan = plan_of(run, _existing(state, object_id), mapping)
        told = yield from export_members(run, plan, frozenset(member.id for member in chosen))
        if told is not None:
            state.save(told)
            outcomes.append(told)
    return _shown(outcomes)


def _one(run: Run, subject: Subject, mapping: ObjectMapping) -> Flow[Outcome]:
    plan = plan_of(run, subject, mapping)
    done = yield from provision(run, plan)
    return save(run, plan, done.outcome)


def _existing(state: State, object_id: str) -> Subject:
    subject = state.subject(object_id)
    if subject is None or subject.object is None:
        raise NotFound(f"there is no user or group with the id {object_id}")
    return subject


def _provisioned(run: Run, kind: Kind) -> ObjectMapping:
    mapping = run.mapping(kind)
    if mapping is None:
        raise BadValue(f"{kind.lower()}s are not provisioned: their mapping is disabled")
    return mapping


def _chosen(state: State, subject: Subject, members: Sequence[str]) -> tuple[Subject, ...]:
    if members and subject.kind is not Kind.GROUP:
        raise BadValue("only a group is provisioned with members")
    if len(members) > MAX_MEMBERS:
        raise BadValue(f"at most {MAX_MEMBERS} members are provisioned with a group at once")
    return tuple(_existing(state, member) for member in dict.fromkeys(members))


def _not_connected(error: CycleError) -> OnDemand:
    step = Step("TestConnection", "import", Status.FAILURE, error.message, {"ErrorCode": error.code})
    return OnDemand(Result.FAILURE, (step,), (), None, error.code, error.message)


def _shown(outcomes: Sequence[Outcome]) -> OnDemand:
    """The steps of the object, then those of its members; what failed decides, then what succeeded."""
    entries = [entry for outcome in outcomes for entry in outcome.entries]
    failed = next((entry for entry in entries if entry.status is Status.FAILURE), None)
    succeeded = any(entry.status is Status.SUCCESS for entry in entries)
    result = Result.FAILURE if failed else Result.SUCCESS if succeeded else Result.SKIPPED
    skipped = next((entry for entry in entries if entry.status is Status.SKIPPED), None)
    reason = failed or (None if succeeded else skipped)
    return OnDemand(
        result,
        tuple(step for entry in entries for step in entry.steps),
        tuple(each for entry in entries for each in entry.modified),
        entries[0] if entries else None,
        reason.error_code if reason else None,
        reason.reason if reason else None,
    )
