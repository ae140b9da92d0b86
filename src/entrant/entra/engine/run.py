"""What every flow of a cycle, or of a provision on demand, is told: the job, its state, how to talk, the time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from random import Random

from entrant.entra.mapping.flow import Applied, apply, definition_of
from entrant.entra.mapping.schema import AttributeType, ObjectMapping
from entrant.entra.mapping.scoping import JobScope, Scope, scope_of
from entrant.entra.mapping.target import path_of, read
from entrant.entra.model import Kind, Subject
from entrant.entra.ports import State
from entrant.scim.schema import Resource
from entrant.scim.wire import Json

from .dialect import Dialect, dialect_of
from .job import Job, NewGuid
from .switches import ReadMode, Switches

MEMBERS = "members"  # the target attribute of memberships, and their name in the log (21.1.4)
ACTIVE = "active"
USER_NAME = "userName"


@dataclass(frozen=True, slots=True)
class Run:
    """One cycle or provision on demand, as its flows see it."""

    job: Job
    state: State
    now: str
    guid: NewGuid
    chance: Random
    """For the functions of expressions that make things up."""
    on_demand: bool = False

    @property
    def switches(self) -> Switches:
        """The job's."""
        return self.job.switches

    @property
    def dialect(self) -> Dialect:
        """How requests are written."""
        return dialect_of(self.job, on_demand=self.on_demand)

    @property
    def reads_by_filter(self) -> bool:
        """Whether a linked object is read by a lookup (23.2.8)."""
        mode = self.switches.read_mode_on_demand if self.on_demand else self.switches.read_mode
        return mode is ReadMode.BY_FILTER

    def mapping(self, kind: Kind) -> ObjectMapping | None:
        """How objects of a kind are provisioned; None if they are not."""
        return self.job.schema.mapping_of(kind)

    def scope(self, subject: Subject, mapping: ObjectMapping) -> Scope:
        """Whether an object is in scope."""
        return scope_of(subject, JobScope(self.job.sync_all, self.switches.default_access_entitles), mapping)

    def apply(self, subject: Subject, mapping: ObjectMapping, scope: Scope, *, creating: bool) -> Applied:
        """What an object's attributes come to in the target."""
        return apply(
            subject,
            mapping,
            self.job.schema.target_of(mapping),
            now=datetime.fromisoformat(self.now),
            chance=self.chance,
            soft_deleted=scope.soft_deleted,
            creating=creating,
            default_domain=self.job.default_domain,
        )

    def manager_attribute(self, mapping: ObjectMapping) -> str | None:
        """The name of the target attribute for the manager, if it is mapped."""
        target = self.job.schema.target_of(mapping)
        for each in mapping.attributes:
            if each.target != MEMBERS and definition_of(target, each.target).type is AttributeType.REFERENCE:
                return each.target
        return None


def run_of(job: Job, state: State, *, now: str, guid: NewGuid, on_demand: bool = False) -> Run:
    """A run, whose chance comes from one guid."""
    return Run(job, state, now, guid, Random(guid()), on_demand)  # noqa: S311  what makes guids decides how good it is


def value_at(resource: Resource, name: str) -> Json:
    """What a resource of the target has for a target attribute."""
    return read(resource, path_of(name), name)
