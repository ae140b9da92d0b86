"""Source attributes by the names of the synchronization schema, and their values (entra-client 16.7).

The schema calls by their older names what Graph calls otherwise: `telephoneNumber` is the first of `businessPhones`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from entrant.entra.model import Kind, Subject
from entrant.scim.wire import Json

from .schema import AttributeDefinition, AttributeType, ObjectDefinition

Role: TypeAlias = Mapping[str, str]
"""A value of `appRoleAssignments`: `id`, `value` and `displayName`."""
Scalar: TypeAlias = str | bool | int
Value: TypeAlias = Scalar | tuple[Scalar | Role, ...] | None
"""A value of an attribute or of an expression; None is null, a tuple is several values."""

EXTENSION = re.compile(r"extension_[0-9a-fA-F]{32}_[A-Za-z0-9_]{1,200}")
"""How the schema names a directory extension: `extension_<appId without dashes>_<name>` (16.8)."""

_COMPUTED = ""  # the value is no property: value_of() has it
_GUEST = re.compile(r"(?P<alias>.+)_(?P<domain>[^_]+)#EXT#@.+", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class SourceAttribute:
    """One attribute that mappings and filters can name."""

    definition: AttributeDefinition
    property: str
    """The Graph property that holds it, with a dot before the member of an object; empty if it is computed."""


def _attributes(table: str) -> dict[str, SourceAttribute]:
    """A line each: name, property unless it is the same, type unless it is String, `many`, `anchor`, `required`."""
    found = {}
    for line in table.strip().splitlines():
        name, *words = line.split()
        types = [AttributeType(word) for word in words if word in _TYPE_NAMES]
        marks = {word for word in words if word in {"many", "anchor", "required", "exact", "computed"}}
        others = [word for word in words if word not in _TYPE_NAMES and word not in marks]
        definition = AttributeDefinition(
            name,
            types[0] if types else AttributeType.STRING,
            anchor="anchor" in marks,
            case_exact="exact" in marks,
            multivalued="many" in marks,
            required="required" in marks,
            referenced_objects=("User", "Group") if name == "members" else ("User",) if name == "manager" else (),
        )
        found[name] = SourceAttribute(definition, _COMPUTED if "computed" in marks else others[0] if others else name)
    return found


_TYPE_NAMES = frozenset(AttributeType)
_EXTENSIONS = "\n".join(
    f"extensionAttribute{n} onPremisesExtensionAttributes.extensionAttribute{n}" for n in range(1, 16)
)

USER_ATTRIBUTES = _attributes(f"""
    accountEnabled Boolean
    appRoleAssignments many computed
    city
    companyName
    country
    department
    displayName required
    employeeHireDate DateTime
    employeeId
    employeeLeaveDateTime DateTime
    employeeOrgData.costCenter
    employeeOrgData.division
    employeeType
    {_EXTENSIONS}
    facsimileTelephoneNumber faxNumber
    givenName
    immutableId onPremisesImmutableId exact
    IsSoftDeleted Boolean computed
    jobTitle
    mail
    mailNickname required
    manager Reference computed
    mobile mobilePhone
    objectId computed anchor required
    onPremisesSecurityIdentifier
    originalUserPrincipalName computed
    otherMails many
    physicalDeliveryOfficeName officeLocation
    postalCode
    preferredLanguage
    proxyAddresses many
    state
    streetAddress
    surname
    telephoneNumber businessPhones
    usageLocation
    userPrincipalName computed required
""")

GROUP_ATTRIBUTES = _attributes("""
    description
    displayName required
    mail
    mailEnabled Boolean
    mailNickname
    members Reference many computed
    objectId computed anchor required
    onPremisesSecurityIdentifier
    proxyAddresses many
    securityEnabled Boolean
""")

ATTRIBUTES = {Kind.USER: USER_ATTRIBUTES, Kind.GROUP: GROUP_ATTRIBUTES}
"""The source attributes of each kind of object. Names are case-sensitive (18.2)."""


def source_object(kind: Kind) -> ObjectDefinition:
    """The source directory's description of users or groups."""
    return ObjectDefinition(kind.value, tuple(attribute.definition for attribute in ATTRIBUTES[kind].values()))


def property_of(kind: Kind, name: str) -> str | None:
    """The Graph property behind a source attribute, `objectId` and `userPrincipalName` among them; None if computed."""
    if name in _SPECIAL:
        return _SPECIAL[name]
    known = ATTRIBUTES[kind].get(name)
    if known is not None:
        return known.property or None
    return name if EXTENSION.fullmatch(name) else None


_SPECIAL = {"objectId": "id", "userPrincipalName": "userPrincipalName"}


def value_of(subject: Subject, name: str, *, soft_deleted: bool = False) -> Value:
    """A source attribute's value; None if there is none, or if the object was purged and has no values any longer.

    `soft_deleted` is IsSoftDeleted, which depends on the job (12.5.1); `scoping.scope_of()` finds it. A multi-valued
    attribute without values is null.
    """
    match name:
        case "objectId":
            return subject.id
        case "IsSoftDeleted":
            return soft_deleted
        case "appRoleAssignments":
            return tuple(role(r.id, r.value, r.display_name) for r in subject.app_roles) or None
    if subject.object is None:
        return None
    match name:
        case "manager":
            return subject.object.manager
        case "originalUserPrincipalName":
            return _text(subject.object.properties.get("userPrincipalName"))
        case "userPrincipalName":
            upn = _text(subject.object.properties.get("userPrincipalName"))
            return None if upn is None else guest_name(upn)
    path = property_of(subject.kind, name)
    return _value(name, _member(subject.object.properties, path), subject.kind) if path else None


def role(id: str, value: str | None, display_name: str) -> Role:
    """One value of `appRoleAssignments`."""
    return {"id": id, "value": value or display_name, "displayName": display_name}


def guest_name(upn: str) -> str:
    """The name that mappings see: `jane_contoso.com#EXT#@tenant.example` is `jane@contoso.com` (12.2.6)."""
    guest = _GUEST.fullmatch(upn)
    return f"{guest['alias']}@{guest['domain']}" if guest else upn


def _member(properties: Mapping[str, Json], path: str) -> Json:
    outer, _, inner = path.partition(".")
    value = properties.get(outer)
    if not inner:
        return value
    return value.get(inner) if isinstance(value, Mapping) else None


def _value(name: str, value: Json, kind: Kind) -> Value:
    """A property as an attribute: one value of `businessPhones`, all of `otherMails`."""
    if not isinstance(value, list | tuple):
        return value if isinstance(value, bool | int) else _text(value)
    known = ATTRIBUTES[kind].get(name)
    values = tuple(item if isinstance(item, bool | int) else str(item) for item in value if item is not None)
    if known is not None and known.definition.multivalued:
        return values or None
    # A multi-valued directory extension comes to nothing (16.8); of a list of telephone numbers the first counts.
    return values[0] if values and known is not None else None


def _text(value: Json) -> str | None:
    """A text that is empty is no value."""
    return None if value is None or value == "" else str(value)
