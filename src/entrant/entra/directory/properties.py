"""In what form a directory object holds the properties of `mapping/properties.py` (graph-surface 9.3, 9.4).

A value is brought into its form where that is beyond doubt (`"True"` for a flag, graph-surface 3.2) and refused
elsewhere. Null and an empty text clear a property. What is secret is checked for and not kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from entrant.entra.mapping.attributes import EXTENSION
from entrant.entra.mapping.properties import PROPERTIES, SECRET, PropertyType
from entrant.entra.model import BadValue, Kind
from entrant.scim.fold import fold
from entrant.scim.text import MAX_MARKS, is_stream_safe
from entrant.scim.wire import Json

MAX_TEXT = 2_048  # characters of one value; Graph's own limits are at most this for what is mapped
MAX_VALUES = 1_000
NAMES = frozenset({"displayName", "mail", "mailNickname", "userPrincipalName"})
"""What an object is found by: it must fit an index row of PostgreSQL, which has 2,704 bytes."""

IGNORED = frozenset({*SECRET, "id", "createdDateTime", "deletedDateTime", "manager", "members"})
"""Secrets, which are accepted and not kept, and what an object has but not as a property: whole objects have both."""
REQUIRED = {
    Kind.USER: ("accountEnabled", "displayName", "mailNickname", "userPrincipalName"),
    Kind.GROUP: ("displayName", "mailEnabled", "mailNickname", "securityEnabled"),
}
"""What an object always has."""

_UPN = re.compile(r"[^@\s\\/?<>|*%&:;,()\[\]\"]+@[^@\s\\/?<>|*%&:;,()\[\]\"]+")


def read(kind: Kind, given: Mapping[str, Json]) -> dict[str, Json]:
    """Properties in the form in which they are stored, None for what is to be cleared. Raises BadValue."""
    return {
        name: _READERS[kind][name](name, value) if name in _READERS[kind] else _read_other(kind, name, value)
        for name, value in given.items()
        if name not in IGNORED and "@odata." not in name
    }


def merged(before: Mapping[str, Json], changes: Mapping[str, Json]) -> dict[str, Json]:
    """The properties after a change."""
    return {name: value for name, value in {**before, **changes}.items() if value is not None and value != []}


def require(kind: Kind, properties: Mapping[str, Json]) -> None:
    """Raises BadValue if a property that an object always has is missing."""
    if missing := [name for name in REQUIRED[kind] if properties.get(name) is None]:
        raise BadValue(f"a {kind.lower()} needs {' and '.join(missing)}")


def check_upn(upn: str, verified_domains: tuple[str, ...]) -> None:
    """Raises BadValue if that is no name and domain, or the domain is not one of the tenant's, if it has a list."""
    if not _UPN.fullmatch(upn):
        raise BadValue(f'"{upn}" is no userPrincipalName; it has the form name@domain')
    domain = upn.rpartition("@")[2]
    if verified_domains and domain.lower() not in verified_domains:
        raise BadValue(f"the domain {domain} of the userPrincipalName is not one of the tenant's verified domains")


def has_nul(value: Json) -> bool:
    """Whether a text, or one within a value, has the one character that PostgreSQL keeps nowhere."""
    if isinstance(value, dict):
        return any(has_nul(name) or has_nul(part) for name, part in value.items())
    return any(map(has_nul, value)) if isinstance(value, list) else isinstance(value, str) and "\0" in value


def _read_text(name: str, value: Json) -> Json:
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise BadValue(f"{name} is a text")
    text = str(value)
    if len(text) > MAX_TEXT:
        raise BadValue(f"{name} is a text of at most {MAX_TEXT} characters")
    if has_nul(text):
        raise BadValue(f"{name} has a NUL character, which no value can have")
    if not is_stream_safe(text):
        raise BadValue(f"{name} has more than {MAX_MARKS} combining marks in a row")
    if name in NAMES and len(fold(text).encode()) > MAX_TEXT:
        raise BadValue(f"{name} is longer than {MAX_TEXT} bytes in UTF-8")
    return text


def _read_flag(name: str, value: Json) -> Json:
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    if value is not None and not isinstance(value, bool):
        raise BadValue(f"{name} is true or false")
    return value


def _read_list(name: str, value: Json) -> Json:
    if value is None:
        return None
    if not isinstance(value, list | tuple) or len(value) > MAX_VALUES:
        raise BadValue(f"{name} is a list of texts")
    texts = [_read_text(name, item) for item in value]
    if name == "businessPhones" and len(texts) > 1:
        raise BadValue("businessPhones holds one number at most")
    return [text for text in texts if text is not None]


def _read_object(name: str, value: Json) -> Json:
    if value is not None and not isinstance(value, dict | list):
        raise BadValue(f"{name} is an object")
    if has_nul(value):
        raise BadValue(f"{name} has a NUL character, which no value can have")
    return value


def _read_other(kind: Kind, name: str, value: Json) -> Json:
    if not EXTENSION.fullmatch(name):
        raise BadValue(f"a {kind.lower()} has no property {name}")
    return (
        _read_list(name, value)
        if isinstance(value, list)
        else value
        if isinstance(value, bool)
        else _read_text(name, value)
    )


_FORMS: Mapping[PropertyType, Callable[[str, Json], Json]] = {
    PropertyType.STRING: _read_text,
    PropertyType.DATETIME: _read_text,
    PropertyType.BOOLEAN: _read_flag,
    PropertyType.STRINGS: _read_list,
    PropertyType.OBJECT: _read_object,
    PropertyType.OBJECTS: _read_object,
    PropertyType.ANY: _read_object,
}
"""How values of each type that is kept are read."""
_READERS = {
    kind: {each.name: _FORMS[each.type] for each in table.values() if each.kept} for kind, table in PROPERTIES.items()
}
