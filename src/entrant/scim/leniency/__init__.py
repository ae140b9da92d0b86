"""Leniency: what providers really send, rewritten into standard SCIM before the core reads it (product.md §6).

The law: a rewrite changes the spelling, never the effect. It is kept by the order of things. What the core reads as it
is goes through unchanged, whatever is tolerated; a tolerance is asked only about what the core refuses. The exceptions
are two, `operations.DECIDED`. What depends on the resource is no rewrite but a `Policy` of the core. A resource is read
as the operations that add its attributes, so that POST, PUT and PATCH tolerate the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import msgspec
from msgspec import structs

from entrant.scim.errors import InvalidSyntax, ScimError
from entrant.scim.filter import Filter, Path
from entrant.scim.operations import (
    ABSENT,
    LETTER,
    Notes,
    Op,
    Operation,
    Patch,
    Policy,
    Sent,
    expand,
    normal_form,
    operations_of,
    read,
)
from entrant.scim.patch import apply
from entrant.scim.resource import Parsed
from entrant.scim.schema import Resource, ResourceType
from entrant.scim.wire import Json

from .filters import LITERALS, PATHS, Compared, Filters
from .messages import MESSAGES, RAW
from .operations import DECIDED, MEMBERS, OPERATIONS
from .profiles import ENTRA, GENERIC, OKTA, STRICT, Tolerance, Tolerances
from .values import VALUES, Typed, tolerate_value

_IGNORED = frozenset({"schemas", "id", "meta"})  # what the client says of them has no effect (RFC 7643 §3.1)


def tolerate_resource(message: Json, type_: ResourceType, tolerances: Tolerances, used: list[str]) -> Parsed:
    """The resource of a POST or PUT; raises what `parse_resource` does.

    Here and below, `used` gets the name of each tolerance that was needed, whether or not the message is refused.
    """
    if not isinstance(message, dict):
        raise InvalidSyntax(f"the body must be a JSON object: a {type_.name}")
    policy = structs.replace(tolerances.policy, skip_read_only=True)  # RFC 7644 §3.3, §3.5.1
    rewriter = _Rewriter(type_, tolerances, policy, used)
    attributes = {name: value for name, value in message.items() if name.lower() not in _IGNORED}
    for sent in expand(Op.ADD, attributes, type_):
        rewriter.operation(sent)
    empty: Resource = {"schemas": []}
    resource = apply(tuple(rewriter.operations), empty, type_, policy)
    ordered = {"schemas": resource["schemas"], **resource}
    return Parsed(ordered, rewriter.notes.dropped)


def tolerate_patch(message: Json, type_: ResourceType, tolerances: Tolerances, used: list[str]) -> Patch:
    """The operations of a PatchOp message; raises what `parse_operations` does."""
    return _Rewriter(type_, tolerances, tolerances.policy, used).patch(message)


def tolerate_filter(node: Filter, type_: ResourceType, tolerances: Tolerances, used: list[str]) -> Filter:
    """A filter as standard SCIM."""
    if tolerances == STRICT:
        return node
    return _Rewriter(type_, tolerances, tolerances.policy, used).filters.resource(node)


class _Active(msgspec.Struct, frozen=True):
    """The tolerances that a connection has, by what they are about."""

    messages: tuple[Tolerance[Json, Json], ...]
    raw: tuple[Tolerance[Json, Json], ...]
    decided: tuple[Tolerance[Sent, Iterator[Sent]], ...]
    operations: tuple[Tolerance[Sent, Iterator[Sent]], ...]
    paths: tuple[Tolerance[Path, Path], ...]
    literals: tuple[Tolerance[Compared, Json], ...]
    values: tuple[Tolerance[Typed, Json], ...]


@lru_cache(maxsize=64)
def _active(tolerances: Tolerances) -> _Active:
    return _Active(
        messages=tuple(each for each in MESSAGES if getattr(tolerances, each.name)),
        raw=tuple(each for each in RAW if getattr(tolerances, each.name)),
        decided=tuple(each for each in DECIDED if getattr(tolerances, each.name)),
        operations=tuple(each for each in OPERATIONS if getattr(tolerances, each.name)),
        paths=tuple(each for each in PATHS if getattr(tolerances, each.name)),
        literals=tuple(each for each in LITERALS if getattr(tolerances, each.name)),
        values=tuple(each for each in VALUES if getattr(tolerances, each.name)),
    )


class _Rewriter:
    """One message on its way to the core."""

    def __init__(self, type_: ResourceType, tolerances: Tolerances, policy: Policy, used: list[str]) -> None:
        self.used = used
        self.notes = Notes()
        self.operations: list[Operation] = []
        self._type, self._policy, self._active = type_, policy, _active(tolerances)
        self.filters = Filters(type_, self._active.paths, self._active.literals, self._note)

    def _note(self, name: str) -> None:
        if name not in self.used:
            self.used.append(name)

    def patch(self, message: Json) -> Patch:
        """A PatchOp message."""
        if isinstance(message, dict):
            message = self._rewritten(message, self._active.messages)
        for raw in operations_of(message, self._policy, self.notes):
            standard = self._rewritten(raw, self._active.raw) if isinstance(raw, dict) else raw
            for sent in normal_form(standard, self._type, self._policy, self.notes):
                self.operation(sent)
        if self.notes.ignored:
            self._note("read_only_ignored")
        return Patch(tuple(self.operations), self.notes)

    def _rewritten(self, sent: Json, tolerances: tuple[Tolerance[Json, Json], ...]) -> Json:
        for tolerance in tolerances:
            if tolerance.accepts(sent, self._type):
                self._note(tolerance.name)
                sent = tolerance.rewrite(sent, self._type)
        return sent

    def operation(self, sent: Sent) -> None:
        """One operation: as it is if the core reads it, else as the first tolerance rewrites it that accepts it."""
        if sent.op is Op.REMOVE and sent.value is not ABSENT and sent.path.name.lower() == MEMBERS:
            sent = self._with_value(sent)
        if self._by_rule(sent, self._active.decided):
            return
        try:
            operation = read(sent, self._type, LETTER, Notes())
        except ScimError:
            self._deviant(sent)
        else:
            if operation is not None:
                self.operations.append(operation)

    def _by_rule(self, sent: Sent, tolerances: tuple[Tolerance[Sent, Iterator[Sent]], ...]) -> bool:
        for tolerance in tolerances:
            if tolerance.accepts(sent, self._type):
                self._note(tolerance.name)
                for each in tolerance.rewrite(sent, self._type):
                    self.operation(each)
                return True
        return False

    def _deviant(self, sent: Sent) -> None:
        """An operation that the core does not read as it is."""
        if self._by_rule(sent, self._active.operations):
            return
        path = self.filters.path(sent.path)
        if path != sent.path:
            self.operation(structs.replace(sent, path=path))
            return
        sent = self._with_value(sent)
        operation = read(sent, self._type, self._policy, self.notes)
        if operation is None:
            return
        if operation.condition is not None and not operation.target.attribute.multi_valued:
            self._note("filter_on_single")
        self.operations.append(operation)

    def _with_value(self, sent: Sent) -> Sent:
        found = None if sent.value is ABSENT else self._type.find(sent.path.urn, sent.path.name, sent.path.sub)
        if found is None:
            return sent
        many = found.leaf.multi_valued and sent.path.filter is None
        value = tolerate_value(Typed(found.leaf, sent.value, many), self._type, self._active.values, self._note)
        return structs.replace(sent, value=value)


__all__ = [
    "ENTRA",
    "GENERIC",
    "OKTA",
    "STRICT",
    "Tolerance",
    "Tolerances",
    "tolerate_filter",
    "tolerate_patch",
    "tolerate_resource",
]
