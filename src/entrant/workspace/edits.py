"""What a request does to the members of a group, as one edit that set-based SQL applies (architecture.md §1).

Add, remove and replace compose: whatever their number, they come to *clear or not, remove these, add those*. Paths,
filters, names and values have been read by the schema, as those of any other attribute.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

import msgspec

from entrant.scim.errors import InvalidValue, Mutability
from entrant.scim.filter import And, CompareOp, Comparison, Filter, Not, Or, Path, Predicate, Present, operands
from entrant.scim.operations import ABSENT, Op, Operation
from entrant.scim.resource import Unknown, check_value
from entrant.scim.schema import Attribute
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


class MemberFilter(msgspec.Struct, frozen=True):
    """Those members go whom a filter chooses: whom, depends on who is there and what they are."""

    condition: Filter
    chosen: Predicate
    ids: frozenset[str] | None
    """The only ids that the filter can choose, if it says so."""

    @property
    def by_display(self) -> bool:
        """Whether the filter asks for a name."""
        return "display" in _names(self.condition)


Step: TypeAlias = MemberEdit | MemberFilter
Choose: TypeAlias = Callable[[MemberFilter, Collection[str]], Collection[str]]
"""Whom a filter chooses, of those in the group and of those that earlier steps add."""


def edit_of(values: Json) -> MemberEdit:
    """The edit that adds the members of a list of `{"value": id}`; raises InvalidValue."""
    return MemberEdit(add=frozenset(_ids(values)))


def split_members(operations: Iterable[Operation], unknown: Unknown) -> tuple[tuple[Step, ...], tuple[Operation, ...]]:
    """What operations on `members` come to, step by step, and the operations on everything else.

    A remove of `members` with a list of values removes those and no others, under every connection kind
    (product.md 5.3): the RFC gives such a value no meaning, and ignoring it would empty the group.
    Raises InvalidSyntax, InvalidValue or Mutability.
    """
    steps, builder, rest = list[Step](), _Builder(), []
    for operation in operations:
        if operation.target.urn is not None or operation.target.attribute.name != NAME:
            rest.append(operation)
        elif (chosen := _filter_of(operation)) is not None:
            steps += [builder.result(), chosen]
            builder = _Builder()
        else:
            builder.perform(operation, unknown)
    steps.append(builder.result())
    return tuple(step for step in steps if step != EMPTY), tuple(rest)


def settle(steps: Iterable[Step], choose: Choose) -> MemberEdit:
    """The one edit that the steps come to."""
    builder = _Builder()
    for step in steps:
        if isinstance(step, MemberEdit):
            builder.then(step)
        else:
            builder.remove_all(choose(step, builder.add))
    return builder.result()


@dataclass(slots=True)
class _Builder:
    """Composes edits in time linear in the number of ids."""

    clear: bool = False
    remove: set[str] = field(default_factory=set)
    add: set[str] = field(default_factory=set)

    def perform(self, operation: Operation, unknown: Unknown) -> None:
        """One operation on members whose ids are all known."""
        attribute, value = operation.target.attribute, operation.value
        if operation.condition is not None:
            self.remove_all(_exactly(operation.condition) or ())
        elif operation.op is not Op.REMOVE:
            ids = list(_ids(value))
            if operation.op is Op.REPLACE:
                self.remove_everyone()
            self.add_all(ids)
        elif value is ABSENT or value is None:
            self.remove_everyone()
        else:
            self.remove_all(_ids(_read(attribute, value, unknown)))

    def then(self, edit: MemberEdit) -> None:
        """An edit after those so far."""
        if edit.clear:
            self.remove_everyone()
        self.remove_all(edit.remove)
        self.add_all(edit.add)

    def result(self) -> MemberEdit:
        """What all operations come to."""
        return MemberEdit(self.clear, frozenset(self.remove), frozenset(self.add))

    def remove_everyone(self) -> None:
        """Nobody is left of those before."""
        self.clear, self.remove, self.add = True, set(), set()

    def remove_all(self, ids: Iterable[str]) -> None:
        """These are not members any more."""
        for member in ids:
            self.add.discard(member)
            if not self.clear:
                self.remove.add(member)

    def add_all(self, ids: Iterable[str]) -> None:
        """These are members."""
        for member in ids:
            self.add.add(member)
            self.remove.discard(member)


def _read(attribute: Attribute, value: Json, unknown: Unknown) -> Json:
    return check_value(attribute, value, NAME, unknown, []) or []


def _ids(values: Json) -> Iterator[str]:
    """The ids in a list of members."""
    for item in values:
        member = item["value"]
        if not member:
            raise InvalidValue('each member needs the id of a user or group as its "value"')
        yield member


def _filter_of(operation: Operation) -> MemberFilter | None:
    """The filter in the path of a remove, if it does not name ids alone; raises Mutability for any other change."""
    condition, chosen = operation.condition, operation.chosen
    if operation.target.sub is not None or (condition is not None and operation.op is not Op.REMOVE):
        raise Mutability("a member cannot be changed; remove it from the members and add another")
    if condition is None or chosen is None or _exactly(condition) is not None:
        return None
    return MemberFilter(condition, chosen, _at_most(condition))


def _exactly(condition: Filter) -> frozenset[str] | None:
    """The ids that a filter names, if that is all it does: `value eq "…"`, or several of them joined by `or`."""
    match condition:
        case Or():
            found = [_exactly(each) for each in operands(condition)]
            return None if None in found else frozenset().union(*(ids for ids in found if ids))
        case Comparison(Path(name=name, sub=None, urn=None, filter=None), CompareOp.EQ, str(member)) if (
            name.lower() == "value"
        ):
            return frozenset((member,))
        case _:
            return None


def _at_most(condition: Filter) -> frozenset[str] | None:
    """Ids beyond which a filter cannot choose."""
    match condition:
        case And():
            bounds = [ids for each in operands(condition) if (ids := _at_most(each)) is not None]
            return frozenset.intersection(*bounds) if bounds else None
        case Or():
            found = [_at_most(each) for each in operands(condition)]
            return None if None in found else frozenset().union(*(ids for ids in found if ids))
        case _:
            return _exactly(condition)


def _names(condition: Filter) -> set[str]:
    """The names of the sub-attributes that a filter is about, in lower case."""
    match condition:
        case And() | Or():
            return {name for each in operands(condition) for name in _names(each)}
        case Not(inner):
            return _names(inner)
        case Comparison(path) | Present(path):
            return {path.name.lower()}
        case _:
            return set()
