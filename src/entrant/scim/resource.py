"""A resource as it was sent becomes one in the schema's own spelling, or an error that names the attribute.

Nothing is normalised: values come back as they were sent (product.md 2.3, entra-client 11.3). `null` and an empty
list mean that there is no value (RFC 7643 §2.5).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TypeAlias

import msgspec

from .bounds import UnknownNames
from .errors import InvalidSyntax, InvalidValue, Mutability
from .formats import instant, is_base64, is_reference, to_number
from .schema import Attribute, Resource, ResourceType, Type
from .schema import Mutability as Writable
from .wire import Json

_SHOWN = 200  # characters of a name in a sentence
MAX_VALUES = 100_000  # values of one multi-valued attribute
_IGNORED = frozenset({"schemas", "id", "meta"})  # what the client says of them has no effect (RFC 7643 §3.1)


Find: TypeAlias = Callable[[str], Attribute | None]


class Unknown(Enum):
    """What becomes of attributes that the schema does not have."""

    REFUSE = auto()
    DROP = auto()


@dataclass(slots=True)
class Parsed:
    """A resource without `id` and `meta`, `schemas` first; and the names of what was dropped."""

    resource: Resource
    dropped: list[str] = field(default_factory=list)


def parse_resource(message: Json, type_: ResourceType, unknown: Unknown) -> Parsed:
    """Read a whole resource; raises InvalidSyntax or InvalidValue. Read-only attributes are ignored."""
    if not isinstance(message, dict):
        raise InvalidSyntax(f"the body must be a JSON object: a {type_.name}")
    reader = _Reader(unknown)
    resource: Resource = {"schemas": []}
    for name, value in message.items():
        extension = type_.find_extension(name)
        if extension is not None:
            inner = reader.members(value, extension.find, f"{extension.id}:", extension.id)
            if inner:
                resource[extension.id] = inner
        elif name.lower() not in _IGNORED:
            reader.member(resource, name, value, type_.find_attribute(name), "")
    for attribute in type_.schema.attributes:
        if attribute.required and resource.get(attribute.name) in (None, ""):
            raise InvalidValue(f'"{attribute.name}" is required')
    with_schemas(resource, type_)
    return Parsed(resource, reader.dropped)


def require_schemas(message: Json, urn: str, others: tuple[str, ...] = ()) -> None:
    """Raise InvalidSyntax unless a message says that it is of the schema `urn`, and of no schemas but the `others`."""
    names = next((value for name, value in message.items() if name.lower() == "schemas"), None)
    listed = names if isinstance(names, list) and all(isinstance(name, str) for name in names) else []
    lowered = {name.lower() for name in listed}
    if urn.lower() not in lowered:
        raise InvalidSyntax(f'a strict connection wants "schemas": a list with "{urn}"')
    if more := lowered - {urn.lower(), *(other.lower() for other in others)}:
        raise InvalidSyntax(f'"schemas" names a schema that is not known here: "{min(more)[:_SHOWN]}"')


def with_schemas(resource: Resource, type_: ResourceType) -> Resource:
    """Set `schemas` to the core schema and the extensions that the resource has values of; the same resource."""
    resource["schemas"] = [type_.schema.id, *(e.id for e in type_.extensions if e.id in resource)]
    return resource


def replace(old: Resource, new: Resource, type_: ResourceType) -> Resource:
    """What a PUT of `new` over `old` gives: `new`, unless it changes an immutable value (RFC 7644 §3.5.1)."""
    for home_old, home_new, attributes in _homes(old, new, type_):
        for attribute in attributes:
            before, after = home_old.get(attribute.name), home_new.get(attribute.name)
            if attribute.mutability is Writable.IMMUTABLE and before is not None and before != after:
                raise Mutability(f'"{attribute.name}" cannot be changed once it has a value')
    return new


def _homes(old: Resource, new: Resource, type_: ResourceType) -> list[tuple[Resource, Resource, tuple[Attribute, ...]]]:
    extensions = [(old.get(e.id, {}), new.get(e.id, {}), e.attributes) for e in type_.extensions]
    return [(old, new, type_.schema.attributes), *extensions]


def check_value(attribute: Attribute, value: Json, where: str, unknown: Unknown, dropped: list[str]) -> Json:
    """A value of the attribute in the schema's spelling; raises InvalidValue that names `where`.

    `None` if it comes to no value at all. A multi-valued attribute takes a list.
    """
    return _Reader(unknown, dropped).value(attribute, value, where)


def check_item(attribute: Attribute, value: Json, where: str, unknown: Unknown, dropped: list[str]) -> Json:
    """One of the values of a multi-valued attribute; like `check_value`."""
    return _Reader(unknown, dropped).single(attribute, value, where)


class _Reader:
    """Walks values along the schema and notes the names it drops."""

    def __init__(self, unknown: Unknown, dropped: list[str] | None = None) -> None:
        self.dropped = UnknownNames() if dropped is None else dropped
        self._unknown = unknown

    def member(self, home: Resource, name: str, value: Json, attribute: Attribute | None, prefix: str) -> None:
        """Put one member of an object where it belongs."""
        if attribute is None:
            if self._unknown is Unknown.REFUSE:
                raise InvalidSyntax(f'there is no attribute "{prefix}{name}" in the schema')
            self.dropped.append(prefix + name)
        elif attribute.mutability is not Writable.READ_ONLY:
            read = self.value(attribute, value, prefix + attribute.name)
            if read is not None:
                home[attribute.name] = read

    def members(self, value: Json, find: Find, prefix: str, where: str) -> Resource:
        """An object whose members `find` knows."""
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise InvalidValue(f'"{where}" must be an object')
        home: Resource = {}
        for name, inner in value.items():
            self.member(home, name, inner, find(name), prefix)
        return home

    def value(self, attribute: Attribute, value: Json, where: str) -> Json:
        """A value, or list of values, of the attribute."""
        if value is None:
            return None
        if not attribute.multi_valued:
            return self.single(attribute, value, where)
        if not isinstance(value, list):
            raise InvalidValue(f'"{where}" has several values; send a list of them')
        if len(value) > MAX_VALUES:
            raise InvalidValue(f'"{where}" has more than {MAX_VALUES} values')
        read = [item for raw in value if (item := self.single(attribute, raw, where)) is not None]
        needed = [sub.name for sub in attribute.sub_attributes if sub.required]
        if needed and (
            len(read) < len(value) - value.count(None) or any(n not in item for item in read for n in needed)
        ):
            raise InvalidValue(f'each value of "{where}" needs its "{needed[0]}"')
        if sum(isinstance(item, dict) and item.get("primary") is True for item in read) > 1:
            raise InvalidValue(f'at most one value of "{where}" can be primary')
        return read or None

    def single(self, attribute: Attribute, value: Json, where: str) -> Json:
        """One value of the attribute."""
        if attribute.type is Type.COMPLEX:
            return self.members(value, attribute.find, f"{where}.", where) or None
        if value is not None and not _FITS[attribute.type](value):
            raise InvalidValue(f'"{where}" must be a {attribute.type}')
        return value


def _is_text(value: Json) -> bool:
    return isinstance(value, str) and "\0" not in value  # PostgreSQL keeps no text with it


_FITS: dict[Type, Callable[[Json], bool]] = {
    Type.STRING: _is_text,
    Type.REFERENCE: lambda value: isinstance(value, str) and is_reference(value),
    Type.BINARY: lambda value: isinstance(value, str) and is_base64(value),
    Type.BOOLEAN: lambda value: isinstance(value, bool),
    Type.INTEGER: lambda value: isinstance(value, int) and to_number(value) is not None,
    Type.DECIMAL: lambda value: to_number(value) is not None,
    Type.DATETIME: lambda value: isinstance(value, str) and instant(value) is not None,
}


def distinct(doc: Resource) -> Resource:
    """The resource with each (type, value) of a multi-valued attribute once (RFC 7643 §2.4).

    A pair that comes again adds what it says to the first. Values without `value`, such as addresses, are the same
    only if all of them is.
    """
    return {name: _distinct(value) for name, value in doc.items()}


def _distinct(value: Json) -> Json:
    if isinstance(value, dict):  # an extension, or a complex value, which has no lists
        return distinct(value)
    if not isinstance(value, list) or len(value) < 2:  # noqa: PLR2004  nothing to compare
        return value
    kept: dict[Json, Json] = {}
    for item in value:
        key = _key(item)
        kept[key] = {**kept[key], **item} if key in kept and isinstance(item, dict) else item
    return list(kept.values())


def _key(item: Json) -> Json:
    if not isinstance(item, dict):
        return item
    return (item.get("type"), item["value"]) if "value" in item else msgspec.json.encode(item, order="sorted")
