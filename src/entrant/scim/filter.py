"""Filters and paths as values that print themselves (RFC 7644 §3.4.2.2, §3.5.2), and what they match.

`parser.py` makes these values from text; `str()` gives text that parses back to the same value.

What a filter means, in Python here and in SQL in `store/where.py`:

- A comparison is about the values that its path leads to: none if the attribute is absent, one, or several if it
  is multi-valued. `eq`, `co`, `sw`, `ew`, `gt`, `ge`, `lt` and `le` hold if one of the values satisfies them; `ne`
  holds if `eq` does not. So an absent attribute is `ne` anything, and `eq null`.
- A complex attribute without sub-attribute stands for its sub-attribute `value`.
- `pr` holds if there is a value other than the empty string; for a complex attribute, if there is any value.
- `path[filter]` holds if one and the same value of `path` satisfies the filter; `path[filter].sub op x` if that one
  value also satisfies `sub op x`.
- Text is compared folded unless the attribute is caseExact, and ordered by code point. Times are compared as
  instants, numbers as binary64. Booleans know only `eq` and `ne`, numbers no `co`, `sw` and `ew`.
- A filter on an attribute that the schema does not have, or a literal of the wrong type, raises InvalidFilter.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TypeAlias, assert_never

import msgspec

from .errors import InvalidFilter
from .fold import fold
from .formats import instant, to_number
from .schema import Attribute, Resource, ResourceType, Type
from .wire import Json

Literal: TypeAlias = str | bool | int | float | None
"""A compValue of the grammar: a JSON string, number, true, false or null."""


class Word(str):
    """A compValue without the double quotes that the grammar wants around text: no comparison is made with it."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Word) and str.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__


class CompareOp(StrEnum):
    """compareOp of the grammar; written in lower case, read in any."""

    EQ = "eq"
    NE = "ne"
    CO = "co"
    SW = "sw"
    EW = "ew"
    GT = "gt"
    LT = "lt"
    GE = "ge"
    LE = "le"


class Path(msgspec.Struct, frozen=True):
    """attrPath, valuePath, and valuePath with a sub-attribute: `urn:name[filter].sub`, each part but name optional.

    Spelling is kept as it came; look names up without regard to case.
    """

    name: str
    sub: str | None = None
    urn: str | None = None
    filter: Filter | None = None

    def __str__(self) -> str:
        urn = f"{self.urn}:" if self.urn else ""
        condition = f"[{self.filter}]" if self.filter else ""
        sub = f".{self.sub}" if self.sub else ""
        return f"{urn}{self.name}{condition}{sub}"


class Comparison(msgspec.Struct, frozen=True):
    """attrExp with an operator. The path may hold a filter: `emails[type eq "work"].value eq "x"`.

    RFC 7644's grammar has no such filter, but Entra sends it: it holds if one and the same value satisfies both.
    """

    path: Path
    op: CompareOp
    value: Literal

    def __str__(self) -> str:
        return f"{self.path} {self.op} {msgspec.json.encode(self.value).decode()}"


class Present(msgspec.Struct, frozen=True):
    """attrExp with `pr`."""

    path: Path

    def __str__(self) -> str:
        return f"{self.path} pr"


class ValuePath(msgspec.Struct, frozen=True):
    """valuePath as a filter: some value of `path` satisfies `path.filter`. `path.sub` is None."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)


class And(msgspec.Struct, frozen=True):
    """Both hold."""

    left: Filter
    right: Filter

    def __str__(self) -> str:
        right = f"({self.right})" if isinstance(self.right, And | Or) else str(self.right)
        left = f"({self.left})" if isinstance(self.left, Or) else str(self.left)
        return f"{left} and {right}"


class Or(msgspec.Struct, frozen=True):
    """One holds, or both."""

    left: Filter
    right: Filter

    def __str__(self) -> str:
        right = f"({self.right})" if isinstance(self.right, Or) else str(self.right)
        return f"{self.left} or {right}"


class Not(msgspec.Struct, frozen=True):
    """It does not hold."""

    filter: Filter

    def __str__(self) -> str:
        return f"not ({self.filter})"


Filter: TypeAlias = Comparison | Present | ValuePath | And | Or | Not


def operands(node: And | Or) -> list[Filter]:
    """What a chain of the same operator joins, in order: three for `a or b or c`, however it is nested."""
    kind, found, waiting = type(node), list[Filter](), [node.right, node.left]
    while waiting:
        one = waiting.pop()
        if isinstance(one, kind):
            waiting += [one.right, one.left]
        else:
            found.append(one)
    return found


def size(node: Filter | None) -> int:
    """How many comparisons a filter makes of one value, at most."""
    match node:
        case And() | Or():
            return sum(map(size, operands(node)))
        case Not(inner):
            return size(inner)
        case _:
            return 1


Scalar: TypeAlias = str | bool | int | float
TEXT = frozenset({Type.STRING, Type.REFERENCE, Type.BINARY})
NUMBERS = frozenset({Type.INTEGER, Type.DECIMAL})
_SUBSTRING = frozenset({CompareOp.CO, CompareOp.SW, CompareOp.EW})
_EQUALITY = frozenset({CompareOp.EQ, CompareOp.NE})


Predicate: TypeAlias = Callable[[Json], bool]
Find: TypeAlias = Callable[[Path], tuple[Attribute, Callable[[Json], list[Json]]]]
"""From a path to its attribute and to the way its values are taken out of what the filter is about."""


def matches(node: Filter, resource: Resource, type_: ResourceType) -> bool:
    """Whether a resource, with its `id` and `meta`, satisfies the filter; raises InvalidFilter."""
    return _compile(node, _in_resource(type_))(resource)


def check(node: Filter, type_: ResourceType) -> None:
    """Raise InvalidFilter unless every attribute and every literal of the filter suits the schema."""
    _compile(node, _in_resource(type_))


def value_matches(node: Filter, attribute: Attribute) -> Predicate:
    """Whether one value of a multi-valued attribute satisfies the filter in a path's brackets; raises InvalidFilter."""
    return _compile(node, _in_value(attribute))


def _in_resource(type_: ResourceType) -> Find:
    def find(path: Path) -> tuple[Attribute, Callable[[Json], list[Json]]]:
        found = type_.find(path.urn, path.name)
        if found is None:
            raise InvalidFilter(f'there is no attribute "{Path(path.name, urn=path.urn)}" in the schema')
        urn, name = found.urn, found.attribute.name
        if urn is None:
            return found.attribute, lambda resource: _values(resource.get(name))
        return found.attribute, lambda resource: _values(resource.get(urn, {}).get(name))

    return find


def _in_value(attribute: Attribute) -> Find:
    def find(path: Path) -> tuple[Attribute, Callable[[Json], list[Json]]]:
        if not attribute.sub_attributes and path.urn is None and path.name.lower() == "value":
            return attribute, _values
        sub = None if path.urn else attribute.find(path.name)
        if sub is None:
            raise InvalidFilter(f'"{attribute.name}" has no sub-attribute "{path.name}"')
        name = sub.name
        return sub, lambda value: _values(value.get(name))

    return find


def _values(value: Json) -> list[Json]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _compile(node: Filter, find: Find) -> Predicate:
    """The filter as a function of what it is about; everything wrong with it is found here."""
    match node:
        case And(left, right):
            both = _compile(left, find), _compile(right, find)
            return lambda it: both[0](it) and both[1](it)
        case Or(left, right):
            either = _compile(left, find), _compile(right, find)
            return lambda it: either[0](it) or either[1](it)
        case Not(inner):
            denied = _compile(inner, find)
            return lambda it: not denied(it)
        case Comparison(Path(filter=condition) as path, op, value) if condition is not None:
            return _compile(one_value(path, condition, Comparison(Path(path.sub or "value"), op, value)), find)
        case Present(Path(filter=condition) as path) if condition is not None:
            inner = Present(Path(path.sub)) if path.sub else condition
            return _compile(one_value(path, condition, inner), find)
        case ValuePath(path):
            attribute, get = find(path)
            holds = value_matches(path.filter, attribute) if path.filter else bool
            return lambda it: any(holds(value) for value in get(it))
        case Present(path):
            return _present(path, find)
        case Comparison(path, op, value):
            return _comparison(path, op, value, find)
        case _:
            assert_never(node)


def one_value(path: Path, condition: Filter, test: Filter) -> ValuePath:
    """`path[condition].sub op x` as `path[condition and sub op x]`, which is what it means."""
    return ValuePath(Path(path.name, urn=path.urn, filter=And(condition, test)))


def _leaf(path: Path, find: Find) -> tuple[Attribute, Callable[[Json], list[Json]]]:
    """The attribute whose values are compared, and how to take them out: of the sub-attribute, where there is one."""
    attribute, get = find(path)
    if not attribute.sub_attributes and path.sub is None:
        return attribute, get
    sub = attribute.find(path.sub or "value")
    if sub is None:
        raise InvalidFilter(f'"{attribute.name}" has no sub-attribute "{path.sub or "value"}" to compare')
    name = sub.name
    return sub, lambda it: [inner for value in get(it) for inner in _values(value.get(name))]


def _present(path: Path, find: Find) -> Predicate:
    attribute, get = find(path)
    if path.sub is None and attribute.sub_attributes:
        return lambda it: bool(get(it))
    _, values = _leaf(path, find)
    return lambda it: any(value != "" for value in values(it))


def _comparison(path: Path, op: CompareOp, value: Literal, find: Find) -> Predicate:
    attribute, get = _leaf(path, find)
    wanted = literal(attribute, op, value)
    if wanted is None:
        return (lambda it: not get(it)) if op is CompareOp.EQ else (lambda it: bool(get(it)))
    if op is CompareOp.NE:
        return lambda it: all(to_comparable(attribute, v) != wanted for v in get(it))
    test = _TESTS[op]
    return lambda it: any(
        test(comparable, wanted) for v in get(it) if (comparable := to_comparable(attribute, v)) is not None
    )


def literal(attribute: Attribute, op: CompareOp, value: Literal) -> Scalar | None:
    """A compValue as values of the attribute are compared: folded, as instant; raises InvalidFilter."""
    type_ = attribute.type
    if (op in _SUBSTRING and type_ not in TEXT) or (op not in _EQUALITY and (type_ is Type.BOOLEAN or value is None)):
        raise InvalidFilter(f'"{op}" is not a comparison for "{attribute.name}"')
    if value is None:
        return None
    if isinstance(value, Word):
        raise InvalidFilter(f'"{attribute.name}" is compared with {value[:100]}; text in a filter is in double quotes')
    fits = bool if type_ is Type.BOOLEAN else int | float if type_ in NUMBERS else str
    right = isinstance(value, fits) and (fits is bool or not isinstance(value, bool))
    comparable = to_comparable(attribute, value) if right else None
    if comparable is None:
        raise InvalidFilter(f'"{attribute.name}" is a {type_}: {msgspec.json.encode(value).decode()} is not')
    return comparable


def to_comparable(attribute: Attribute, value: Json) -> Scalar | None:
    """A value of the attribute in the form in which it is compared, or None if it is no such value."""
    if attribute.type is Type.DATETIME:
        return instant(value) if isinstance(value, str) else None
    if attribute.type in NUMBERS:
        return to_number(value)
    if isinstance(value, str):
        return value if attribute.case_exact else fold(value)
    return value if isinstance(value, bool) else None


_TESTS: dict[CompareOp, Callable[[Json, Json], bool]] = {
    CompareOp.EQ: lambda a, b: a == b,
    CompareOp.CO: lambda a, b: b in a,
    CompareOp.SW: lambda a, b: a.startswith(b),
    CompareOp.EW: lambda a, b: a.endswith(b),
    CompareOp.GT: lambda a, b: a > b,
    CompareOp.GE: lambda a, b: a >= b,
    CompareOp.LT: lambda a, b: a < b,
    CompareOp.LE: lambda a, b: a <= b,
}
