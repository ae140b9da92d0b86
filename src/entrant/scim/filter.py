"""Filters and paths as values that print themselves (RFC 7644 §3.4.2.2, §3.5.2), and what they match.

`parser.py` makes these values from text; `str()` gives text that parses back to the same value.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

Literal: TypeAlias = str | bool | int | float | None
"""A compValue of the grammar: a JSON string, number, true, false or null."""


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


@dataclass(frozen=True, slots=True)
class Path:
    """attrPath, valuePath, and valuePath with a sub-attribute: `urn:name[filter].sub`, each part but name optional.

    Spelling is kept as it came; look names up without regard to case.
    """

    name: str
    sub: str | None = None
    urn: str | None = None
    filter: Filter | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """attrExp with an operator. The path may hold a filter: `emails[type eq "work"].value eq "x"`.

    RFC 7644's grammar has no such filter, but Entra sends it: it holds if one and the same value satisfies both.
    """

    path: Path
    op: CompareOp
    value: Literal


@dataclass(frozen=True, slots=True)
class Present:
    """attrExp with `pr`."""

    path: Path


@dataclass(frozen=True, slots=True)
class ValuePath:
    """valuePath as a filter: some value of `path` satisfies `path.filter`. `path.sub` is None."""

    path: Path


@dataclass(frozen=True, slots=True)
class And:
    """Both hold."""

    left: Filter
    right: Filter


@dataclass(frozen=True, slots=True)
class Or:
    """One holds, or both."""

    left: Filter
    right: Filter


@dataclass(frozen=True, slots=True)
class Not:
    """It does not hold."""

    filter: Filter


Filter: TypeAlias = Comparison | Present | ValuePath | And | Or | Not
