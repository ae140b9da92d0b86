"""What a resource of the target has as the value of a target attribute: `emails[type eq "work"].value`.

The target's own schema is not known, so names and texts are compared without regard to case, and a Boolean written as
text is one (`roles[primary eq "True"]`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import assert_never

from entrant.scim.errors import InvalidPath
from entrant.scim.filter import And, CompareOp, Comparison, Filter, Literal, Not, Or, Path, Present, ValuePath
from entrant.scim.fold import fold
from entrant.scim.parser import parse_path
from entrant.scim.schema import GROUP_URN, USER_URN
from entrant.scim.wire import Json

_CORE = frozenset({USER_URN.lower(), GROUP_URN.lower()})


@lru_cache(maxsize=1_024)  # the few target attributes of the schemas in use
def path_of(name: str) -> Path | None:
    """The name of a target attribute as a path; None if it is none."""
    try:
        return parse_path(name)
    except InvalidPath:
        return None


def read(resource: Json, path: Path | None, name: str) -> Json:
    """The value at a path; None if there is none. A target attribute whose name is no path is a member of that name.

    A list if the path leads to a multi-valued attribute as a whole; of `emails[…].value` the first that matches.
    """
    if path is None:
        return _member(resource, name)
    home = resource
    if path.urn is not None and path.urn.lower() not in _CORE:
        home = _member(resource, path.urn)
    value = _member(home, path.name)
    if path.filter is not None:
        value = next((item for item in _items(value) if _holds(path.filter, item)), None)
    if path.sub is None:
        return value
    return next((inner for item in _items(value) if (inner := _member(item, path.sub)) is not None), None)


def as_text(value: Json) -> str | None:
    """A value as Entra compares and logs it: `True`, digits, the `value` of a complex value; None if there is none."""
    match value:
        case None:
            return None
        case bool():
            return str(value)
        case Mapping():
            return as_text(_member(value, "value"))
        case list() | tuple():
            texts = [text for item in value if (text := as_text(item)) is not None]
            return ",".join(texts) if texts else None
        case _:
            return str(value)


def _member(home: Json, name: str) -> Json:
    """A member of an object, whose name is compared without regard to case; None if there is none."""
    if not isinstance(home, Mapping):
        return None
    if name in home:
        return home[name]
    return next((value for key, value in home.items() if key.lower() == name.lower()), None)


def _items(value: Json) -> Iterator[Json]:
    if isinstance(value, list | tuple):
        yield from value
    elif value is not None:
        yield value


def _holds(node: Filter, item: Json) -> bool:
    """Whether one value of a multi-valued attribute satisfies the filter in the brackets."""
    match node:
        case And(left, right):
            return _holds(left, item) and _holds(right, item)
        case Or(left, right):
            return _holds(left, item) or _holds(right, item)
        case Not(inner):
            return not _holds(inner, item)
        case Present(path) | ValuePath(path):
            return read(item, path, path.name) not in (None, "", [])
        case Comparison(path, op, value):
            found = read(item, path, path.name) if isinstance(item, Mapping) else item
            return _compare(op, found, value)
        case _:
            assert_never(node)


def _compare(op: CompareOp, found: Json, wanted: Literal) -> bool:
    a, b = as_text(found), as_text(wanted)
    if a is None or b is None:
        return (a == b) is (op is CompareOp.EQ) and op in {CompareOp.EQ, CompareOp.NE}
    a, b = fold(a), fold(b)
    results = {
        CompareOp.EQ: a == b,
        CompareOp.NE: a != b,
        CompareOp.CO: b in a,
        CompareOp.SW: a.startswith(b),
        CompareOp.EW: a.endswith(b),
        CompareOp.GT: a > b,
        CompareOp.GE: a >= b,
        CompareOp.LT: a < b,
        CompareOp.LE: a <= b,
    }
    return results[op]
