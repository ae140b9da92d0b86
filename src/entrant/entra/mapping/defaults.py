"""The schema of a new non-gallery application (entra-client §16; what Microsoft's test demands: graph-surface §4)."""

from __future__ import annotations

from functools import cache

from entrant.entra.model import SOURCE_DIRECTORY, TARGET_DIRECTORY, Kind
from entrant.scim.schema import ENTERPRISE_URN, GROUP_URN

from .attributes import source_object
from .expressions.parser import parse_expression
from .schema import (
    AttributeDefinition,
    AttributeMapping,
    AttributeType,
    Directory,
    Mutability,
    ObjectDefinition,
    ObjectMapping,
    Rule,
    Schema,
)

USER_RULE = "USER_OUTBOUND"  # 1.9
USER_MAPPING = "Provision Microsoft Entra ID Users"  # 1.8
GROUP_MAPPING = "Provision Microsoft Entra ID Groups"

_USERS = f"""
    [userPrincipalName] -> userName
    Switch([IsSoftDeleted], , "False", "True", "True", "False") -> active
    [displayName] -> displayName
    [jobTitle] -> title
    [mail] -> emails[type eq "work"].value
    [preferredLanguage] -> preferredLanguage
    [givenName] -> name.givenName
    [surname] -> name.familyName
    Join(" ", [givenName], [surname]) -> name.formatted
    [physicalDeliveryOfficeName] -> addresses[type eq "work"].formatted
    [streetAddress] -> addresses[type eq "work"].streetAddress
    [city] -> addresses[type eq "work"].locality
    [state] -> addresses[type eq "work"].region
    [postalCode] -> addresses[type eq "work"].postalCode
    [country] -> addresses[type eq "work"].country
    [telephoneNumber] -> phoneNumbers[type eq "work"].value
    [mobile] -> phoneNumbers[type eq "mobile"].value
    [facsimileTelephoneNumber] -> phoneNumbers[type eq "fax"].value
    [mailNickname] -> externalId
    [employeeId] -> {ENTERPRISE_URN}:employeeNumber
    [department] -> {ENTERPRISE_URN}:department
    [manager] -> {ENTERPRISE_URN}:manager
"""  # 16.1, in this order

_GROUPS = """
    [displayName] -> displayName
    [objectId] -> externalId
    [members] -> members
"""  # 16.4

_ADDRESS = ("formatted", "streetAddress", "locality", "region", "postalCode", "country")
_FURTHER = (
    *("nickName", "userType", "locale", "timezone", "name.honorificPrefix", "name.honorificSuffix"),
    *(f'emails[type eq "{kind}"].value' for kind in ("home", "other")),
    *(f'phoneNumbers[type eq "{kind}"].value' for kind in ("home", "other", "pager")),
    *(f'addresses[type eq "{kind}"].{sub}' for kind in ("home", "other") for sub in _ADDRESS),
    *(f'roles[primary eq "True"].{sub}' for sub in ("display", "type", "value")),
    *(f"{ENTERPRISE_URN}:{name}" for name in ("costCenter", "organization", "division")),
)
"""Target attributes that can be mapped and are not (16.6).

`roles` without brackets is not among them: Microsoft's Schema_Discoverability test looks for each of these names in
`/Schemas` and never finds that one there (graph-surface 6.3). It can be mapped to all the same.
"""

_SPECIAL = {
    "userName": AttributeDefinition("userName", required=True),
    "active": AttributeDefinition("active", AttributeType.BOOLEAN),
    "externalId": AttributeDefinition("externalId", case_exact=True),
    f"{ENTERPRISE_URN}:manager": AttributeDefinition(
        f"{ENTERPRISE_URN}:manager", AttributeType.REFERENCE, case_exact=True, referenced_objects=(ENTERPRISE_URN,)
    ),
    "members": AttributeDefinition(
        "members", AttributeType.REFERENCE, case_exact=True, multivalued=True,
        referenced_objects=(ENTERPRISE_URN, GROUP_URN),
    ),
    "roles": AttributeDefinition("roles", multivalued=True),
}  # fmt: skip
_ID = AttributeDefinition("id", anchor=True, case_exact=True, mutability=Mutability.READ_ONLY, required=True)


def standard_attribute(name: str) -> AttributeDefinition:
    """What a target directory says of an attribute unless somebody changed it: most of them are texts."""
    return _SPECIAL.get(name) or AttributeDefinition(name)


def _mappings(table: str) -> tuple[AttributeMapping, ...]:
    """A line each: an expression and the target attribute. The first is the matching attribute."""
    rows = [line.strip().split(" -> ") for line in table.strip().splitlines()]
    return tuple(
        AttributeMapping(target, parse_expression(source), matching_priority=int(place == 0))
        for place, (source, target) in enumerate(rows)
    )


def _group_target(name: str) -> AttributeDefinition:
    """A group is found and told apart by its display name, so the target must have one."""
    return AttributeDefinition(name, required=True) if name == "displayName" else standard_attribute(name)


@cache
def _parts() -> tuple[Rule, tuple[Directory, ...]]:
    """All of the schema that is the same for every job."""
    users, groups = _mappings(_USERS), _mappings(_GROUPS)
    rule = Rule(
        USER_RULE,
        USER_RULE,
        (
            ObjectMapping(USER_MAPPING, Kind.USER.value, ENTERPRISE_URN, users),
            ObjectMapping(GROUP_MAPPING, Kind.GROUP.value, GROUP_URN, groups),
        ),
        SOURCE_DIRECTORY,
        TARGET_DIRECTORY,
    )
    names = (*(mapping.target for mapping in users), *_FURTHER)
    source = (source_object(Kind.USER), source_object(Kind.GROUP))
    target = (
        ObjectDefinition(ENTERPRISE_URN, (_ID, *(standard_attribute(name) for name in names))),
        ObjectDefinition(GROUP_URN, (_ID, *(_group_target(mapping.target) for mapping in groups))),
    )
    directories = (
        Directory("source", SOURCE_DIRECTORY, source, read_only=True),
        Directory("target", TARGET_DIRECTORY, target, discoverabilities="AttributeNames"),
    )
    return rule, directories


def default_schema(job_id: str, version: str = "1") -> Schema:
    """The schema of a new job. `version` is the service's business: it changes with every change (21.3.4)."""
    rule, directories = _parts()
    return Schema(job_id, (rule,), directories, version)
