"""What a target resource has, and what has to change (entra-client 8.2)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from entrant.entra.mapping.attributes import role
from entrant.entra.mapping.diff import Change, Op, change, changes
from entrant.entra.mapping.flow import Native, RoleForm, TargetValue
from entrant.entra.mapping.schema import AttributeDefinition, AttributeType, FlowType, Mutability
from entrant.entra.mapping.target import as_text, path_of, read
from entrant.entra.model import ModifiedProperty
from entrant.scim.schema import ENTERPRISE_URN, USER_URN
from entrant.scim.wire import Json

RESOURCE = {
    "schemas": [USER_URN, ENTERPRISE_URN],
    "id": "42",
    "UserName": "jane@contoso.com",
    "active": True,
    "title": "",
    "name": {"givenName": "Jane", "familyName": None},
    "emails": [{"type": "home", "value": "h@x"}, {"type": "Work", "value": "w@x", "primary": True}],
    "phoneNumbers": [],
    "roles": [{"primary": False, "value": "a"}, {"primary": True, "value": "b", "display": "B"}],
    ENTERPRISE_URN: {"department": "Sales", "manager": {"value": "7", "displayName": "Boss"}},
    "urn:example:custom:2.0:User": {"tag": "t"},
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("userName", "jane@contoso.com"),
        ("active", True),
        ("title", ""),
        ("nickName", None),
        ("name.givenName", "Jane"),
        ("name.familyName", None),
        ("name.formatted", None),
        ('emails[type eq "work"].value', "w@x"),
        ('emails[type eq "other"].value', None),
        ('emails[type eq "work" and primary eq true].value', "w@x"),
        ('emails[not (type eq "home")].value', "w@x"),
        ('emails[type eq "x" or value sw "h"].value', "h@x"),
        ("emails[display pr].value", None),
        ('phoneNumbers[type eq "work"].value', None),
        ('addresses[type eq "work"].country', None),
        ('roles[primary eq "True"].value', "b"),
        ('roles[primary eq "True"].display', "B"),
        (f"{ENTERPRISE_URN}:department", "Sales"),
        (f"{ENTERPRISE_URN}:manager", {"value": "7", "displayName": "Boss"}),
        (f"{ENTERPRISE_URN}:manager.value", "7"),
        (f"{ENTERPRISE_URN}:division", None),
        (f"{USER_URN}:userName", "jane@contoso.com"),
        ("urn:example:custom:2.0:User:tag", "t"),
        ("a name that is no path", None),
    ],
)
def test_a_target_attribute_is_read_from_a_resource(name: str, value: Json) -> None:
    assert read(RESOURCE, path_of(name), name) == value


@pytest.mark.parametrize("resource", [None, 3, [], "x", {"emails": "x", "name": 3, "active": [None]}])
def test_a_resource_that_is_none_has_no_values(resource: Json) -> None:
    for name in ("userName", "name.givenName", 'emails[type eq "work"].value', f"{ENTERPRISE_URN}:department"):
        assert read(resource, path_of(name), name) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        (True, "True"),
        (7, "7"),
        ("x", "x"),
        ({"value": "7"}, "7"),
        ({"display": "x"}, None),
        (["a", "b"], "a,b"),
        ([], None),
    ],
)
def test_values_are_compared_and_shown_as_text(value: Json, text: str | None) -> None:
    assert as_text(value) == text


def _value(
    value: Native = "new", name: str = "title", definition: AttributeDefinition | None = None, **rest: object
) -> TargetValue:
    text = as_text(value) or ""
    plain = TargetValue(name, path_of(name), definition or AttributeDefinition(name), value, text)
    return replace(plain, **rest)  # type: ignore[arg-type]  # whatever the case needs


EXACT = AttributeDefinition("title", case_exact=True)
BOOLEAN = AttributeDefinition("title", AttributeType.BOOLEAN)
DATETIME = AttributeDefinition("title", AttributeType.DATETIME)
INTEGER = AttributeDefinition("title", AttributeType.INTEGER)
MANY = AttributeDefinition("title", multivalued=True)


@pytest.mark.parametrize(
    ("value", "current", "op"),
    [
        (_value(), None, Op.ADD),
        (_value(), "", Op.ADD),
        (_value(), [], Op.ADD),
        (_value(), "old", Op.REPLACE),
        (_value(), "new", None),
        (_value(), "NEW", None),
        (_value(definition=EXACT), "NEW", Op.REPLACE),
        (_value(definition=BOOLEAN, value=True), True, None),
        (_value(definition=BOOLEAN, value=True), "true", None),
        (_value(definition=BOOLEAN, value=True), False, Op.REPLACE),
        (_value(definition=BOOLEAN, value=False), None, Op.ADD),
        (_value(definition=DATETIME, value="2026-01-01T00:00:00Z"), "2026-01-01T01:00:00.000+01:00", None),
        (_value(definition=DATETIME, value="2026-01-01T00:00:00Z"), "2026-01-01T00:00:01Z", Op.REPLACE),
        (_value(definition=INTEGER, value=7), 7, None),
        (_value(definition=INTEGER, value=7), "7", None),
        (_value(definition=INTEGER, value=7), 8, Op.REPLACE),
        (_value(definition=MANY, value=("a", "b")), ["b", "a"], None),
        (_value(definition=MANY, value=("a", "b")), [{"value": "b"}, {"value": "A"}], None),
        (_value(definition=MANY, value=("a", "b")), ["a"], Op.REPLACE),
        (_value(definition=MANY, value=("a",)), ["a", "b"], Op.REPLACE),
        (_value(definition=MANY, value=("a",), flow_type=FlowType.MULTI_VALUE_ADD_ONLY), ["a", "b"], None),
        (_value(flow_type=FlowType.OBJECT_ADD_ONLY), None, None),
        (_value(flow_type=FlowType.ATTRIBUTE_ADD_ONLY), "old", None),
        (_value(flow_type=FlowType.ATTRIBUTE_ADD_ONLY), None, Op.ADD),
        (_value(definition=AttributeDefinition("title", mutability=Mutability.IMMUTABLE)), "old", None),
        (_value(definition=AttributeDefinition("title", mutability=Mutability.READ_ONLY)), None, None),
    ],
)
def test_an_absent_value_is_added_and_another_one_replaced(value: TargetValue, current: Json, op: Op | None) -> None:
    """entra-client 8.2.1, 8.2.2, 8.2.7."""
    found = change(value, current)

    assert (found.op if found else None) is op


def test_changes_come_in_the_order_of_the_values_and_leave_out_what_is_equal() -> None:
    """entra-client 8.2.5, 8.2.8."""
    values = (
        _value("Foo", "name.familyName"),
        _value("Janet", "name.givenName"),
        _value("jane@contoso.com", "userName"),
        _value("u2", "manager", AttributeDefinition("manager", AttributeType.REFERENCE)),
    )

    found = changes(values, RESOURCE)

    assert found == (Change(Op.ADD, values[0], None), Change(Op.REPLACE, values[1], "Jane"))
    assert [one.modified for one in found] == [
        ModifiedProperty("name.familyName", None, "Foo"),
        ModifiedProperty("name.givenName", "Jane", "Janet"),
    ]


def test_a_redacted_change_shows_neither_value() -> None:
    found = change(_value("secret", redacted=True), "former")

    assert found is not None
    assert found.modified == ModifiedProperty("title", "[Redact]", "[Redact]")


def test_a_managers_id_is_compared_with_the_reference_in_the_target() -> None:
    name = f"{ENTERPRISE_URN}:manager"
    value = _value("7", name, AttributeDefinition(name, AttributeType.REFERENCE, case_exact=True))

    assert change(value, read(RESOURCE, value.path, name)) is None
    assert change(value, {"value": "8"}) == Change(Op.REPLACE, value, "8")
    assert change(value, None) == Change(Op.ADD, value, None)


A, B = role("1", "a", "A"), role("2", "b", "B")


@pytest.mark.parametrize(
    ("form", "wanted", "current", "op"),
    [
        (RoleForm.ADDITIVE, (A,), None, Op.ADD),
        (RoleForm.ADDITIVE, (A,), [{"value": "a"}, {"value": "z"}], None),
        (RoleForm.ADDITIVE, (A, B), [{"value": "a"}], Op.ADD),
        (RoleForm.ASSERTIVE, (A,), [{"value": "a"}, {"value": "z"}], Op.REPLACE),
        (RoleForm.ASSERTIVE, (A, B), [{"value": "b"}, {"value": "a"}], None),
        (RoleForm.ASSERTIVE, (), [{"value": "a"}], Op.REPLACE),
        (RoleForm.ASSERTIVE, (), None, None),
        (RoleForm.ASSERTIVE, (A,), None, Op.REPLACE),
    ],
)
def test_roles_are_added_or_replaced_by_the_function_that_made_them(
    form: RoleForm, wanted: Native, current: Json, op: Op | None
) -> None:
    """entra-client 8.7.3, 8.7.4."""
    found = change(_value(wanted, "roles", AttributeDefinition("roles", multivalued=True), roles=form), current)

    assert (found.op if found else None) is op
