"""Which properties users and groups have, by Graph's names (graph-surface 9.2, 9.3, 9.4).

One table for whoever reads, writes or selects them: the Graph API, the directory's checks, the source attributes.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from entrant.entra.model import Kind


class PropertyType(StrEnum):
    """Types of properties, by the names of OData."""

    STRING = "Edm.String"
    BOOLEAN = "Edm.Boolean"
    DATETIME = "Edm.DateTimeOffset"
    STRINGS = "Collection(Edm.String)"
    OBJECT = "ComplexType"
    OBJECTS = "Collection(ComplexType)"


@dataclass(frozen=True, slots=True)
class Property:
    """One property."""

    name: str
    type: PropertyType = PropertyType.STRING
    writable: bool = True
    selected: bool = False
    """Whether an answer has it without `$select`."""


_TYPES = {
    "bool": PropertyType.BOOLEAN,
    "time": PropertyType.DATETIME,
    "texts": PropertyType.STRINGS,
    "object": PropertyType.OBJECT,
    "objects": PropertyType.OBJECTS,
}


def _properties(table: str) -> dict[str, Property]:
    """A line each: name, and of type, `read-only` and `selected` whatever is not a writable text."""
    rows = (line.split() for line in table.strip().splitlines())
    return {
        name: Property(
            name,
            next((_TYPES[word] for word in words if word in _TYPES), PropertyType.STRING),
            writable="read-only" not in words,
            selected="selected" in words,
        )
        for name, *words in rows
    }


USER_PROPERTIES = _properties("""
    id read-only selected
    accountEnabled bool
    ageGroup
    businessPhones texts selected
    city
    companyName
    consentProvidedForMinor
    country
    createdDateTime time read-only
    creationType read-only
    deletedDateTime time read-only
    department
    displayName selected
    employeeHireDate time
    employeeId
    employeeLeaveDateTime time
    employeeOrgData object
    employeeType
    externalUserState read-only
    faxNumber
    givenName selected
    identities objects
    imAddresses texts read-only
    jobTitle selected
    mail selected
    mailNickname
    mobilePhone selected
    officeLocation selected
    onPremisesDistinguishedName read-only
    onPremisesDomainName read-only
    onPremisesExtensionAttributes object
    onPremisesImmutableId
    onPremisesSamAccountName read-only
    onPremisesSecurityIdentifier read-only
    onPremisesSyncEnabled bool read-only
    onPremisesUserPrincipalName read-only
    otherMails texts
    passwordPolicies
    passwordProfile object
    postalCode
    preferredDataLocation
    preferredLanguage selected
    proxyAddresses texts read-only
    securityIdentifier read-only
    showInAddressList bool
    state
    streetAddress
    surname selected
    usageLocation
    userPrincipalName selected
    userType
""")

GROUP_PROPERTIES = _properties("""
    id read-only selected
    classification selected
    createdDateTime time read-only selected
    deletedDateTime time read-only selected
    description selected
    displayName selected
    expirationDateTime time read-only selected
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
    renewedDateTime time read-only selected
    securityEnabled bool selected
    securityIdentifier read-only selected
    theme selected
    uniqueName
    visibility selected
""")

PROPERTIES = {Kind.USER: USER_PROPERTIES, Kind.GROUP: GROUP_PROPERTIES}
"""The properties of each kind of object."""

SECRET = frozenset({"passwordProfile"})
"""Properties that no answer ever has a value of."""


def default_select(kind: Kind) -> tuple[str, ...]:
    """What an answer has without `$select` (graph-surface 9.2)."""
    return tuple(name for name, property_ in PROPERTIES[kind].items() if property_.selected)
