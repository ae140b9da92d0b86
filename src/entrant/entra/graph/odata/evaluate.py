"""What filters and orders mean, on entities as JSON values.

Text is compared without regard to case, as the directory does; the provisioning log's actions must be (graph-surface
3.5). A property that is absent is null: it equals null, differs from everything else, and is before everything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias, assert_never

from entrant.scim.fold import fold
from entrant.scim.wire import Json

from .expression import (
    And,
    Call,
    Comparison,
    Expression,
    Function,
    Lambda,
    Literal,
    Membership,
    Not,
    Operator,
    Or,
    Path,
    Quantifier,
)
from .tokens import instant
from .types import Type

Predicate: TypeAlias = Callable[[Json], bool]
Scalar: TypeAlias = str | bool | int | float


def predicate(expression: Expression) -> Predicate:
    """Whether an entity satisfies the filter."""
    match expression:
        case And(left, right):
            first, second = predicate(left), predicate(right)
            return lambda entity: first(entity) and second(entity)
        case Or(left, right):
            first, second = predicate(left), predicate(right)
            return lambda entity: first(entity) or second(entity)
        case Not(inner):
            holds = predicate(inner)
            return lambda entity: not holds(entity)
        case Comparison(path, operator, value):
            return _comparison(path, operator, value)
        case Membership(path, values):
            wanted = {comparable(value, path.property.type) for value in values}
            return lambda entity: value_at(entity, path) in wanted
        case Call(function, path, text):
            return _call(function, path, str(fold(text)))
        case Lambda(path, quantifier, condition):
            return _lambda(path, quantifier, condition)
        case _:
            assert_never(expression)


def value_at(entity: Json, path: Path) -> Scalar | None:
    """The value that a path leads to, as it is compared."""
    found = _at(entity, path.names)
    if path.count:
        return len(found) if isinstance(found, list) else 0
    return comparable(found, path.property.type)


def comparable(value: Json, type_: Type) -> Scalar | None:
    """A value in a form that compares as it should."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if not isinstance(value, str):
        return ""  # a complex value: not null, and equal to no literal
    if type_ is Type.INSTANT:
        return instant(value)
    return fold(value)


def _at(entity: Json, names: Iterable[str]) -> Json:
    for name in names:
        if not isinstance(entity, dict):
            return None
        entity = entity.get(name)
    return entity


def _comparison(path: Path, operator: Operator, value: Literal) -> Predicate:
    wanted = comparable(value, path.property.type)
    match operator:
        case Operator.EQ:
            return lambda entity: value_at(entity, path) == wanted
        case Operator.NE:
            return lambda entity: value_at(entity, path) != wanted
        case _:
            return lambda entity: _ordered(value_at(entity, path), operator, wanted)


def _ordered(found: Scalar | None, operator: Operator, wanted: Scalar | None) -> bool:
    if found is None or wanted is None or isinstance(found, str) is not isinstance(wanted, str):
        return False
    left, right = (found, wanted) if isinstance(found, str) else (float(found), float(wanted))
    match operator:
        case Operator.GT:
            return left > right  # type: ignore[operator]  # both are text, or both numbers
        case Operator.GE:
            return left >= right  # type: ignore[operator]
        case Operator.LT:
            return left < right  # type: ignore[operator]
        case _:
            return left <= right  # type: ignore[operator]


def _call(function: Function, path: Path, part: str) -> Predicate:
    def holds(entity: Json) -> bool:
        found = value_at(entity, path)
        if not isinstance(found, str):
            return False
        match function:
            case Function.STARTS_WITH:
                return found.startswith(part)
            case Function.ENDS_WITH:
                return found.endswith(part)
            case Function.CONTAINS:
                return part in found
            case _:
                assert_never(function)

    return holds


def _lambda(path: Path, quantifier: Quantifier, condition: Expression | None) -> Predicate:
    if condition is None:
        return lambda entity: bool(_at(entity, path.names))
    holds = predicate(condition)
    over = any if quantifier is Quantifier.ANY else all
    return lambda entity: over(holds(element) for element in _at(entity, path.names) or ())
