"""Source attributes by the schema's names (entra-client 12.2.6, 16.7, 16.8) and Graph's properties (graph-surface 9.2)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from entrant.entra.mapping.attributes import ATTRIBUTES, Value, guest_name, property_of, role, source_object, value_of
from entrant.entra.mapping.properties import PROPERTIES, PropertyType, default_select
from entrant.entra.model import AppRole, Kind, Subject
from entrant.scim.wire import Json

EXTENSION = "extension_0123456789abcdef0123456789abcdef_costCode"


@pytest.mark.parametrize(
    ("properties", "name", "value"),
    [
        ({}, "objectId", "u1"),
        ({}, "userPrincipalName", "jane@contoso.com"),
        ({}, "telephoneNumber", "+1 555 0100"),
        ({"businessPhones": []}, "telephoneNumber", None),
        ({}, "mobile", "+1 555 0101"),
        ({}, "facsimileTelephoneNumber", "+1 555 0102"),
        ({}, "physicalDeliveryOfficeName", "4/1234"),
        ({}, "accountEnabled", True),
        ({}, "IsSoftDeleted", False),
        ({}, "manager", None),
        ({}, "mail", None),
        ({"mail": ""}, "mail", None),
        ({"otherMails": ["a@x", "b@x"]}, "otherMails", ("a@x", "b@x")),
        ({"otherMails": []}, "otherMails", None),
        ({"onPremisesImmutableId": "i"}, "immutableId", "i"),
        ({"onPremisesExtensionAttributes": {"extensionAttribute7": "seven"}}, "extensionAttribute7", "seven"),
        ({"onPremisesExtensionAttributes": {"extensionAttribute7": "seven"}}, "extensionAttribute1", None),
        ({"onPremisesExtensionAttributes": None}, "extensionAttribute15", None),
        ({"employeeOrgData": {"costCenter": "C1", "division": "D"}}, "employeeOrgData.costCenter", "C1"),
        ({EXTENSION: "c"}, EXTENSION, "c"),
        ({EXTENSION: 7}, EXTENSION, 7),
        ({EXTENSION: ["a", "b"]}, EXTENSION, None),
        ({}, EXTENSION, None),
        ({}, "mobilePhone", None),
        ({}, "USERPRINCIPALNAME", None),
    ],
)
def test_attributes_have_the_values_of_their_properties(
    user: Callable[..., Subject], properties: Json, name: str, value: Value
) -> None:
    assert value_of(user(**properties), name) == value


def test_computed_attributes_come_from_what_the_job_knows(user: Callable[..., Subject]) -> None:
    jane = user(AppRole("r1", "Admin", "admin"), AppRole("r2", "Reader"), manager="u2")

    assert value_of(jane, "IsSoftDeleted", soft_deleted=True) is True
    assert value_of(jane, "manager") == "u2"
    assert value_of(jane, "appRoleAssignments") == (role("r1", "admin", "Admin"), role("r2", "Reader", "Reader"))
    assert value_of(user(), "appRoleAssignments") is None


def test_a_guests_name_is_that_of_the_home_tenant(user: Callable[..., Subject]) -> None:
    guest = user(userPrincipalName="jane.doe_fabrikam.com#EXT#@contoso.onmicrosoft.com")

    assert value_of(guest, "userPrincipalName") == "jane.doe@fabrikam.com"
    assert value_of(guest, "originalUserPrincipalName") == "jane.doe_fabrikam.com#EXT#@contoso.onmicrosoft.com"
    assert guest_name("a_b_fabrikam.com#ext#@x") == "a_b@fabrikam.com"
    assert guest_name("jane@contoso.com") == "jane@contoso.com"


def test_a_purged_object_has_only_its_id(purged: Subject) -> None:
    assert value_of(purged, "objectId") == "u1"
    assert value_of(purged, "displayName") is None
    assert value_of(purged, "userPrincipalName") is None


def test_groups_have_attributes_of_their_own(group: Callable[..., Subject]) -> None:
    sales = group(description="All of them")

    assert value_of(sales, "displayName") == "Sales EMEA"
    assert value_of(sales, "objectId") == "g1"
    assert value_of(sales, "securityEnabled") is True
    assert value_of(sales, "members") is None
    assert value_of(sales, "department") is None


@pytest.mark.parametrize("kind", Kind)
def test_every_attribute_that_is_not_computed_is_a_property(kind: Kind) -> None:
    for attribute in ATTRIBUTES[kind].values():
        if attribute.property:
            assert attribute.property.partition(".")[0] in PROPERTIES[kind]
    assert source_object(kind).name == kind


def test_attributes_lead_to_properties() -> None:
    assert property_of(Kind.USER, "objectId") == "id"
    assert property_of(Kind.USER, "mobile") == "mobilePhone"
    assert property_of(Kind.USER, "userPrincipalName") == "userPrincipalName"
    assert property_of(Kind.USER, "IsSoftDeleted") is None
    assert property_of(Kind.GROUP, "mobile") is None


def test_users_are_answered_with_the_documented_default_set() -> None:
    assert set(default_select(Kind.USER)) == {
        "businessPhones", "displayName", "givenName", "id", "jobTitle", "mail", "mobilePhone", "officeLocation",
        "preferredLanguage", "surname", "userPrincipalName",
    }  # fmt: skip


def test_whatever_the_acceptance_test_writes_is_a_writable_property() -> None:
    """graph-surface 3.2, 3.3."""
    written = {
        Kind.USER: "accountEnabled displayName mailNickname userPrincipalName givenName surname jobTitle department companyName "
        "businessPhones mobilePhone officeLocation preferredLanguage employeeId employeeType streetAddress city state country "
        "postalCode usageLocation mail otherMails faxNumber userType employeeOrgData passwordProfile",
        Kind.GROUP: "displayName description mailEnabled mailNickname securityEnabled groupTypes isAssignableToRole visibility",
    }

    for kind, names in written.items():
        assert [name for name in names.split() if not PROPERTIES[kind][name].writable] == []
    assert PROPERTIES[Kind.USER]["businessPhones"].type is PropertyType.STRINGS
