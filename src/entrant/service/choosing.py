"""Whom the filters of a PATCH choose among a group's members (RFC 7644 §3.5.2; product.md 6.7)."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from entrant.scim.errors import TooMany
from entrant.store import memberships
from entrant.store.where import compile_members
from entrant.workspace.edits import NAME, Choose, MemberFilter, Step
from entrant.workspace.model import Group

from .call import Call
from .present import member_item

MAX_SEARCHED = 10_000  # members of a group in which a filter that names no id is looked up
SEARCH = 1_000  # comparisons that such a look-up counts for, so that a request has no more than a hundred


def chooser(call: Call, group: Group, steps: Iterable[Step]) -> Choose:
    """What answers the filters among the steps: by one statement for all that name ids, and by one for each other."""
    filters = [step for step in steps if isinstance(step, MemberFilter)]
    named = {each for one in filters if not one.by_display for each in one.ids or ()}
    kinds = memberships.known(call.tx, call.workspace.id, sorted(named)) if named else {}

    def choose(filter_: MemberFilter, added: Collection[str]) -> Collection[str]:
        if filter_.ids is None or filter_.by_display:
            return _search(call, group, filter_, added)
        known = (each for each in filter_.ids if each in kinds)
        return [each for each in known if filter_.chosen(member_item(call.base_url, each, kinds[each]))]

    return choose


def _search(call: Call, group: Group, filter_: MemberFilter, added: Collection[str]) -> Collection[str]:
    attribute = call.groups.schema.find(NAME)
    assert attribute is not None, "the Group schema has members"  # noqa: S101  for the type checker
    where = compile_members(filter_.condition, attribute, call.base_url, call.tx.engine)
    if not where.indexed and group.member_count > MAX_SEARCHED:
        raise TooMany(f"the group has more than {MAX_SEARCHED} members; choose those to remove by their value")
    call.effort.spend(SEARCH)
    return memberships.chosen(call.tx, call.workspace.id, group.id, where, sorted(added))
