"""A resource's attributes as lines for people, whatever the schema: names from the wire, values as text."""

from __future__ import annotations

from collections.abc import Iterator

from entrant.scim.schema import Resource
from entrant.scim.wire import Json
from entrant.ui.text import schema_of, unqualified

HIDDEN = frozenset({"schemas", "userName", "displayName", "active"})  # on the page already


def attributes(doc: Resource) -> list[tuple[str, list[tuple[str, str]]]]:
    """Name and value of everything in the document that is simple, by the URN of its extension; the core's is empty."""
    found: dict[str, list[tuple[str, str]]] = {"": []}
    for name, value in doc.items():
        if name not in HIDDEN:
            for path, text in _lines(name, value):
                found.setdefault(schema_of(path), []).append((unqualified(path), text))
    return [(schema, pairs) for schema, pairs in found.items() if pairs]


def _lines(path: str, value: Json) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        colon = ":" if path.startswith("urn:") else "."
        for name, inner in value.items():
            yield from _lines(f"{path}{colon}{name}", inner)
    elif isinstance(value, list):
        for item in value:
            yield from _item(path, item)
    else:
        yield path, as_text(value)


def _item(path: str, item: Json) -> Iterator[tuple[str, str]]:
    """An element of a list: by its type if it has one, such as `emails[work]`."""
    if not isinstance(item, dict):
        yield path, as_text(item)
        return
    kind = item.get("type")
    name = f"{path}[{kind}]" if kind else path
    rest = {key: value for key, value in item.items() if key not in {"type", "primary"}}
    if set(rest) == {"value"}:
        yield name, as_text(rest["value"]) + (" (primary)" if item.get("primary") is True else "")
        return
    yield from _lines(name, rest)


def as_text(value: Json) -> str:
    """A simple value as people read it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "—" if value is None else str(value)
