"""Filters as values (`$filter` of OData 4.0), bound to the properties they are about; `parser.py` makes them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from .types import Property

Literal: TypeAlias = str | bool | int | float | None
"""A literal in the form its property has: times as `instant` writes them, guids in lower case."""


class Operator(StrEnum):
    """Comparisons."""

    EQ = "eq"
    NE = "ne"
    GT = "gt"
    GE = "ge"
    LT = "lt"
    LE = "le"


class Function(StrEnum):
    """Functions of two texts, spelled as Graph's documentation does; read in any case."""

    STARTS_WITH = "startsWith"
    ENDS_WITH = "endsWith"
    CONTAINS = "contains"


class Quantifier(StrEnum):
    """Lambda operators."""

    ANY = "any"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Path:
    """Where a value is found, from the entity on, or from a lambda's variable on: `servicePrincipal/id`, `p`."""

    names: tuple[str, ...]
    property: Property
    count: bool = False
    """The number of elements of a collection (`otherMails/$count`), not the collection."""

    def __str__(self) -> str:
        return "/".join((*self.names, *(["$count"] if self.count else [])))


@dataclass(frozen=True, slots=True)
class Comparison:
    """`path op literal`."""

    path: Path
    operator: Operator
    value: Literal


@dataclass(frozen=True, slots=True)
class Membership:
    """`path in (literal, …)`."""

    path: Path
    values: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """`startsWith(path, literal)`."""

    function: Function
    path: Path
    value: str


@dataclass(frozen=True, slots=True)
class Lambda:
    """`path/any(p: …)`; without a condition: whether there is an element."""

    path: Path
    quantifier: Quantifier
    condition: Expression | None


@dataclass(frozen=True, slots=True)
class And:
    """Both hold."""

    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Or:
    """One holds, or both."""

    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Not:
    """It does not hold."""

    expression: Expression


Expression: TypeAlias = Comparison | Membership | Call | Lambda | And | Or | Not
