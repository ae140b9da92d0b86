"""What of a SCIM resource is kept beside its document: the keys that it is found by (architecture.md §6).

A document is a resource without `id` and `meta`, a group's also without `members`.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from entrant.scim.filter import to_comparable
from entrant.scim.fold import fold
from entrant.scim.schema import ENTERPRISE_URN, Attribute, Resource, ResourceType
from entrant.scim.wire import Json

INDEXED = frozenset({"emails.value", "phonenumbers.value", f"{ENTERPRISE_URN.lower()}:employeenumber"})
"""Values of the standard schemas with an index, by the names that `value_path` gives them."""


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
    display = doc.get("displayName")
    return Keys(
        name=fold(name),
        external_id=doc.get("externalId"),
        display=None if display is None else fold(display),
        doc=text,
        folded=None if text.isascii() else fold(text),
        values=values,
    )


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
                yield Value(f"{name.lower()}.value", fold(value), fold(item.get("type", "")))
    for extension in type_.extensions:
        for name, value in doc.get(extension.id, {}).items():
            attribute = extension.find(name)
            if attribute is not None and is_indexed(extension.id, attribute, None):
                yield Value(value_path(extension.id, attribute, None), value_key(attribute, value), "")


def value_key(attribute: Attribute, value: Json) -> str:
    """A value as text that is equal where the values compare equal."""
    comparable = to_comparable(attribute, value)
    if isinstance(comparable, str):
        return comparable
    number = (
        float(comparable) if isinstance(comparable, int | float) and not isinstance(comparable, bool) else comparable
    )
    return msgspec.json.encode(number).decode()
