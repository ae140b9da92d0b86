"""PATCH, to the letter (RFC 7644 §3.5.2): operations on a resource, in order, all or none.

Pure: the resource that is given stays as it is. Nothing here knows a vendor; what providers send beside the RFC has
been rewritten by `leniency` before. A group's `members` are no part of the resource: `workspace/edits.py`
takes their operations out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import msgspec

from .bounds import Effort
from .errors import InvalidValue, Mutability, NoTarget
from .filter import And, CompareOp, Comparison, Filter, size
from .operations import LETTER, Op, Operation, Policy
from .resource import Unknown, check_item, with_schemas
from .schema import Attribute, Resource, ResourceType
from .schema import Mutability as Writable
from .wire import Json


def apply(
    operations: tuple[Operation, ...],
    resource: Resource,
    type_: ResourceType,
    policy: Policy = LETTER,
    effort: Effort | None = None,
) -> Resource:
    """What the operations make of a resource.

    Raises NoTarget, InvalidValue or Mutability; PayloadTooLarge if that takes more than `effort` has left.
    """
    work = _Work(dict(resource), policy, effort or Effort())
    for operation in operations:
        work.perform(operation)
    for attribute in type_.schema.attributes:
        if attribute.required and work.resource.get(attribute.name) in (None, ""):
            raise InvalidValue(f'"{attribute.name}" is required and cannot be empty')
    return with_schemas(work.resource, type_)


@dataclass(slots=True)
class _Work:
    """A resource in change. Containers that came with it are copied before they are changed."""

    resource: Resource
    policy: Policy
    effort: Effort

    def perform(self, operation: Operation) -> None:
        """One operation: the home of its attribute is copied, changed, and left out if it ends up empty."""
        urn, attribute = operation.target.urn, operation.target.attribute
        home = self.resource if urn is None else dict(self.resource.get(urn, {}))
        change, name = _Change(operation, self), attribute.name
        before = home.get(name)
        after = change.many(before or []) if attribute.multi_valued else change.one(before)
        if attribute.mutability is Writable.IMMUTABLE and before is not None and after != before:
            raise Mutability(f'"{name}" cannot be changed once it has a value')
        if after in (None, [], {}):
            home.pop(name, None)
        else:
            home[name] = after
        if urn is not None:
            self.resource.pop(urn, None)
            if home:
                self.resource[urn] = home


class _Change(msgspec.Struct, frozen=True):
    """One operation on the values of one attribute."""

    operation: Operation
    work: _Work

    def one(self, old: Json) -> Json:
        """The value of a single-valued attribute afterwards."""
        operation, sub = self.operation, self.operation.target.sub
        if operation.chosen is not None and (old is None or not operation.chosen(old)):
            if old is not None or operation.op is Op.REMOVE:
                return self._unmatched(old)
            old = self._described()
        if sub is not None:
            return self._with_sub(old or {}, sub)
        if operation.op is Op.REMOVE:
            return None
        new = operation.value
        if not isinstance(new, dict):
            return new
        return {name: value for name, value in {**(old or {}), **new}.items() if value is not None}

    def many(self, old: list[Json]) -> list[Json]:
        """The values of a multi-valued attribute afterwards."""
        operation, sub = self.operation, self.operation.target.sub
        self.work.effort.spend(len(old) * size(operation.condition))
        if operation.chosen is None and sub is None:
            if operation.op is Op.REMOVE:
                return []
            new = operation.value
            kept = old if operation.op is Op.ADD else []
            present, added = {_key(item) for item in kept}, {_key(item) for item in new}
            values = [*kept, *(item for item in new if _key(item) not in present)]
            return _one_primary(values, lambda item: _key(item) in added)
        chosen = operation.chosen or _any
        touched = {index for index, item in enumerate(old) if chosen(item)}
        if not touched:
            return self._made(old)
        values = [self._changed(item) if index in touched else item for index, item in enumerate(old)]
        marked = {id(values[index]) for index in touched}
        return _one_primary([item for item in values if item], lambda item: id(item) in marked)

    def _made(self, old: list[Json]) -> list[Json]:
        """The values, with one that the filter describes, as none satisfies it."""
        if not self.work.policy.create_unmatched or self.operation.op is Op.REMOVE:
            self._unmatched(old)
            return old
        made = self._changed(self._described())
        return _one_primary([*old, made], lambda item: item is made) if made else old

    def _described(self) -> dict[str, Json]:
        """The value that the filter describes: what it compares with may be no value of its attribute."""
        attribute = self.operation.target.attribute
        fixed = [(name, value) for name, value in _fixed(self.operation.condition) if attribute.find(name) is not None]
        made = check_item(attribute, dict(fixed), attribute.name, Unknown.REFUSE, []) if fixed else None
        return made or {}

    def _unmatched(self, old: Json) -> Json:
        """No value satisfies the filter: there is nothing to remove, and to change another would be wrong."""
        operation = self.operation
        if self.work.policy.create_unmatched and operation.op is Op.REMOVE:
            return old
        name = operation.target.attribute.name
        raise NoTarget(f'no value of "{name}" satisfies the path of this {operation.op}')

    def _changed(self, item: Json) -> Json:
        """One chosen value afterwards; nothing if it goes, or if only its `type` and `primary` would be left."""
        operation, sub = self.operation, self.operation.target.sub
        if sub is not None:
            after = self._with_sub(item, sub)
            return after if after.keys() - {"type", "primary"} or operation.op is not Op.REMOVE else None
        if operation.op is Op.REMOVE:
            return None
        new = operation.value
        if not isinstance(item, dict) or not isinstance(new, dict):
            return new
        kept = item if operation.op is Op.ADD else {name: v for name, v in item.items() if name in {"type", "primary"}}
        return {**kept, **new}

    def _with_sub(self, item: Json, sub: Attribute) -> Json:
        """A complex value with another sub-attribute; a reference that loses its value refers to nothing."""
        if self.operation.op is not Op.REMOVE:
            return {**item, sub.name: self.operation.value}
        if sub.name == "value" and "value" in item and self.operation.target.attribute.find("$ref") is not None:
            return {}
        return {name: value for name, value in item.items() if name != sub.name}


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


def _fixed(condition: Filter | None) -> Iterator[tuple[str, Json]]:
    """The sub-attributes that a filter fixes: those that `and` joins by `eq`."""
    match condition:
        case And(left, right):
            yield from _fixed(left)
            yield from _fixed(right)
        case Comparison(path, CompareOp.EQ, value):
            yield path.name, value
        case _:
            return
