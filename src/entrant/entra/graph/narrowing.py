"""What of a filter on users and groups an index answers (graph-surface 9.2).

`id`, `userPrincipalName`, `displayName`, `mail` and `mailNickname`, compared by `eq` or `in`, alone or joined by `and`
with anything else, are looked up; so are such comparisons of one of them joined by `or`. What is found is then tested
with the whole filter. Every other filter is tested on the whole directory, object by object, as it is read.
"""

from __future__ import annotations

from dataclasses import dataclass

from entrant.entra.store.browse import Index
from entrant.scim.fold import fold

from .odata.expression import And, Comparison, Expression, Literal, Membership, Operator, Or

_INDEXES = {
    "id": Index.ID,
    "userPrincipalName": Index.UPN,
    "mail": Index.MAIL,
    "mailNickname": Index.NICKNAME,
    "displayName": Index.NAME,
}
_BEST_FIRST = tuple(Index)
MAX_KEYS = 200  # values of one look-up; as many as a filter has terms


@dataclass(frozen=True, slots=True)
class LookUp:
    """An index and the folded values to look for in it."""

    index: Index
    keys: tuple[str, ...]


def find_look_up(expression: Expression | None) -> LookUp | None:
    """The best index that finds everything that satisfies the filter; None if there is none."""
    match expression:
        case And(left, right):
            found = [each for each in (find_look_up(left), find_look_up(right)) if each is not None]
            return min(found, key=lambda each: _BEST_FIRST.index(each.index), default=None)
        case Or(left, right):
            first, second = find_look_up(left), find_look_up(right)
            if first is None or second is None or first.index is not second.index:
                return None
            return _look_up(first.index, first.keys + second.keys)
        case Comparison(path, Operator.EQ, value) if str(path) in _INDEXES:
            return _look_up(_INDEXES[str(path)], (value,))
        case Membership(path, values) if str(path) in _INDEXES:
            return _look_up(_INDEXES[str(path)], values)
        case _:
            return None


def _look_up(index: Index, values: tuple[Literal, ...]) -> LookUp | None:
    """None if a value is null, which no index finds, or there are too many."""
    keys = tuple(dict.fromkeys(fold(value) for value in values if isinstance(value, str)))
    if len(values) > MAX_KEYS or not all(isinstance(value, str) for value in values):
        return None
    return LookUp(index, keys)
