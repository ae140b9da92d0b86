"""Which queries on directory objects are advanced ones, and must say so (graph-surface 9.2).

They need the header `ConsistencyLevel: eventual` and `$count=true`; `$search`, and a count alone, only the header. The
real service refuses them otherwise, so a script that forgot the header fails here as it will there.
"""

from __future__ import annotations

from typing import assert_never

from entrant.entra.graph.errors import unsupported_query

from .expression import And, Call, Comparison, Expression, Function, Lambda, Membership, Not, Operator, Or
from .options import Options
from .types import EntityType

HINT = "Send the header 'ConsistencyLevel: eventual' and the query option '$count=true'."
HEADER_HINT = "Send the header 'ConsistencyLevel: eventual'."


def require_advanced(options: Options, type_: EntityType, *, eventual: bool) -> None:
    """Raise GraphError (400) for a query that does not say that it is an advanced one, or works in no way."""
    if not type_.directory:
        return
    if options.search is not None and not eventual:
        raise unsupported_query(f"Request with $search query parameter only works through MSGraph. {HEADER_HINT}")
    if options.count and not eventual:
        raise unsupported_query(f"$count is not currently supported without it being an advanced query. {HEADER_HINT}")
    if options.filter is not None and _has_contains(options.filter):
        raise unsupported_query("Unsupported Query: contains is not supported on directory objects; use $search.")
    reason = _reason(options, type_)
    if reason is not None and not (eventual and (options.count or options.search is not None)):
        raise unsupported_query(f"Unsupported Query: {reason} needs an advanced query. {HINT}")


def _reason(options: Options, type_: EntityType) -> str | None:
    if options.filter is not None and options.order:
        return "$filter together with $orderby"
    other = next((key for key in options.order if str(key.path).lower() not in type_.default_order), None)
    if other is not None:
        return f"$orderby on '{other.path}'"
    return None if options.filter is None else _advanced(options.filter)


def _advanced(expression: Expression) -> str | None:
    """The part of a filter that makes it an advanced query."""
    match expression:
        case And(left, right) | Or(left, right):
            return _advanced(left) or _advanced(right)
        case Not():
            return "the operator 'not'"
        case Comparison(path, operator):
            if operator is Operator.NE:
                return "the operator 'ne'"
            return "'$count' in a filter" if path.count else None
        case Call(function):
            return None if function is Function.STARTS_WITH else f"the function '{function}'"
        case Lambda(condition=condition):
            return _advanced(condition) if condition is not None else None
        case Membership():
            return None
        case _:
            assert_never(expression)


def _has_contains(expression: Expression) -> bool:
    match expression:
        case And(left, right) | Or(left, right):
            return _has_contains(left) or _has_contains(right)
        case Not(inner):
            return _has_contains(inner)
        case Call(function):
            return function is Function.CONTAINS
        case Lambda(condition=condition):
            return condition is not None and _has_contains(condition)
        case Comparison() | Membership():
            return False
        case _:
            assert_never(expression)
