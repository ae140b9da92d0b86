"""A PATCH message as operations, each on one attribute, read by the schema (RFC 7644 §3.5.2).

First comes the normal form, `Sent`: an operation without a path, or on all attributes of an extension, becomes one
operation for each attribute. So a rule for operations holds in every form that a message may have. Then each is read:
its path names an attribute of the schema, its value is one of that attribute. `patch.py` does them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, StrEnum, auto
from itertools import chain
from typing import Final

import msgspec

from .bounds import UnknownNames
from .errors import InvalidPath, InvalidSyntax, InvalidValue, Mutability, NoTarget, PayloadTooLarge
from .filter import Filter, Path, Predicate, value_matches
from .parser import parse_path
from .resource import Unknown, check_item, check_value, require_schemas
from .schema import Attribute, Common, Resolved, ResourceType, Schema
from .schema import Mutability as Writable
from .wire import Json

PATCH_URN = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
MAX_OPERATIONS = 10_000  # operations in one request; Entra sends one for each member to remove (entra-client 9.9, 9.10)
OF_MESSAGE = frozenset({"schemas", "Operations"})
OF_OPERATION = frozenset({"op", "path", "value"})
_SHOWN = 100  # characters of a name in a sentence


class Op(StrEnum):
    """What an operation does."""

    ADD = "add"
    REMOVE = "remove"
    REPLACE = "replace"


_LOGICAL = re.compile(r"\s(?:and|or)\s", re.IGNORECASE)
"""What joins two conditions."""
_OPS = {op.value: op for op in Op}


class Absent(Enum):
    """Tells a value that was not sent from one that is null."""

    ABSENT = auto()


ABSENT: Final = Absent.ABSENT


class Sent(msgspec.Struct, frozen=True):
    """The normal form of what was sent: one op, one path, one value. Nothing of it is checked."""

    op: Op
    path: Path
    value: Json = ABSENT


class Operation(msgspec.Struct, frozen=True):
    """An operation on an attribute that the schema has, with a value that the attribute can have.

    `value` is in the schema's spelling; None is the absence of a value. Of a `remove` it is what was sent: the RFC
    gives it no meaning. In the value of a `replace` of a complex attribute, a sub-attribute that is None goes.
    """

    op: Op
    target: Resolved
    condition: Filter | None = None
    chosen: Predicate | None = None
    """Whether `condition` holds for a value."""
    value: Json = ABSENT


class Policy(msgspec.Struct, frozen=True):
    """What a connection is allowed beyond the letter of the RFC where that depends on the schema or on the resource."""

    drop_unknown: bool = False
    """Attributes that the schema does not have are left out, and named in the result."""
    skip_read_only: bool = False
    """Operations on read-only attributes are left out, and named in the result."""
    test_single: bool = False
    """The filter in a path to an attribute with one value is tested on that value."""
    create_unmatched: bool = False
    """An add or replace whose filter chooses nothing makes the value that it describes; a remove changes nothing."""
    words: bool = False
    """Text in the filter of a path may come without quotes; it is read as a `Word`."""
    without_path: bool = True
    """An add or replace may come without a path; the interoperability profile wants one."""
    without_schemas: bool = True
    """Messages may leave out `schemas`, and have members that the RFC does not know."""

    @property
    def unknown(self) -> Unknown:
        """The same for values."""
        return Unknown.DROP if self.drop_unknown else Unknown.REFUSE


LETTER = Policy()


@dataclass(slots=True)
class Notes:
    """What was left out: names that the schema does not have, and read-only attributes."""

    dropped: list[str] = field(default_factory=UnknownNames)
    ignored: list[str] = field(default_factory=list)


class Patch(msgspec.Struct, frozen=True):
    """The operations of a message, in order, and what was left out."""

    operations: tuple[Operation, ...]
    notes: Notes


def parse_operations(message: Json, type_: ResourceType, policy: Policy = LETTER) -> Patch:
    """Read a PatchOp message.

    Raises InvalidSyntax, InvalidPath, InvalidFilter, InvalidValue, NoTarget, Mutability or PayloadTooLarge.
    """
    notes = Notes()
    operations = [
        operation
        for raw in operations_of(message, policy, notes)
        for sent in normal_form(raw, type_, policy, notes)
        if (operation := read(sent, type_, policy, notes)) is not None
    ]
    return Patch(tuple(operations), notes)


def conditions(message: Json) -> int:
    """How many conditions the paths of a PATCH may have beyond one each: counted before any of them is read."""
    return sum(len(_LOGICAL.findall(path)) for path in _paths(message))


def _paths(message: Json) -> Iterator[str]:
    """Whatever may be read as a path: that of each operation, and the names in its value."""
    members = message.items() if isinstance(message, dict) else ()
    lists = (value for name, value in members if name.lower() == "operations" and isinstance(value, list))
    for one in chain.from_iterable(lists):
        for name, said in one.items() if isinstance(one, dict) else ():
            if isinstance(said, dict):
                yield from said
            elif name.lower() == "path" and isinstance(said, str):
                yield said


def operations_of(message: Json, policy: Policy, notes: Notes) -> list[Json]:
    """The list in a PatchOp message."""
    operations = message.get("Operations") if isinstance(message, dict) else None
    if not isinstance(operations, list):
        raise InvalidSyntax('the body must be a PatchOp message with a list of "Operations"')
    if not operations:
        raise InvalidSyntax('the list of "Operations" is empty: there is nothing to do')
    if len(operations) > MAX_OPERATIONS:
        raise PayloadTooLarge(f"a PATCH may have at most {MAX_OPERATIONS} operations")
    if not message.keys() <= OF_MESSAGE:
        _other_members(message, OF_MESSAGE, "a PatchOp message", policy, notes)
    if not policy.without_schemas:
        require_schemas(message, PATCH_URN)
    return operations


def _other_members(message: Json, known: frozenset[str], what: str, policy: Policy, notes: Notes) -> None:
    for name in message.keys() - known:
        if not policy.without_schemas:
            raise InvalidSyntax(f'{what} has no "{name[:_SHOWN]}"')
        notes.dropped.append(name)


def normal_form(raw: Json, type_: ResourceType, policy: Policy, notes: Notes) -> Iterator[Sent]:
    """One element of `Operations` as operations on one attribute each."""
    if not isinstance(raw, dict):
        raise InvalidSyntax("each operation must be an object")
    if not raw.keys() <= OF_OPERATION:
        _other_members(raw, OF_OPERATION, "an operation", policy, notes)
    name, path, value = raw.get("op"), raw.get("path"), raw.get("value", ABSENT)
    op = _OPS.get(name) if isinstance(name, str) else None
    if op is None:
        raise InvalidSyntax("the op of an operation is add, remove or replace")
    if path is not None and not isinstance(path, str):
        raise InvalidPath("the path of an operation must be a string")
    if path is None and op is Op.REMOVE:
        raise NoTarget("a remove needs a path: the attribute to remove")
    if path is None and not policy.without_path:
        raise InvalidSyntax(f"a strict connection wants a path in every operation; this {op} has none")
    if op is not Op.REMOVE and value is ABSENT:
        raise InvalidValue(f"this {op} has no value")
    if path is not None:
        parsed = parse_path(path, words=policy.words)
        extension = _whole_extension(parsed, type_)
        return iter((Sent(op, parsed, value),)) if extension is None else _on_extension(op, extension, value)
    if not isinstance(value, dict):
        raise InvalidValue(f"an {op} without path needs an object as its value")
    return expand(op, value, type_)


def expand(op: Op, value: dict[str, Json], type_: ResourceType) -> Iterator[Sent]:
    """The attributes that an object names, those in the objects of extensions among them."""
    for name, inner in value.items():
        extension = type_.find_extension(name)
        if extension is None:
            yield Sent(op, Path(name), inner)
        elif isinstance(inner, dict):
            yield from (Sent(op, Path(each, urn=extension.id), it) for each, it in inner.items())
        else:
            yield from _on_extension(op, extension, inner)


def _whole_extension(path: Path, type_: ResourceType) -> Schema | None:
    """The extension that a path names by its URN alone."""
    if path.urn is None or path.filter is not None or path.sub is not None:
        return None
    return type_.find_extension(f"{path.urn}:{path.name}")


def _on_extension(op: Op, extension: Schema, value: Json) -> Iterator[Sent]:
    """An operation on all attributes of an extension: a replace leaves none that its value does not name."""
    if op is not Op.REMOVE and not isinstance(value, dict | None):
        raise InvalidValue(f'"{extension.id}" needs an object as its value')
    if op is not Op.ADD:
        writable = [a for a in extension.attributes if a.mutability is not Writable.READ_ONLY]
        yield from (Sent(Op.REMOVE, Path(a.name, urn=extension.id)) for a in writable)
    if op is not Op.REMOVE:
        yield from (Sent(Op.ADD, Path(name, urn=extension.id), it) for name, it in (value or {}).items())


def read(sent: Sent, type_: ResourceType, policy: Policy, notes: Notes) -> Operation | None:
    """One operation by the schema; None if it says nothing, or what it is about is left out."""
    op, path, value = sent.op, sent.path, sent.value
    target = type_.find(path.urn, path.name, path.sub)
    if target is None:
        name = _name(path)
        if not policy.drop_unknown:
            raise InvalidSyntax(f'there is no attribute "{name[:_SHOWN]}" in the schema')
        notes.dropped.append(name)
        return None
    attribute, leaf = target.attribute, target.leaf
    if Writable.READ_ONLY in {attribute.mutability, leaf.mutability}:
        if not policy.skip_read_only:
            raise Mutability(f'"{leaf.name}" is read-only')
        notes.ignored.append(_name(path))
        return None
    chosen = None if path.filter is None else _predicate(path.filter, attribute, policy)
    if op is not Op.REMOVE:
        value = _value(sent, target, policy, notes)
    if value is None and op is not Op.REMOVE:
        if op is Op.ADD or (sent.value is not None and sent.value != []):
            return None  # it names nothing to add, or nothing to put in the place of what is there
        op = Op.REMOVE  # null and an empty list are the absence of a value (RFC 7643 §2.5)
    if op is Op.REMOVE and leaf.required and target.sub is None:
        raise Mutability(f'"{leaf.name}" is required and cannot be removed')
    if attribute is Common.SCHEMAS.value:
        return None  # it follows from the attributes that the resource has
    return Operation(op, target, path.filter, chosen, value)


def _predicate(condition: Filter, attribute: Attribute, policy: Policy) -> Predicate:
    if not attribute.multi_valued and not policy.test_single:
        raise InvalidPath(f'"{attribute.name}" has one value; a filter in its path finds nothing to choose from')
    return value_matches(condition, attribute)


def _value(sent: Sent, target: Resolved, policy: Policy, notes: Notes) -> Json:
    """The value in the schema's spelling; that of one value if a filter chooses it."""
    attribute, value, condition = target.leaf, sent.value, sent.path.filter
    urn = f"{target.urn}:" if target.urn else ""
    check = check_value if condition is None or target.sub is not None else check_item
    checked = check(attribute, value, urn + attribute.name, policy.unknown, notes.dropped)
    if sent.op is not Op.REPLACE or not isinstance(value, dict) or attribute.multi_valued:
        return checked
    # A sub-attribute that is null is taken away.
    gone = [sub for name, it in value.items() if it in (None, []) and (sub := attribute.find(name)) is not None]
    cleared = {sub.name: None for sub in gone if sub.mutability is not Writable.READ_ONLY}
    return {**cleared, **(checked or {})} if cleared else checked


def _name(path: Path) -> str:
    """The attribute that a path names, without what it says of values."""
    return str(Path(path.name, path.sub, path.urn))
