"""What a directory object comes to in the target (entra-client 8.2.6, 8.7, 12.8, 18.7, 18.8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from random import Random

import pytest

from entrant.entra.mapping.attributes import role
from entrant.entra.mapping.defaults import default_schema
from entrant.entra.mapping.expressions.parser import parse_expression
from entrant.entra.mapping.flow import Applied, Failure, Native, RoleForm, apply
from entrant.entra.mapping.schema import (
    AttributeDefinition,
    AttributeMapping,
    AttributeType,
    FlowType,
    Mutability,
    ObjectDefinition,
)
from entrant.entra.model import AppRole, Subject
from entrant.scim.parser import parse_path
from entrant.scim.schema import ENTERPRISE_URN

User = Callable[..., Subject]
SCHEMA = default_schema("job")
USERS, GROUPS = SCHEMA.rule.object_mappings
TARGET = SCHEMA.target_of(USERS)


def _apply(
    subject: Subject,
    *mappings: AttributeMapping,
    creating: bool = False,
    soft_deleted: bool = False,
    target: ObjectDefinition = TARGET,
) -> Applied:
    mapping = replace(USERS, attributes=mappings) if mappings else USERS
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return apply(subject, mapping, target, now=now, chance=Random(1), soft_deleted=soft_deleted, creating=creating)


def _mapping(source: str | None, target: str = "title", **rest: object) -> AttributeMapping:
    return replace(AttributeMapping(target, parse_expression(source) if source else None), **rest)  # type: ignore[arg-type]  # whatever the case needs


def _values(applied: Applied) -> dict[str, Native]:
    return {value.name: value.value for value in applied.values}


def test_the_default_mappings_give_what_entra_sends(user: User) -> None:
    applied = _apply(user(manager="u2", mail="jane@contoso.com"))

    assert _values(applied) == {
        "userName": "jane@contoso.com",
        "active": True,
        "displayName": "Jane Doe",
        'emails[type eq "work"].value': "jane@contoso.com",
        "name.givenName": "Jane",
        "name.familyName": "Doe",
        "name.formatted": "Jane Doe",
        'addresses[type eq "work"].formatted': "4/1234",
        'phoneNumbers[type eq "work"].value': "+1 555 0100",
        'phoneNumbers[type eq "mobile"].value': "+1 555 0101",
        'phoneNumbers[type eq "fax"].value': "+1 555 0102",
        "externalId": "jane",
        f"{ENTERPRISE_URN}:employeeNumber": "E7",
        f"{ENTERPRISE_URN}:department": "Sales",
        f"{ENTERPRISE_URN}:manager": "u2",
    }
    assert [value.name for value in applied.values] == [
        m.target for m in USERS.attributes if m.target in _values(applied)
    ]


def test_values_tell_what_an_engine_needs_of_them(user: User) -> None:
    applied = _apply(user(manager="u2"), soft_deleted=True)
    active, user_name = applied.find("ACTIVE"), applied.find("userName")

    assert active is not None
    assert (active.value, active.text, active.path) == (False, "False", parse_path("active"))
    assert user_name is not None
    assert user_name.matching_priority == 1
    assert applied.matching == (user_name,)
    assert [value.name for value in applied.references] == [f"{ENTERPRISE_URN}:manager"]
    assert applied.plain == applied.values[:-1]
    assert applied.find("nothing") is None


def test_groups_have_members_only_through_their_membership(group: Callable[..., Subject]) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    target = SCHEMA.target_of(GROUPS)

    applied = apply(group(), GROUPS, target, now=now, chance=Random(1), soft_deleted=False, creating=True)

    assert _values(applied) == {"displayName": "Sales EMEA", "externalId": "g1"}


@pytest.mark.parametrize(
    ("mapping", "creating", "value"),
    [
        (_mapping("[jobTitle]"), True, None),
        (_mapping("[jobTitle]", default="none"), True, "none"),
        (_mapping("[jobTitle]", default="none"), False, None),
        (_mapping("[department]", default="none"), True, "Sales"),
        (_mapping("[jobTitle]", default=""), True, None),
        (_mapping(None, default="UTC"), True, "UTC"),
        (_mapping(None, default="UTC"), False, None),
        (_mapping(None), True, None),
        (_mapping('Switch([department], "", "x", "y")', default="d"), True, "d"),
        (_mapping("IgnoreFlowIfNullOrEmpty([jobTitle])", default="d"), True, None),
        (_mapping("IgnoreFlowIfNullOrEmpty([department])", default="d"), True, "Sales"),
        (_mapping("[department]", flow_type=FlowType.OBJECT_ADD_ONLY), True, "Sales"),
        (_mapping("[department]", flow_type=FlowType.OBJECT_ADD_ONLY), False, None),
        (_mapping('"US"'), False, "US"),
        (_mapping('""'), True, None),
        (_mapping('Split("a,b", ",")'), False, "a,b"),
    ],
)
def test_nulls_defaults_and_flow_types(
    user: User, mapping: AttributeMapping, *, creating: bool, value: str | None
) -> None:
    """entra-client 7.12, 8.2.6, 12.8.1-12.8.3, 18.7."""
    assert _values(_apply(user(), mapping, creating=creating)) == ({} if value is None else {"title": value})


@pytest.mark.parametrize(
    ("definition", "source", "value", "text"),
    [
        (AttributeDefinition("x", AttributeType.BOOLEAN), '"true"', True, "True"),
        (AttributeDefinition("x", AttributeType.BOOLEAN), "[accountEnabled]", True, "True"),
        (AttributeDefinition("x", AttributeType.BOOLEAN), "Not([accountEnabled])", False, "False"),
        (AttributeDefinition("x", AttributeType.INTEGER), '"0042"', 42, "42"),
        (AttributeDefinition("x", AttributeType.INTEGER), "BitAnd(7, 2)", 2, "2"),
        (AttributeDefinition("x"), "[accountEnabled]", "True", "True"),
        (AttributeDefinition("x"), "12", "12", "12"),
        (AttributeDefinition("x", multivalued=True), 'Split("a,b", ",")', ("a", "b"), "a,b"),
        (AttributeDefinition("x", multivalued=True), '"a"', ("a",), "a"),
    ],
)
def test_values_get_the_type_of_the_target_attribute(
    user: User, definition: AttributeDefinition, source: str, value: Native, text: str
) -> None:
    """entra-client 18.7."""
    (found,) = _apply(user(), _mapping(source, "x"), target=ObjectDefinition("o", (definition,))).values

    assert (found.value, found.text) == (value, text)


def test_a_read_only_target_attribute_is_never_written(user: User) -> None:
    target = ObjectDefinition("o", (AttributeDefinition("x", mutability=Mutability.READ_ONLY),))

    assert _apply(user(), _mapping('"a"', "x"), target=target, creating=True).values == ()


def test_an_expression_that_fails_fails_its_attribute_alone(user: User) -> None:
    """entra-client 18.8."""
    broken = _mapping('CDate("nonsense")', "nickName", matching_priority=2)
    untyped = _mapping('"maybe"', "active")

    applied = _apply(user(), broken, untyped, _mapping("[department]"))

    assert _values(applied) == {"title": "Sales"}
    assert applied.failures == (
        Failure("nickName", 'CDate: "nonsense" is no date: it has none of the usual forms', 2),
        Failure("active", '"active" is a Boolean: its value can be True or False, not "maybe"'),
    )


def test_a_redacted_value_flows_and_is_not_shown(user: User) -> None:
    (value,) = _apply(user(), _mapping('Redact("secret")')).values

    assert (value.value, value.text, value.shown, value.redacted) == ("secret", "secret", "[Redact]", True)


ADMIN, READER = AppRole("r1", "Admin", "admin"), AppRole("r2", "Reader")


def test_one_role_goes_to_the_primary_one(user: User) -> None:
    """entra-client 8.7.2."""
    mapping = _mapping("SingleAppRoleAssignment([appRoleAssignments])", 'roles[primary eq "True"].value')

    (value,) = _apply(user(ADMIN, READER), mapping).values

    assert (value.value, value.roles) == ("admin", RoleForm.SINGLE)
    assert _apply(user(), mapping).values == ()


@pytest.mark.parametrize("form", [RoleForm.ADDITIVE, RoleForm.ASSERTIVE])
def test_all_roles_go_to_roles(user: User, form: RoleForm) -> None:
    """entra-client 8.7.3, 8.7.4."""
    (value,) = _apply(user(ADMIN, READER), _mapping(f"{form}([appRoleAssignments])", "roles")).values

    assert value.value == (role("r1", "admin", "Admin"), role("r2", "Reader", "Reader"))
    assert (value.text, value.roles) == ("admin,Reader", form)


def test_losing_the_last_role_is_a_value_for_the_assertive_function_alone(user: User) -> None:
    additive = _mapping("AppRoleAssignmentsComplex([appRoleAssignments])", "roles")
    assertive = _mapping("AssertiveAppRoleAssignmentsComplex([appRoleAssignments])", "roles")

    assert _apply(user(), additive).values == ()
    assert [value.value for value in _apply(user(), assertive).values] == [()]
    assert _apply(user(), assertive, creating=True).values == ()
