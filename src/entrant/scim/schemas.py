"""The schemas of RFC 7643 §4 and §8.7 as values: User, Enterprise User, Group; and schemas from and to JSON (§7).

Two departures from the RFC's text, both of them allowed to a service provider and needed by Microsoft's checks:
`externalId` is listed as an attribute, and `type` of e-mail addresses, telephone numbers and addresses has canonical
values. `password` is in no schema (product.md 6.3).
"""

from __future__ import annotations

import re
from functools import partial
from typing import TypeVar

from .errors import InvalidValue
from .schema import (
    ENTERPRISE_URN,
    GROUP_URN,
    USER_URN,
    Attribute,
    Mutability,
    ResourceType,
    Returned,
    Schema,
    Type,
    Uniqueness,
)
from .wire import Json

MAX_GROUPS = 50  # of a user that are returned by default; one who is in more has none then
MAX_PLACES = 10_000  # of users in groups that one list returns by default; a list with more has no groups then
MAX_NAMED = 1_000  # characters of a group's document; of one that is longer, users do not show the displayName
MAX_ATTRIBUTES = 100  # attributes of one custom schema
MAX_URN = 200  # characters
_URN = re.compile(r"[Uu][Rr][Nn]:[!#-&(-~]+")  # printable ASCII (RFC 8141 §2) but for the quotes of SQL and filters
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")

_complex = partial(Attribute, type=Type.COMPLEX)
_exact = partial(Attribute, case_exact=True)
_boolean = partial(Attribute, type=Type.BOOLEAN)
_read_only = partial(Attribute, mutability=Mutability.READ_ONLY)
_reference = partial(Attribute, type=Type.REFERENCE, case_exact=True)

_PRIMARY = _boolean("primary", description="Whether this is the preferred value; at most one is.")
_DISPLAY = Attribute("display", description="A name for people to read.")


def _plural(
    name: str, description: str, types: tuple[str, ...] = (), value: Attribute | None = None, *, typed: bool = True
) -> Attribute:
    """A multi-valued attribute with the default sub-attributes (RFC 7643 §2.4)."""
    kinds = Attribute("type", description="What the value is for.", canonical_values=types)
    subs = (value or Attribute("value", description="The value itself."), _DISPLAY, kinds, _PRIMARY)
    return _complex(name, description=description, multi_valued=True, sub_attributes=subs if typed else subs[:2])


EXTERNAL_ID = _exact("externalId", description="The identifier that the provisioning client knows the resource by.")

_CORE_USER = Schema(
    USER_URN,
    "User",
    "A person who may be a member of a workspace.",
    (
        EXTERNAL_ID,
        Attribute(
            "userName", description="The name the user signs in with; unique in the workspace, without regard to case.",
            required=True, uniqueness=Uniqueness.SERVER,
        ),
        _complex("name", description="The parts of the user's name.", sub_attributes=(
            Attribute("formatted", description="The whole name, as it is shown."),
            Attribute("familyName", description="The family name, or last name."),
            Attribute("givenName", description="The given name, or first name."),
            Attribute("middleName", description="The middle names."),
            Attribute("honorificPrefix", description="The title before the name."),
            Attribute("honorificSuffix", description="The suffix behind the name."),
        )),
        Attribute("displayName", description="The name that is shown to other people."),
        Attribute("nickName", description="The casual name."),
        _reference("profileUrl", description="The page that describes the user.", reference_types=("external",)),
        Attribute("title", description="The title in the organisation, such as Vice President."),
        Attribute("userType", description="The user's relation to the organisation, such as Employee."),
        Attribute("preferredLanguage", description="The languages the user prefers, as in Accept-Language."),
        Attribute("locale", description="The user's place, for the way of writing numbers, dates and money."),
        Attribute("timezone", description="The time zone, such as Europe/Berlin."),
        _boolean(
            "active", description="Whether the user is a member with access; false deprovisions. True if left out.",
            assigned=True,
        ),
        _plural("emails", "E-mail addresses.", ("work", "home", "other")),
        _plural("phoneNumbers", "Telephone numbers.", ("work", "home", "mobile", "fax", "pager", "other")),
        _plural("ims", "Addresses for messages.", ("aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo")),
        _plural(
            "photos", "Pictures.", ("photo", "thumbnail"), _reference("value", reference_types=("external",))
        ),
        _complex("addresses", description="Postal addresses.", multi_valued=True, sub_attributes=(
            Attribute("formatted", description="The whole address, as it is printed."),
            Attribute("streetAddress", description="Street and number."),
            Attribute("locality", description="The city."),
            Attribute("region", description="The state or region."),
            Attribute("postalCode", description="The postal code."),
            Attribute("country", description="The country."),
            Attribute("type", description="What the address is for.", canonical_values=("work", "home", "other")),
            _PRIMARY,
        )),
        _complex(
            "groups",
            description="The groups that the user is a direct member of; changed through the groups. "
            f"Only on request if they are more than {MAX_GROUPS}, or more than {MAX_PLACES:,} in one list.",
            multi_valued=True, mutability=Mutability.READ_ONLY,
            sub_attributes=(
                _read_only("value", case_exact=True, description="The id of the group."),
                _reference("$ref", mutability=Mutability.READ_ONLY, reference_types=("Group",)),
                _read_only("display", description="The displayName of the group, unless it is very long."),
                _read_only("type", description="How the user belongs to it.", canonical_values=("direct",)),
            ),
        ),
        _plural("entitlements", "Things the user has a right to."),
        _plural("roles", "Roles that the provider gives; the role in the workspace comes from role groups."),
        _plural("x509Certificates", "The user's certificates.", value=Attribute("value", Type.BINARY, case_exact=True)),
    ),
)  # fmt: skip

_ENTERPRISE_USER = Schema(
    ENTERPRISE_URN,
    "EnterpriseUser",
    "What an organisation knows of the people who work for it.",
    (
        Attribute("employeeNumber", description="The number that the organisation has given the person."),
        Attribute("costCenter", description="The cost centre."),
        Attribute("organization", description="The organisation."),
        Attribute("division", description="The division."),
        Attribute("department", description="The department."),
        _complex("manager", description="The person's manager.", sub_attributes=(
            _exact("value", description="The id of the manager's own resource."),
            _reference("$ref", reference_types=("User",), description="The URL of the manager's own resource."),
            _read_only("displayName", description="The manager's displayName."),
        )),
    ),
)  # fmt: skip

_CORE_GROUP = Schema(
    GROUP_URN,
    "Group",
    "A group of users and groups; its name may identify a role.",
    (
        EXTERNAL_ID,
        Attribute(
            "displayName", description="The name of the group; unique in the workspace, without regard to case.",
            required=True, uniqueness=Uniqueness.SERVER,
        ),
        _complex("members", description="Who and what is directly in the group.", multi_valued=True, sub_attributes=(
            _exact("value", required=True, mutability=Mutability.IMMUTABLE, description="The id of the member."),
            _reference("$ref", mutability=Mutability.IMMUTABLE, reference_types=("User", "Group")),
            Attribute(
                "type", mutability=Mutability.IMMUTABLE, description="What kind of resource the member is.",
                canonical_values=("User", "Group"),
            ),
            _read_only("display", returned=Returned.NEVER, description="Not kept: the member has its own displayName."),
        )),
    ),
)  # fmt: skip

GROUP = ResourceType("Group", "/Groups", "Groups of a workspace", _CORE_GROUP)


def user_type(extensions: tuple[Schema, ...]) -> ResourceType:
    """The User resource type with a workspace's own extensions beside Enterprise User."""
    return ResourceType("User", "/Users", "Members of a workspace", _CORE_USER, (_ENTERPRISE_USER, *extensions))


USER = user_type(())


def schema_to_json(schema: Schema) -> Json:
    """A schema as it is published (RFC 7643 §7), without `meta`."""
    return {
        "id": schema.id,
        "name": schema.name,
        "description": schema.description,
        "attributes": [_attribute_to_json(attribute) for attribute in schema.attributes],
    }


def _attribute_to_json(attribute: Attribute) -> Json:
    document: dict[str, Json] = {
        "name": attribute.name,
        "type": attribute.type,
        "multiValued": attribute.multi_valued,
        "description": attribute.description,
        "required": attribute.required or attribute.assigned,
        "caseExact": attribute.case_exact,
        "mutability": attribute.mutability,
        "returned": attribute.returned,
        "uniqueness": attribute.uniqueness,
    }
    if attribute.canonical_values:
        document["canonicalValues"] = list(attribute.canonical_values)
    if attribute.reference_types:
        document["referenceTypes"] = list(attribute.reference_types)
    if attribute.sub_attributes:
        document["subAttributes"] = [_attribute_to_json(sub) for sub in attribute.sub_attributes]
    return document


SIMPLE = frozenset(Type) - {Type.COMPLEX}


def schema_from_json(document: Json) -> Schema:
    """An extension schema from its JSON (RFC 7643 §7); raises InvalidValue that names what is wrong.

    Its attributes are simple: Entra maps nothing else to a custom attribute (entra-client 8.8.1).
    """
    if not isinstance(document, dict):
        raise InvalidValue("a schema is a JSON object")
    urn, attributes = document.get("id"), document.get("attributes")
    if not isinstance(urn, str) or len(urn) > MAX_URN or not _URN.fullmatch(urn):
        raise InvalidValue("the id of a schema is a URN, such as urn:ietf:params:scim:schemas:extension:acme:2.0:User")
    if not isinstance(attributes, list) or not 0 < len(attributes) <= MAX_ATTRIBUTES:
        raise InvalidValue(f"a schema has from 1 to {MAX_ATTRIBUTES} attributes")
    read = tuple(_attribute_from_json(attribute) for attribute in attributes)
    if len({attribute.name.lower() for attribute in read}) < len(read):
        raise InvalidValue("two attributes of the schema have the same name")
    return Schema(urn, str(document.get("name", urn)), str(document.get("description", "")), read)


def _attribute_from_json(document: Json) -> Attribute:
    name = document.get("name") if isinstance(document, dict) else None
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise InvalidValue("an attribute has a name of letters, digits, - and _, and starts with a letter")
    known: dict[str, Json] = {
        "type": _choice(Type, document, "type", Type.STRING),
        "mutability": _choice(Mutability, document, "mutability", Mutability.READ_WRITE),
        "returned": _choice(Returned, document, "returned", Returned.DEFAULT),
    }
    if known["type"] not in SIMPLE or document.get("subAttributes"):
        raise InvalidValue(f'"{name}" is complex; attributes of a custom schema are simple')
    if known["mutability"] is Mutability.WRITE_ONLY or known["returned"] is Returned.NEVER:
        raise InvalidValue(f'"{name}" would never be returned; that is not supported')
    return Attribute(
        name,
        description=str(document.get("description", "")),
        multi_valued=document.get("multiValued") is True,
        case_exact=document.get("caseExact") is True,
        canonical_values=tuple(str(value) for value in document.get("canonicalValues") or ()),
        reference_types=tuple(str(value) for value in document.get("referenceTypes") or ()),
        **known,
    )


Choice = TypeVar("Choice", Type, Mutability, Returned)


def _choice(kind: type[Choice], document: Json, name: str, default: Choice) -> Choice:
    try:
        return kind(document.get(name, default))
    except ValueError as exc:
        raise InvalidValue(f'"{name}" must be one of {", ".join(kind)}') from exc
