"""Finding an object in the target, and reading one that is linked (entra-client 6, 12.6, 12.7)."""

from __future__ import annotations

from entrant.entra.mapping.flow import Applied
from entrant.entra.model import Kind, Link
from entrant.scim.schema import Resource
from entrant.scim.wire import Flow

from .answers import Code, Problem, list_of, members_of, resource_of
from .bodies import nest, path_of
from .entries import Record
from .run import Run

NOT_FOUND = 404


class Refused(Exception):
    """An object cannot be provisioned now."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class NotCompliant(Refused):
    """A lookup was answered 404: not this object's failure but the whole job's (14.10)."""


def find(run: Run, record: Record, kind: Kind, applied: Applied) -> Flow[Resource | None]:
    """Look for an object by its matching attributes in order, up to the first hit; raises Refused (6.1.1, 12.6)."""
    failed = next((failure for failure in applied.failures if failure.matching_priority), None)
    if failed is not None:
        raise Refused(Problem(Code.INTERNAL_ERROR, f"the expression of {failed.name} failed: {failed.message}"))
    if not applied.matching:
        raise Refused(Problem(Code.MISSING_VALUES, "no matching attribute has a value"))
    for value in applied.matching:
        response = yield from record.talk.ask(run.dialect.find(kind, path_of(value), value.text))
        found = list_of(kind, response)
        if isinstance(found, Problem):
            record.unmatched(found)
            raise NotCompliant(found) if response.status == NOT_FOUND else Refused(found)
        if found:
            return found[0]
    return None


def read(run: Run, record: Record, link: Link, applied: Applied) -> Flow[Resource]:
    """A linked object as the target has it, before it is written; raises Refused (23.2.8, F5.2).

    A lookup that does not lead to it leaves what was last sent or read: after a soft delete the target still has the
    object under the name that the recycle bin gave it (F10.2), after a rename under the old one.
    """
    if run.reads_by_filter or _was_renamed(link, applied):
        found = yield from find(run, record, link.kind, applied)
        if found is not None and found["id"] == link.target_id:
            record.matched(link.target_id, members=_unasked(found, link.kind))
            return found
        record.matched(link.target_id)
        known = ((path_of(v), link.exported[v.name]) for v in applied.values if v.name in link.exported)
        return nest(known) | {"id": link.target_id}
    response = yield from record.talk.ask(run.dialect.read(link.kind, link.target_id))
    resource = resource_of(link.kind, response)
    if response.status == NOT_FOUND or (isinstance(resource, dict) and resource["id"] != link.target_id):
        resource = lost(link)
    if isinstance(resource, Problem):
        record.unmatched(resource)
        raise Refused(resource)
    record.matched(link.target_id, members=_unasked(resource, link.kind))
    return resource


def lost(link: Link) -> Problem:
    """A linked object that the target has no longer (12.7.5)."""
    message = f"the {link.kind} with the id {link.target_id} does not exist in the target any more"
    return Problem(Code.INVALID_ANCHOR, message, NOT_FOUND)


def _was_renamed(link: Link, applied: Applied) -> bool:
    """Whether the target has a user under the name that its soft delete gave it, but was restored since (F8, F10)."""
    tombstone = link.object_id.replace("-", "")
    return any(link.exported.get(value.name) == f"{tombstone}{value.text}" for value in applied.matching)


def _unasked(resource: Resource, kind: Kind) -> int:
    """How many members came with a group although they were excluded."""
    return members_of(resource) if kind is Kind.GROUP else 0
