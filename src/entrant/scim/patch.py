"""PATCH, to the letter (RFC 7644 §3.5.2): operations on a resource, in order, all or none.

Pure: the resource that is given stays as it is. Nothing here knows a vendor; what providers send beside the RFC has
been rewritten by `leniency.py` before. A group's `members` are no part of the resource: `workspace/edits.py`
takes their operations out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum, StrEnum, auto
from typing import Final

import msgspec

from .bounds import Effort
from .errors import InvalidPath, InvalidSyntax, InvalidValue, Mutability, NoTarget, PayloadTooLarge
from .filter import And, CompareOp, Comparison, Filter, Path, size, value_matches
from .parser import parse_path
from .resource import Unknown, check_value, with_schemas
from .schema import Attribute, Resolved, Resource, ResourceType
from .schema import Mutability as Writable
from .wire import Json

MAX_OPERATIONS = 10_000  # operations in one request; Entra sends one for each member to remove (entra-client 9.9, 9.10)
_IGNORED = frozenset({"schemas"})  # follows from the attributes; see with_schemas


class Op(StrEnum):
    """What an operation does."""

    ADD = "add"
    REMOVE = "remove"
    REPLACE = "replace"


_OPS = {op.value: op for op in Op}


class Absent(Enum):
    """Tells a value that was not sent from one that is null."""

    ABSENT = auto()


ABSENT: Final = Absent.ABSENT


class Unmatched(Enum):
    """What becomes of an add or replace whose value filter matches nothing."""

    REFUSE = auto()
    CREATE = auto()
    """A new value is made that the filter's `eq` conditions describe (entra-client 22.19)."""


class Operation(msgspec.Struct, frozen=True):
    """One element of `Operations`."""

    op: Op
    path: Path | None
    value: Json = ABSENT


class Result(msgspec.Struct, frozen=True):
    """The resource after the operations, and the names of unknown attributes that were dropped on the way."""

    resource: Resource
    dropped: tuple[str, ...]


def parse_operations(message: Json, *, pathless: bool = True) -> tuple[Operation, ...]:
    """Read a PatchOp message; raises InvalidSyntax, InvalidPath, InvalidValue or NoTarget.

    `pathless`: whether add and replace may do without a path; the interoperability profile wants one.
    """
    operations = message.get("Operations") if isinstance(message, dict) else None
    if not isinstance(operations, list) or not operations:
        raise InvalidSyntax('the body must be a PatchOp message with a list of "Operations"')
    if len(operations) > MAX_OPERATIONS:
        raise PayloadTooLarge(f"a PATCH may have at most {MAX_OPERATIONS} operations")
    return tuple(_operation(operation, pathless=pathless) for operation in operations)


def _operation(operation: Json, *, pathless: bool) -> Operation:
    if not isinstance(operation, dict):
        raise InvalidSyntax("each operation must be an object")
    name, path, value = operation.get("op"), operation.get("path"), operation.get("value", ABSENT)
    op = _OPS.get(name) if isinstance(name, str) else None
    if op is None:
        raise InvalidSyntax("the op of an operation is add, remove or replace")
    if path is not None and not isinstance(path, str):
        raise InvalidPath("the path of an operation must be a string")
    parsed = None if path is None else parse_path(path)
    if parsed is None and op is Op.REMOVE:
        raise NoTarget("a remove needs a path: the attribute to remove")
    if parsed is None and not pathless:
        raise InvalidSyntax(f"a strict connection wants a path in every operation; this {op} has none")
    if op is not Op.REMOVE and value is ABSENT:
        raise InvalidValue(f"this {op} has no value")
    if parsed is None and not isinstance(value, dict):
        raise InvalidValue(f"an {op} without path needs an object as its value")
    return Operation(op, parsed, value)


def apply(
    operations: tuple[Operation, ...],
    resource: Resource,
    type_: ResourceType,
    *,
    unmatched: Unmatched,
    unknown: Unknown,
    effort: Effort | None = None,
) -> Result:
    """What the operations make of a resource.

    Raises InvalidPath, NoTarget, InvalidValue or Mutability; PayloadTooLarge if that takes more than `effort` has left.
    """
    work = _Work(dict(resource), type_, unmatched, unknown, effort or Effort())
    for operation in operations:
        work.perform(operation)
    for attribute in type_.schema.attributes:
        if attribute.required and work.resource.get(attribute.name) in (None, ""):
            raise InvalidValue(f'"{attribute.name}" is required and cannot be empty')
    return Result(with_schemas(work.resource, type_), tuple(work.dropped))


@dataclass(slots=True)
class _Work:
    """A resource in change. Containers that came with it are copied before they are changed."""

    resource: Resource
    type_: ResourceType
    unmatched: Unmatched
    unknown: Unknown
    effort: Effort
    dropped: list[str] = field(default_factory=list)

    def perform(self, operation: Operation) -> None:
        """One operation."""
        if operation.path is None:
            for target, value in self._pathless(operation.value):
                self._on(operation.op, target, None, value)
            return
        path = operation.path
        extension = self.type_.find_extension(f"{path.urn}:{path.name}")
        if extension is not None and path.filter is None and path.sub is None:
            self._on_extension(operation, extension.id)
            return
        found = self.type_.find(path.urn, path.name, path.sub)
        if found is None:
            self._unknown(str(path))
        else:
            self._on(operation.op, found, path.filter, operation.value)

    def _pathless(self, value: Json) -> Iterator[tuple[Resolved, Json]]:
        """The attributes that an object names, those of extensions among them."""
        for name, inner in value.items():
            extension = self.type_.find_extension(name)
            if extension is not None and isinstance(inner, dict):
                for sub_name, sub_value in inner.items():
                    yield from self._named(extension.id, sub_name, sub_value)
            elif name.lower() not in _IGNORED:
                yield from self._named(None, name, inner)

    def _named(self, urn: str | None, name: str, value: Json) -> Iterator[tuple[Resolved, Json]]:
        found = self.type_.find(urn, name)
        if found is None:
            self._unknown(f"{urn}:{name}" if urn else name)
        else:
            yield found, value

    def _unknown(self, name: str) -> None:
        if self.unknown is Unknown.REFUSE:
            raise InvalidSyntax(f'there is no attribute "{name}" in the schema')
        self.dropped.append(name)

    def _on_extension(self, operation: Operation, urn: str) -> None:
        """An operation on all attributes of an extension, named by its URN."""
        if operation.op is not Op.ADD:
            self.resource.pop(urn, None)
        if operation.op is not Op.REMOVE:
            if not isinstance(operation.value, dict):
                raise InvalidValue(f'"{urn}" needs an object as its value')
            for target, value in self._pathless({urn: operation.value}):
                self._on(Op.ADD, target, None, value)

    def _on(self, op: Op, target: Resolved, condition: Filter | None, value: Json) -> None:
        """An operation on one attribute: its home is copied, changed, and left out if it ends up empty."""
        leaf = target.leaf
        if Writable.READ_ONLY in {target.attribute.mutability, leaf.mutability}:
            raise Mutability(f'"{leaf.name}" is read-only')
        if op is Op.REMOVE and leaf.required and target.sub is None:
            raise Mutability(f'"{leaf.name}" is required and cannot be removed')
        if op is not Op.REMOVE and value is None:
            if op is Op.ADD:
                return
            op = Op.REMOVE  # null is the absence of a value (RFC 7643 §2.5)
        home = self.resource if target.urn is None else dict(self.resource.get(target.urn, {}))
        change = _Change(op, target, value, self)
        name = target.attribute.name
        after = (
            change.many(home.get(name, []), condition)
            if target.attribute.multi_valued
            else change.one(home.get(name), condition)
        )
        if after in (None, [], {}):
            home.pop(name, None)
        else:
            home[name] = after
        if target.urn is not None:
            self.resource.pop(target.urn, None)
            if home:
                self.resource[target.urn] = home


class _Change(msgspec.Struct, frozen=True):
    """One operation on the values of one attribute."""

    op: Op
    target: Resolved
    value: Json
    work: _Work

    def one(self, old: Json, condition: Filter | None) -> Json:
        """The value of a single-valued attribute afterwards."""
        attribute, sub = self.target.attribute, self.target.sub
        if condition is not None:
            raise InvalidPath(f'"{attribute.name}" has one value; a filter in its path finds nothing to choose from')
        if sub is not None:
            return self._with_sub(old or {}, sub)
        if self.op is Op.REMOVE:
            return None
        new = self._checked(attribute)
        return {**(old or {}), **new} if attribute.sub_attributes and new is not None else new

    def many(self, old: list[Json], condition: Filter | None) -> list[Json]:
        """The values of a multi-valued attribute afterwards."""
        attribute, sub = self.target.attribute, self.target.sub
        self.work.effort.spend(len(old) * size(condition))
        if condition is None and sub is None:
            if self.op is Op.REMOVE:
                return []
            new = self._checked(attribute) or []
            kept = old if self.op is Op.ADD else []
            present, added = {_key(item) for item in kept}, {_key(item) for item in new}
            values = [*kept, *(item for item in new if _key(item) not in present)]
            return _one_primary(values, lambda item: _key(item) in added)
        chosen = value_matches(condition, attribute) if condition is not None else _any
        touched = {index for index, item in enumerate(old) if chosen(item)}
        if not touched:
            return self._unmatched(old, condition)
        values = [self._changed(item) if index in touched else item for index, item in enumerate(old)]
        marked = {id(values[index]) for index in touched}
        return _one_primary([item for item in values if item], lambda item: id(item) in marked)

    def _unmatched(self, old: list[Json], condition: Filter | None) -> list[Json]:
        """Nothing satisfies the filter: make the value it describes, or refuse."""
        if self.work.unmatched is Unmatched.REFUSE:
            raise NoTarget(f'no value of "{self.target.attribute.name}" satisfies the path of this {self.op}')
        if self.op is Op.REMOVE:
            return old
        made = self._changed(self._described(condition))
        return _one_primary([*old, made], lambda item: item is made) if made else old

    def _described(self, condition: Filter | None) -> Json:
        """The value that a filter describes: what it compares with may be no value of its attribute."""
        attribute, work = self.target.attribute, self.work
        described = dict(_described(condition))
        values = check_value(attribute, [described], attribute.name, work.unknown, work.dropped) if described else None
        return values[0] if values else {}

    def _changed(self, item: Json) -> Json:
        """One chosen value afterwards; nothing if it goes, or if only its `type` and `primary` would be left."""
        attribute, sub = self.target.attribute, self.target.sub
        if sub is not None:
            after = self._with_sub(item, sub)
            return after if after.keys() - {"type", "primary"} or self.op is not Op.REMOVE else None
        if self.op is Op.REMOVE:
            return None
        new = (self._checked(attribute) or [None])[0]
        if not isinstance(item, dict) or not isinstance(new, dict):
            return new
        kept = item if self.op is Op.ADD else {name: v for name, v in item.items() if name in {"type", "primary"}}
        return {**kept, **new}

    def _with_sub(self, item: Json, sub: Attribute) -> Json:
        after = {name: value for name, value in item.items() if name != sub.name}
        new = None if self.op is Op.REMOVE else self._checked(sub)
        if new is None:
            return after
        return {**item, sub.name: new}

    def _checked(self, attribute: Attribute) -> Json:
        urn = f"{self.target.urn}:" if self.target.urn else ""
        return check_value(attribute, self.value, urn + attribute.name, self.work.unknown, self.work.dropped)


def _any(_: Json) -> bool:
    return True


def _one_primary(values: list[Json], new: Callable[[Json], bool]) -> list[Json]:
    """If one of the new values is primary, the others no longer are (RFC 7644 §3.5.2)."""
    primaries = [v for v in values if isinstance(v, dict) and v.get("primary") is True]
    chosen = [v for v in primaries if new(v)]
    if len(primaries) < 2 or not chosen:  # noqa: PLR2004  two primaries are one too many
        return values
    primary = {id(v) for v in primaries} - {id(chosen[-1])}
    return [{**v, "primary": False} if id(v) in primary else v for v in values]


def _key(item: Json) -> bytes:
    """What two values have in common if and only if they are equal."""
    return msgspec.json.encode(item, order="deterministic")


def _described(condition: Filter | None) -> Iterator[tuple[str, Json]]:
    """The sub-attributes that a filter fixes: those that `and` joins by `eq`."""
    match condition:
        case And(left, right):
            yield from _described(left)
            yield from _described(right)
        case Comparison(path, CompareOp.EQ, value):
            yield path.name, value
        case _:
            return
