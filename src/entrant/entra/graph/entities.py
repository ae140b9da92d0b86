"""The entity types that are answered: their properties as Graph's metadata has them (graph-surface 9.2 to 9.8)."""

from __future__ import annotations

from entrant.entra.mapping.attributes import EXTENSION
from entrant.entra.mapping.properties import PROPERTIES, PropertyType, default_select
from entrant.entra.mapping.properties import Property as Known
from entrant.entra.model import Kind

from .odata.types import EntityType, Property, Type, text

_GUID, _BOOLEAN, _INTEGER, _INSTANT = Type.GUID, Type.BOOLEAN, Type.INTEGER, Type.INSTANT

_TYPES = {
    PropertyType.STRING: (Type.TEXT, False),
    PropertyType.GUID: (_GUID, False),
    PropertyType.BOOLEAN: (_BOOLEAN, False),
    PropertyType.DATETIME: (_INSTANT, False),
    PropertyType.STRINGS: (Type.TEXT, True),
    PropertyType.OBJECT: (Type.COMPLEX, False),
    PropertyType.OBJECTS: (Type.COMPLEX, True),
    PropertyType.ANY: (Type.ANY, False),
    PropertyType.MANY: (Type.ANY, True),
}


def _described(known: Known) -> Property:
    """A property of users or groups as queries see it."""
    type_, collection = _TYPES[known.type]
    return Property(known.name, type_, collection, tuple(map(_described, known.fields)))


USER = EntityType(
    "microsoft.graph.user",
    tuple(map(_described, PROPERTIES[Kind.USER].values())),
    default=default_select(Kind.USER),
    navigations=frozenset({"manager", "memberOf", "transitiveMemberOf", "directReports", "appRoleAssignments"}),
    default_order=frozenset({"displayname", "userprincipalname"}),
    directory=True,
    extensible=EXTENSION,
    searchable={
        **dict.fromkeys(("displayname", "givenname", "surname"), True),
        **dict.fromkeys(("mail", "mailnickname", "userprincipalname", "proxyaddresses", "othermails"), False),
    },
)

GROUP = EntityType(
    "microsoft.graph.group",
    tuple(map(_described, PROPERTIES[Kind.GROUP].values())),
    default=default_select(Kind.GROUP),
    navigations=frozenset({"members", "memberOf", "transitiveMembers", "appRoleAssignments"}),
    default_order=frozenset({"displayname"}),
    directory=True,
    extensible=EXTENSION,
    searchable={
        **dict.fromkeys(("displayname", "description"), True),
        **dict.fromkeys(("mail", "mailnickname"), False),
    },
)

TYPES = {Kind.USER: USER, Kind.GROUP: GROUP}

DIRECTORY_OBJECT = EntityType(
    "microsoft.graph.directoryObject",
    tuple({each.name: each for each in (*USER.properties, *GROUP.properties)}.values()),
    default_order=frozenset({"displayname"}),
    directory=True,
    searchable={**USER.searchable, **GROUP.searchable},
)
"""What users and groups have together is not much; a collection of both knows the properties of either."""

_ROLE_FIELDS = (
    Property("allowedMemberTypes", collection=True),
    *text("description", "displayName"),
    Property("id", _GUID),
    Property("isEnabled", _BOOLEAN),
    *text("origin", "value"),
)

SERVICE_PRINCIPAL = EntityType(
    "microsoft.graph.servicePrincipal",
    (
        Property("id", _GUID),
        Property("deletedDateTime", _INSTANT),
        Property("accountEnabled", _BOOLEAN),
        Property("alternativeNames", collection=True),
        *text("appDisplayName"),
        Property("appId", _GUID),
        Property("applicationTemplateId", _GUID),
        Property("appOwnerOrganizationId", _GUID),
        Property("appRoleAssignmentRequired", _BOOLEAN),
        Property("createdDateTime", _INSTANT),
        *text("description", "displayName", "homepage", "loginUrl"),
        Property("notificationEmailAddresses", collection=True),
        *text("preferredSingleSignOnMode"),
        Property("replyUrls", collection=True),
        Property("servicePrincipalNames", collection=True),
        *text("servicePrincipalType", "signInAudience"),
        Property("tags", collection=True),
        Property("appRoles", Type.COMPLEX, collection=True, fields=_ROLE_FIELDS),
        Property("oauth2PermissionScopes", Type.ANY, collection=True),
        Property("passwordCredentials", Type.ANY, collection=True),
        Property("keyCredentials", Type.ANY, collection=True),
    ),
    navigations=frozenset({"appRoleAssignedTo"}),
    default_order=frozenset({"displayname"}),
    directory=True,
    searchable={"displayname": True, "description": True},
)

APPLICATION = EntityType(
    "microsoft.graph.application",
    (
        Property("id", _GUID),
        Property("deletedDateTime", _INSTANT),
        Property("appId", _GUID),
        Property("applicationTemplateId", _GUID),
        Property("createdDateTime", _INSTANT),
        *text("displayName", "description", "publisherDomain", "signInAudience"),
        Property("identifierUris", collection=True),
        Property("tags", collection=True),
        Property("appRoles", Type.COMPLEX, collection=True, fields=_ROLE_FIELDS),
    ),
    default_order=frozenset({"displayname"}),
    directory=True,
    searchable={"displayname": True},
)

APP_ROLE_ASSIGNMENT = EntityType(
    "microsoft.graph.appRoleAssignment",
    (
        *text("id"),
        Property("deletedDateTime", _INSTANT),
        Property("appRoleId", _GUID),
        Property("createdDateTime", _INSTANT),
        *text("principalDisplayName"),
        Property("principalId", _GUID),
        *text("principalType", "resourceDisplayName"),
        Property("resourceId", _GUID),
    ),
)

APPLICATION_TEMPLATE = EntityType(
    "microsoft.graph.applicationTemplate",
    (
        Property("id", _GUID),
        *text("displayName", "homePageUrl"),
        Property("supportedSingleSignOnModes", collection=True),
        Property("supportedProvisioningTypes", collection=True),
        *text("logoUrl"),
        Property("categories", collection=True),
        *text("publisher", "description"),
    ),
)

ORGANIZATION = EntityType(
    "microsoft.graph.organization",
    (
        Property("id", _GUID),
        Property("deletedDateTime", _INSTANT),
        Property("businessPhones", collection=True),
        *text("city", "country", "countryLetterCode"),
        Property("createdDateTime", _INSTANT),
        *text("displayName", "postalCode", "preferredLanguage", "state", "street", "tenantType"),
        Property("technicalNotificationMails", collection=True),
        Property(
            "verifiedDomains",
            Type.COMPLEX,
            collection=True,
            fields=(
                *text("capabilities"),
                Property("isDefault", _BOOLEAN),
                Property("isInitial", _BOOLEAN),
                *text("name", "type"),
            ),
        ),
    ),
)

_SYSTEM = (*text("id", "displayName"), Property("details", Type.ANY))
_IDENTITY = (*text("id", "displayName", "identityType"), Property("details", Type.ANY))

PROVISIONING_ENTRY = EntityType(
    "microsoft.graph.provisioningObjectSummary",
    (
        *text("id"),
        Property("activityDateTime", _INSTANT),
        Property("tenantId", _GUID),
        *text("jobId"),
        Property("cycleId", _GUID),
        Property("changeId", _GUID),
        *text("provisioningAction"),
        Property("durationInMilliseconds", _INTEGER),
        Property(
            "provisioningStatusInfo",
            Type.COMPLEX,
            fields=(
                *text("status"),
                Property(
                    "errorInformation",
                    Type.COMPLEX,
                    fields=tuple(
                        text("errorCode", "reason", "additionalDetails", "errorCategory", "recommendedAction")
                    ),
                ),
            ),
        ),
        Property(
            "provisioningSteps",
            Type.COMPLEX,
            collection=True,
            fields=(*text("name", "provisioningStepType", "status", "description"), Property("details", Type.ANY)),
        ),
        Property(
            "modifiedProperties",
            Type.COMPLEX,
            collection=True,
            fields=tuple(text("displayName", "oldValue", "newValue")),
        ),
        Property("servicePrincipal", Type.COMPLEX, fields=(Property("id", _GUID), *text("displayName"))),
        Property("sourceSystem", Type.COMPLEX, fields=_SYSTEM),
        Property("targetSystem", Type.COMPLEX, fields=_SYSTEM),
        Property("sourceIdentity", Type.COMPLEX, fields=_IDENTITY),
        Property("targetIdentity", Type.COMPLEX, fields=_IDENTITY),
        Property("initiatedBy", Type.COMPLEX, fields=tuple(text("id", "displayName", "initiatorType"))),
    ),
)
