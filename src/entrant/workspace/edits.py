"""What a request does to the members of a group, as one edit that set-based SQL applies (architecture.md §1).

Add, remove and replace compose: whatever their number, they come to *clear or not, remove these, add those*.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import msgspec
from msgspec import structs

from entrant.scim.errors import InvalidPath, InvalidValue
from entrant.scim.filter import CompareOp, Comparison, Filter, Or, Path
from entrant.scim.patch import ABSENT, Op, Operation
from entrant.scim.schema import GROUP_URN
from entrant.scim.wire import Json

NAME = "members"


class MemberEdit(msgspec.Struct, frozen=True):
    """First everyone goes if `clear`, then those of `remove`, then those of `add` come. No id is in both."""

    clear: bool = False
    remove: frozenset[str] = frozenset()
    add: frozenset[str] = frozenset()

    def then(self, other: MemberEdit) -> MemberEdit:
        """One edit that does this one and then another."""
        if other.clear:
            return other
        add = (self.add - other.remove) | other.add
        return MemberEdit(self.clear, frozenset() if self.clear else (self.remove | other.remove) - add, add)


EMPTY = MemberEdit()


def edit_of(values: Json) -> MemberEdit:
    """The edit that adds the members of a list of `{"value": id}`; raises InvalidValue."""
    return MemberEdit(add=frozenset(_ids(values)))


def split_members(operations: Iterable[Operation]) -> tuple[MemberEdit, tuple[Operation, ...]]:
    """The edit that operations on `members` come to, and the operations on everything else.

    A remove of `members` with a list of values removes those and no others, under every connection kind
    (product.md 5.3): the RFC gives such a value no meaning, and ignoring it would empty the group.
    Raises InvalidPath or InvalidValue.
    """
    edit, rest = _Builder(), []
    for operation in operations:
        path, value = operation.path, operation.value
        if path is None:
            others = {name: inner for name, inner in value.items() if name.lower() != NAME}
            for name, inner in value.items():
                if name.lower() == NAME:
                    edit.perform(operation.op, None, inner)
            if others or len(others) == len(value):
                rest.append(structs.replace(operation, value=others))
        elif path.name.lower() == NAME and (path.urn or GROUP_URN).lower() == GROUP_URN.lower():
            if path.sub is not None:
                raise InvalidPath("members are added and removed as a whole; a sub-attribute of one cannot be changed")
            edit.perform(operation.op, path.filter, value)
        else:
            rest.append(operation)
    return edit.result(), tuple(rest)


@dataclass(slots=True)
class _Builder:
    """Composes edits in time linear in the number of ids."""

    clear: bool = False
    remove: set[str] = field(default_factory=set)
    add: set[str] = field(default_factory=set)

    def perform(self, op: Op, condition: Filter | None, value: Json) -> None:
        """One operation on members."""
        if op is Op.REMOVE:
            if condition is not None:
                self._remove(_chosen(condition))
            elif value is ABSENT or value is None:
                self._clear()
            else:
                self._remove(_ids(value))
            return
        if condition is not None:
            raise InvalidPath("a member cannot be changed; remove it and add another")
        ids = list(_ids(value))
        if op is Op.REPLACE:
            self._clear()
        self.add.update(ids)
        self.remove.difference_update(ids)

    def result(self) -> MemberEdit:
        """What all operations come to."""
        return MemberEdit(self.clear, frozenset(self.remove), frozenset(self.add))

    def _clear(self) -> None:
        self.clear, self.remove, self.add = True, set(), set()

    def _remove(self, ids: Iterable[str]) -> None:
        for member in ids:
            self.add.discard(member)
            if not self.clear:
                self.remove.add(member)


def _ids(values: Json) -> Iterator[str]:
    """The ids in a list of members, or in one member alone."""
    for item in values if isinstance(values, list) else [values]:
        member = item.get("value") if isinstance(item, dict) else None
        if not isinstance(member, str) or not member or "\0" in member:
            raise InvalidValue('each member needs the id of a user or group as its "value"')
        yield member


def _chosen(condition: Filter) -> Iterator[str]:
    """The ids that a filter on members names: `value eq "…"`, or several of them joined by `or`."""
    match condition:
        case Or(left, right):
            yield from _chosen(left)
            yield from _chosen(right)
        case Comparison(Path(name=name, sub=None, urn=None, filter=None), CompareOp.EQ, str(member)) if (
            name.lower() == "value"
        ):
            yield member
        case _:
            raise InvalidPath('name the members to remove by id: members[value eq "id"]')
