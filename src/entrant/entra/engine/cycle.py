"""A cycle, phase by phase (entra-client 13.2, 13.3, 23.3).

    cycle = Cycle(job, state, now=now, guid=guid)
    for phase in cycle.phases():
        for flow in phase.flows:
            drive(flow, send)
    result = cycle.result()

Phases follow each other: one is driven to its end before the next is asked for. The flows of one phase may be driven
side by side, each in a thread of its own if you like; `phase.flows` itself is advanced by one thread at a time. A flow
stores what became of its object (`State.save`) before it ends, so that a cycle can be abandoned between any two
flows, or inside one, and the next cycle finds what is missing. Nothing is held for each object of the directory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from entrant.entra.ports import State
from entrant.scim.wire import Flow

from .job import Counters, CycleResult, Job, NewGuid


class Name(StrEnum):
    """The phases, in their order."""

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


class Cycle:
    """One cycle of a job. Initial if the job has no watermark, else incremental."""

    def __init__(self, job: Job, state: State, *, now: str, guid: NewGuid) -> None:
        raise NotImplementedError

    def phases(self) -> Iterator[Phase]:
        """The phases; none follows the one in which the job went into quarantine."""
        raise NotImplementedError

    def counters(self) -> Counters:
        """How far it has come; may be asked from any thread at any time."""
        raise NotImplementedError

    def result(self) -> CycleResult:
        """How it ended; after the last phase."""
        raise NotImplementedError


def cycle_flow(job: Job, state: State, *, now: str, guid: NewGuid) -> Flow[CycleResult]:
    """A whole cycle as one flow, one object after the other."""
    cycle = Cycle(job, state, now=now, guid=guid)
    for phase in cycle.phases():
        for flow in phase.flows:
            yield from flow
    return cycle.result()
