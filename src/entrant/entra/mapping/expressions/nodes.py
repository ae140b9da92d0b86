"""Expressions as values that print themselves; the parser gives the same value back (entra-client 18.1)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class CompareOp(StrEnum):
    """Operators of a condition, in `IIF` and `CBool`."""

    EQ = "="
    NE = "<>"
    GE = ">="
    LE = "<="
    GT = ">"
    LT = "<"


@dataclass(frozen=True, slots=True)
class Attribute:
    """`[userPrincipalName]`: an attribute of the source object. Names are case-sensitive (18.2)."""

    name: str

    def __str__(self) -> str:
        return f"[{self.name}]"


@dataclass(frozen=True, slots=True)
class Text:
    """`"Sales"`: a constant. A quote and a backslash in it are written with a backslash before them."""

    value: str

    def __str__(self) -> str:
        escaped = self.value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'


@dataclass(frozen=True, slots=True)
class Number:
    """`3`, `-1.5`, `&HF`: a number as it was written."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Word:
    """`vbTextCompare`, `True`: a named constant."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Call:
    """`Join(" ", [givenName], [surname])`. An argument that is left empty is None."""

    function: str
    arguments: tuple[Expression | None, ...] = ()

    def __str__(self) -> str:
        inside = ", ".join("" if argument is None else str(argument) for argument in self.arguments)
        return f"{self.function}({inside})"


@dataclass(frozen=True, slots=True)
class Comparison:
    """`[country]="USA"`: a condition. There is no AND and no OR."""

    left: Operand
    op: CompareOp
    right: Operand

    def __str__(self) -> str:
        return f"{self.left} {self.op} {self.right}"


Operand: TypeAlias = Attribute | Text | Number | Word | Call
Expression: TypeAlias = Operand | Comparison


def attributes_of(node: Expression | None) -> frozenset[str]:
    """The names of the source attributes that an expression reads."""
    match node:
        case Attribute(name):
            return frozenset({name})
        case Call(_, arguments):
            return frozenset().union(*(attributes_of(argument) for argument in arguments))
        case Comparison(left, _, right):
            return attributes_of(left) | attributes_of(right)
        case _:
            return frozenset()


def functions_of(node: Expression | None) -> frozenset[str]:
    """The names of the functions that an expression calls."""
    match node:
        case Call(name, arguments):
            return frozenset({name}).union(*(functions_of(argument) for argument in arguments))
        case Comparison(left, _, right):
            return functions_of(left) | functions_of(right)
        case _:
            return frozenset()
