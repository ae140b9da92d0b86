"""From a path to the operation it asks for: the addresses of OData 4.0, as clients write them (graph-surface 9).

A path is cut into parts before it is percent-decoded. A key stands as a part of its own (`users/{id}`), in parentheses
(`users('{id}')`), or by an alternate name (`servicePrincipals(appId='{id}')`). A function may be written with or
without its parentheses, a function or cast with or without its namespace: `users/microsoft.graph.delta()`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from urllib.parse import unquote

from entrant.scim.text import fault

from .errors import GraphError, no_such_address

T = TypeVar("T")

MAX_PARTS = 20  # far above the deepest address that is offered
_WITH_KEY = re.compile(r"(?P<name>[A-Za-z.$]+)\((?:(?P<alternate>[A-Za-z]+)=)?(?P<value>'(?:[^']|'')*'|[^'()=,]*)\)")
_NAMESPACES = ("microsoft.graph.", "graph.")


@dataclass(frozen=True, slots=True)
class Key:
    """What names one of several: its id, or the value of another property that has no equal."""

    value: str
    name: str = "id"


@dataclass
class _Node(Generic[T]):
    """What a part of a path leads to, while routes are added."""

    named: dict[str, _Node[T]] = field(default_factory=dict)
    """What follows, by lower-case name."""
    keyed: list[_Node[T]] = field(default_factory=list)
    """What follows a key: one node, or none yet."""
    methods: dict[str, T] = field(default_factory=dict)


class Router(Generic[T]):
    """Patterns such as `users/{}/manager/$ref`, and what each leads to by method."""

    def __init__(self, routes: Iterable[tuple[str, str, T]]) -> None:
        """Each route is a method, a pattern and a target."""
        self._root = _Node[T]()
        for method, pattern, target in routes:
            node = self._root
            for part in pattern.split("/"):
                if part != "{}":
                    node = node.named.setdefault(part.lower(), _Node())
                    continue
                if not node.keyed:
                    node.keyed.append(_Node())
                node = node.keyed[0]
            if method in node.methods:
                raise ValueError(f"{method} {pattern} leads to two operations")
            node.methods[method] = target

    def find(self, method: str, path: str) -> tuple[T, tuple[Key, ...]]:
        """The target and the keys in the path, in their order; raises GraphError (400 or 405).

        A name is preferred to a key; a key in parentheses is only ever a key.
        """
        parts = parse_parts(path)
        found = _walk(self._root, parts, ())
        if found is None:
            raise no_such_address("/".join(part.value if isinstance(part, Key) else part for part in parts))
        node, keys = found
        if method not in node.methods:
            allowed = ", ".join(sorted(node.methods))
            raise GraphError(
                405,
                "Request_BadRequest",
                f"Specified HTTP method is not allowed for the request target. Use {allowed}.",
                headers={"allow": allowed},
            )
        return node.methods[method], keys


def _walk(
    node: _Node[T], parts: tuple[str | Key, ...], keys: tuple[Key, ...]
) -> tuple[_Node[T], tuple[Key, ...]] | None:
    if not parts:
        return (node, keys) if node.methods else None
    first, rest = parts[0], parts[1:]
    if isinstance(first, str):
        named = node.named.get(_bare(first))
        found = _walk(named, rest, keys) if named is not None else None
        if found is not None:
            return found
        first = Key(first)
    return next((found for next_ in node.keyed if (found := _walk(next_, rest, (*keys, first)))), None)


def parse_parts(path: str) -> tuple[str | Key, ...]:
    """The decoded parts of a percent-encoded path; a key in parentheses is a part of its own. Empty parts do not count.

    Raises GraphError (400).
    """
    parts: list[str | Key] = []
    for raw in path.split("/"):
        try:
            part = unquote(raw, errors="strict")
        except UnicodeDecodeError as exc:
            raise no_such_address(raw) from exc
        if "\0" in part or fault([part]) is not None:
            raise no_such_address(raw)
        if not part:
            continue
        match = _WITH_KEY.fullmatch(part)
        if match is None or (match["name"].lower() not in _KEYED and match["value"]):
            parts.append(part)
            continue
        parts.append(match["name"])
        if match["value"]:
            parts.append(Key(_unquoted(match["value"]), match["alternate"] or "id"))
    if len(parts) > MAX_PARTS:
        raise no_such_address(path)
    return tuple(parts)


_KEYED = frozenset(
    {
        *("users", "groups", "serviceprincipals", "applications", "deleteditems", "directoryobjects"),
        *("applicationtemplates", "jobs", "templates", "objectconnections", "directories"),
    }
)
"""Collections whose members may be named in parentheses; anything else with parentheses is a name of someone."""


def _unquoted(value: str) -> str:
    return value[1:-1].replace("''", "'") if value.startswith("'") else value


def _bare(name: str) -> str:
    """A function's or cast's name without its namespace, in lower case."""
    lowered = name.lower()
    return next((lowered.removeprefix(space) for space in _NAMESPACES if lowered.startswith(space)), lowered)
