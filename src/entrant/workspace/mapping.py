"""What of a SCIM resource is kept beside its document: the keys that it is found by (architecture.md §13).

A document is a resource without `id` and `meta`, a group's also without `members`.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from entrant.scim.filter import to_comparable
from entrant.scim.fold import fold
from entrant.scim.schema import ENTERPRISE_URN, Attribute, Resource, ResourceType
from entrant.scim.wire import Json

from .errors import NameTooLong

INDEXED = frozenset({"emails.value", "phonenumbers.value", f"{ENTERPRISE_URN.lower()}:employeenumber"})
"""Values of the standard schemas with an index, by the names that `value_path` gives them."""


MAX_KEY = 2_048  # bytes of a name or external id that fit an index row of PostgreSQL, which has 2,704, beside ids
MAX_INDEXED = 256  # characters of a value that are indexed
CUT = "\U0010ffff"  # the last code point, which is no character, behind a value that is indexed by its beginning


class Value(msgspec.Struct, frozen=True):
    """An indexed value: what it is of, how it is compared, and the `type` it has among others."""

    path: str
    value_key: str
    type_key: str


class Keys(msgspec.Struct, frozen=True):
    """The key columns of a member or group. `folded` is None where lower-casing ASCII folds the whole document."""

    name: str
    external_id: str | None
    display: str | None
    doc: str
    folded: str | None
    values: tuple[Value, ...] = ()


def member_keys(doc: Resource, type_: ResourceType) -> Keys:
    """The keys of a user; `name` is the userName, folded."""
    return _keys(doc, doc["userName"], member_values(doc, type_))


def member_values(doc: Resource, type_: ResourceType) -> tuple[Value, ...]:
    """The indexed values of a user."""
    return tuple(_values(doc, type_))


def group_keys(doc: Resource) -> Keys:
    """The keys of a group; `name` is the displayName, folded."""
    return _keys(doc, doc["displayName"], ())


def _keys(doc: Resource, name: str, values: tuple[Value, ...]) -> Keys:
    text = msgspec.json.encode(doc).decode()
    display, external_id = doc.get("displayName"), doc.get("externalId")
    return Keys(
        name=_key("userName" if "userName" in doc else "displayName", fold(name)),
        external_id=None if external_id is None else _key("externalId", external_id),
        display=None if display is None else _key("displayName", fold(display)),
        doc=text,
        folded=None if text.isascii() else fold(text),
        values=values,
    )


def _key(attribute: str, text: str) -> str:
    if len(text.encode()) > MAX_KEY:
        raise NameTooLong(f'"{attribute}" is longer than {MAX_KEY:,} bytes, case-folded and in UTF-8')
    return text


def index_key(text: str) -> str:
    """What of a value, as it is compared, is in the index: all, or its beginning and CUT."""
    return text if len(text) <= MAX_INDEXED else text[:MAX_INDEXED] + CUT


def value_path(urn: str | None, attribute: Attribute, sub: Attribute | None) -> str:
    """The name under which a value is indexed: folded, with the URN of its extension and its sub-attribute."""
    home = f"{urn}:" if urn else ""
    return fold(f"{home}{attribute.name}.{sub.name}" if sub else f"{home}{attribute.name}")


def is_indexed(urn: str | None, attribute: Attribute, sub: Attribute | None) -> bool:
    """Whether values of that attribute have an index: the ones listed, and all simple ones of custom extensions."""
    if urn is not None and urn != ENTERPRISE_URN:
        return sub is None and not attribute.multi_valued and not attribute.sub_attributes
    return value_path(urn, attribute, sub) in INDEXED


def _values(doc: Resource, type_: ResourceType) -> Iterator[Value]:
    for name in ("emails", "phoneNumbers"):
        for item in doc.get(name, ()):
            if isinstance(value := item.get("value"), str):
                yield Value(f"{name.lower()}.value", index_key(fold(value)), index_key(fold(item.get("type", ""))))
    for extension in type_.extensions:
        for name, value in doc.get(extension.id, {}).items():
            attribute = extension.find(name)
            if attribute is not None and is_indexed(extension.id, attribute, None):
                yield Value(value_path(extension.id, attribute, None), value_key(attribute, value), "")


def value_key(attribute: Attribute, value: Json) -> str:
    """A value as text of the index: equal where values compare equal, and for a few long ones where they do not."""
    comparable = to_comparable(attribute, value)
    if isinstance(comparable, str):
        return index_key(comparable)
    return msgspec.json.encode(comparable).decode()
