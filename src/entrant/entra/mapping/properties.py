"""Which properties users and groups have, by Graph's names (graph-surface 9.2, 9.3, 9.4).

One table for whoever reads, writes or selects them: the directory's checks and the Graph API are derived from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from entrant.entra.model import Kind


class PropertyType(StrEnum):
    """Types of properties, by the names of OData."""

    STRING = "Edm.String"
    GUID = "Edm.Guid"
    BOOLEAN = "Edm.Boolean"
    DATETIME = "Edm.DateTimeOffset"
    STRINGS = "Collection(Edm.String)"
    OBJECT = "ComplexType"
    OBJECTS = "Collection(ComplexType)"
    ANY = "Edm.Untyped"
    """Not described further."""
    MANY = "Collection(Edm.Untyped)"


@dataclass(frozen=True, slots=True)
class Property:
    """One property."""

    name: str
    type: PropertyType = PropertyType.STRING
    writable: bool = True
    selected: bool = False
    """Whether an answer has it without `$select`."""
    kept: bool = True
    """Whether the directory keeps it. Others are computed, secret, or never set, and there for scripts to select."""
    fields: tuple[Property, ...] = ()
    """What can be filtered by within a complex property."""


_TYPES = {
    "bool": PropertyType.BOOLEAN,
    "time": PropertyType.DATETIME,
    "texts": PropertyType.STRINGS,
    "object": PropertyType.OBJECT,
    "objects": PropertyType.OBJECTS,
    "guid": PropertyType.GUID,
    "any": PropertyType.ANY,
    "many": PropertyType.MANY,
}


def _properties(table: str) -> dict[str, Property]:
    """A line each: the name, a type unless it is text, `read-only`, `selected`, `unkept`, and fields in parentheses."""
    rows = (line.split() for line in table.strip().splitlines())
    return {
        name: Property(
            name,
            next((_TYPES[word] for word in words if word in _TYPES), PropertyType.STRING),
            writable="read-only" not in words,
            selected="selected" in words,
            kept="unkept" not in words,
            fields=_fields([word[1:-1] for word in words if word.startswith("(")]),
        )
        for name, *words in rows
    }


def _fields(names: list[str]) -> tuple[Property, ...]:
    """`(skuId:guid)` is a field with a type; others are text."""
    pairs = (name.partition(":") for name in names)
    return tuple(Property(name, _TYPES.get(type_, PropertyType.STRING)) for name, _, type_ in pairs)


_EXTENSIONS = " ".join(f"(extensionAttribute{number})" for number in range(1, 16))

USER_PROPERTIES = _properties(f"""
    id guid read-only selected unkept
    accountEnabled bool
    ageGroup
    businessPhones texts selected
    city
    companyName
    consentProvidedForMinor
    country
    createdDateTime time read-only unkept
    creationType read-only
    deletedDateTime time read-only unkept
    department
    displayName selected
    employeeHireDate time
    employeeId
    employeeLeaveDateTime time
    employeeOrgData object (costCenter) (division)
    employeeType
    externalUserState read-only
    faxNumber
    givenName selected
    identities objects (signInType) (issuer) (issuerAssignedId)
    imAddresses texts read-only
    jobTitle selected
    mail selected
    mailNickname
    mobilePhone selected
    officeLocation selected
    onPremisesDistinguishedName read-only
    onPremisesDomainName read-only
    onPremisesExtensionAttributes object {_EXTENSIONS}
    onPremisesImmutableId
    onPremisesSamAccountName read-only
    onPremisesSecurityIdentifier read-only
    onPremisesSyncEnabled bool read-only
    onPremisesUserPrincipalName read-only
    otherMails texts
    passwordPolicies
    passwordProfile any unkept
    postalCode
    preferredDataLocation
    preferredLanguage selected
    proxyAddresses texts read-only
    securityIdentifier read-only unkept
    showInAddressList bool
    state
    streetAddress
    surname selected
    usageLocation
    userPrincipalName selected
    userType
    assignedLicenses objects read-only unkept (skuId:guid)
    assignedPlans objects read-only unkept (servicePlanId:guid)
    aboutMe
    birthday
    hireDate
    legalAgeGroupClassification read-only unkept
    mySite
    preferredName
    customSecurityAttributes any
    interests texts
    responsibilities texts
    schools texts
    skills texts
    isResourceAccount bool read-only
    onPremisesLastSyncDateTime time read-only unkept
    onPremisesProvisioningErrors many read-only unkept
""")

GROUP_PROPERTIES = _properties("""
    id guid read-only selected unkept
    classification selected
    createdDateTime time read-only selected unkept
    deletedDateTime time read-only selected unkept
    description selected
    displayName selected
    expirationDateTime time read-only selected unkept
    groupTypes texts selected
    isAssignableToRole bool selected
    mail read-only selected
    mailEnabled bool selected
    mailNickname selected
    membershipRule selected
    membershipRuleProcessingState selected
    onPremisesSecurityIdentifier read-only selected
    onPremisesSyncEnabled bool read-only selected
    preferredDataLocation selected
    preferredLanguage selected
    proxyAddresses texts read-only selected
    renewedDateTime time read-only selected unkept
    securityEnabled bool selected
    securityIdentifier read-only selected unkept
    theme selected
    uniqueName
    visibility selected
    creationOptions texts read-only selected unkept
    onPremisesDomainName read-only selected unkept
    onPremisesLastSyncDateTime time read-only selected unkept
    onPremisesNetBiosName read-only selected unkept
    onPremisesSamAccountName read-only selected unkept
    onPremisesProvisioningErrors many read-only selected unkept
    resourceBehaviorOptions texts selected
    resourceProvisioningOptions texts selected
""")

PROPERTIES = {Kind.USER: USER_PROPERTIES, Kind.GROUP: GROUP_PROPERTIES}
"""The properties of each kind of object."""

SECRET = frozenset({"passwordProfile"})
"""Properties that no answer ever has a value of."""


def default_select(kind: Kind) -> tuple[str, ...]:
    """What an answer has without `$select` (graph-surface 9.2)."""
    return tuple(name for name, property_ in PROPERTIES[kind].items() if property_.selected)
