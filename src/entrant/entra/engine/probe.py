"""The probe: a lookup of something that cannot exist, before anything else is asked (entra-client 4, F1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from entrant.entra.mapping.target import path_of
from entrant.entra.model import Exchange, Kind
from entrant.scim.filter import Path
from entrant.scim.wire import Flow, Response

from .answers import Code, Problem, list_of
from .dialect import dialect_of
from .job import CycleError, Job, NewGuid
from .talk import Talk

_USUAL = {Kind.USER: "userName", Kind.GROUP: "displayName"}


@dataclass(frozen=True, slots=True)
class Probed:
    """Whether the target can be talked to."""

    error: CycleError | None
    exchanges: tuple[Exchange, ...]


def probe_connection(job: Job, *, guid: NewGuid, kinds: Sequence[Kind] | None = None) -> Flow[Probed]:
    """*Test Connection*, and the start of every cycle. Each lookup has a new guid; the first that fails is the last."""
    talk = Talk()
    for kind in probed_kinds(job) if kinds is None else kinds:
        response = yield from talk.ask(dialect_of(job).find(kind, _matching(job, kind), guid()))
        error = _error(kind, response)
        if error is not None:
            return Probed(error, talk.taken())
    return Probed(None, talk.taken())


def probed_kinds(job: Job) -> tuple[Kind, ...]:
    """Users, and groups if they are provisioned (4.4)."""
    groups = job.switches.probe_groups and job.schema.mapping_of(Kind.GROUP) is not None
    return (Kind.USER, Kind.GROUP) if groups else (Kind.USER,)


def _matching(job: Job, kind: Kind) -> Path:
    """The target attribute that is looked up first."""
    mapping = job.schema.mapping_of(kind)
    name = mapping.matching[0].target if mapping is not None and mapping.matching else _USUAL[kind]
    return path_of(name) or Path(name)


def _error(kind: Kind, response: Response) -> CycleError | None:
    """What is wrong with the answer: it must be an empty list (4.2)."""
    found = list_of(kind, response)
    if not isinstance(found, Problem) and not found:
        return None
    what = found.message if isinstance(found, Problem) else "it found an object although there can be none"
    where = "/Users" if kind is Kind.USER else "/Groups"
    return CycleError(
        Code.INVALID_CREDENTIALS,
        f"The credentials could not be confirmed. Enter a valid Tenant URL and secret token. The query of {where} for "
        f"something that does not exist must be answered 200 with an empty list: {what}",
    )
