"""PATCH to the letter of RFC 7644 §3.5.2: operations in order, all or none."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrant.scim.errors import (
    InvalidFilter,
    InvalidPath,
    InvalidSyntax,
    InvalidValue,
    Mutability,
    NoTarget,
    PayloadTooLarge,
    ScimError,
)
from entrant.scim.operations import LETTER, MAX_OPERATIONS, PATCH_URN, Policy, parse_operations
from entrant.scim.patch import apply
from entrant.scim.resource import Unknown, parse_resource
from entrant.scim.schema import ENTERPRISE_URN, USER_URN, Resource
from entrant.scim.schemas import USER
from entrant.scim.wire import Json

WORK = {"value": "a@work", "type": "work", "primary": True}
HOME = {"value": "a@home", "type": "home"}
ADA: Resource = {
    "schemas": [USER_URN, ENTERPRISE_URN],
    "userName": "ada",
    "title": "Clerk",
    "name": {"givenName": "Ada", "familyName": "L"},
    "emails": [WORK, HOME],
    ENTERPRISE_URN: {"department": "R&D", "employeeNumber": "1"},
}


TOLERANT = Policy(drop_unknown=True, skip_read_only=True, test_single=True, create_unmatched=True)
MANAGER = {"value": "m1", "$ref": "../Users/m1"}
MANAGED: Resource = ADA | {ENTERPRISE_URN: {"manager": MANAGER}}


def patch(*operations: Json, policy: Policy = LETTER, on: Resource = ADA) -> Resource:
    """ADA after the operations."""
    return apply(parse_operations({"Operations": list(operations)}, USER, policy).operations, on, USER, policy)


def add(path: str | None, value: Json) -> Json:
    return {"op": "add", "path": path, "value": value} if path else {"op": "add", "value": value}


def replace(path: str | None, value: Json) -> Json:
    return {"op": "replace", "path": path, "value": value} if path else {"op": "replace", "value": value}


def remove(path: str) -> Json:
    return {"op": "remove", "path": path}


@pytest.mark.parametrize(
    ("operation", "changed"),
    [
        (add("nickName", "A"), {"nickName": "A"}),
        (add("title", "Head"), {"title": "Head"}),
        (add("NAME.MIDDLENAME", "B"), {"name": {"givenName": "Ada", "familyName": "L", "middleName": "B"}}),
        (add("name", {"middleName": "B"}), {"name": {"givenName": "Ada", "familyName": "L", "middleName": "B"}}),
        (add("emails", [{"value": "n"}]), {"emails": [WORK, HOME, {"value": "n"}]}),
        (add("title", None), {}),
        (add("emails", None), {}),
        (add("emails", []), {}),
        (add("name", {}), {}),
        (add("emails", [None]), {}),
        (add(None, {"title": None, "emails": [], "name": None, ENTERPRISE_URN: None}), {}),
        (add('emails[type eq "home"]', None), {}),
        (add(ENTERPRISE_URN, None), {}),
        (replace("name", {}), {}),
        (replace("name", {"givenName": None}), {"name": {"familyName": "L"}}),
        (replace(ENTERPRISE_URN, None), {ENTERPRISE_URN: None, "schemas": [USER_URN]}),
        (replace(None, {ENTERPRISE_URN: None}), {ENTERPRISE_URN: None, "schemas": [USER_URN]}),
        (add("schemas", ["urn:x"]), {}),
        (add("emails", [HOME]), {"emails": [WORK, HOME]}),
        (add("emails", [{"value": "n", "primary": True}]), {"emails": [WORK | {"primary": False}, HOME, {"value": "n", "primary": True}]}),
        (add('emails[type eq "home"].display', "H"), {"emails": [WORK, HOME | {"display": "H"}]}),
        (add(None, {"title": "Head", "name": {"middleName": "B"}}), {"title": "Head", "name": {"givenName": "Ada", "familyName": "L", "middleName": "B"}}),
        (add(f"{ENTERPRISE_URN}:costCenter", "9"), {ENTERPRISE_URN: {"department": "R&D", "employeeNumber": "1", "costCenter": "9"}}),
        (add(ENTERPRISE_URN, {"costCenter": "9"}), {ENTERPRISE_URN: {"department": "R&D", "employeeNumber": "1", "costCenter": "9"}}),
        (add(None, {ENTERPRISE_URN: {"costCenter": "9"}}), {ENTERPRISE_URN: {"department": "R&D", "employeeNumber": "1", "costCenter": "9"}}),
        (add(f"{USER_URN}:title", "Head"), {"title": "Head"}),
        (replace("title", "Head"), {"title": "Head"}),
        (replace("nickName", "A"), {"nickName": "A"}),
        (replace("name", {"givenName": "B"}), {"name": {"givenName": "B", "familyName": "L"}}),
        (replace("emails", [{"value": "n"}]), {"emails": [{"value": "n"}]}),
        (replace("emails.value", "same"), {"emails": [WORK | {"value": "same"}, HOME | {"value": "same"}]}),
        (replace('emails[type eq "work"].value', "n"), {"emails": [WORK | {"value": "n"}, HOME]}),
        (replace('emails[type eq "home"]', {"value": "n"}), {"emails": [WORK, {"type": "home", "value": "n"}]}),
        (replace('emails[type eq "home"].primary', True), {"emails": [WORK | {"primary": False}, HOME | {"primary": True}]}),
        (replace(None, {"title": "Head", "emails": [HOME]}), {"title": "Head", "emails": [HOME]}),
        (replace(ENTERPRISE_URN, {"costCenter": "9"}), {ENTERPRISE_URN: {"costCenter": "9"}}),
        (replace("title", None), {"title": None}),
        (remove("title"), {"title": None}),
        (remove("nickName"), {}),
        (remove("name.givenName"), {"name": {"familyName": "L"}}),
        (remove("emails"), {"emails": None}),
        (remove('emails[type eq "home"]'), {"emails": [WORK]}),
        (remove('emails[type eq "home"].value'), {"emails": [WORK]}),
        (remove('emails[value ew "home" or value ew "work"]'), {"emails": None}),
        (remove(f"{ENTERPRISE_URN}:department"), {ENTERPRISE_URN: {"employeeNumber": "1"}}),
        (remove(ENTERPRISE_URN), {ENTERPRISE_URN: None, "schemas": [USER_URN]}),
    ],
)  # fmt: skip
def test_one_operation(operation: Json, changed: Resource) -> None:
    expected = {name: value for name, value in {**ADA, **changed}.items() if value is not None}

    assert patch(operation) == expected


def test_operations_are_done_in_order() -> None:
    result = patch(
        remove("emails"), add("emails", [HOME]), replace('emails[type eq "home"].value', "x"), remove("title")
    )

    assert result["emails"] == [HOME | {"value": "x"}]
    assert "title" not in result


@pytest.mark.parametrize(
    ("operation", "error"),
    [
        (add("nope", 1), InvalidSyntax),
        (add("name.nope", 1), InvalidSyntax),
        (add("urn:nobody:knows:this", 1), InvalidSyntax),
        (add("title", 5), InvalidValue),
        (add("name", "Ada"), InvalidValue),
        (add("active", "yes"), InvalidValue),
        (add("emails", [{"value": 5}]), InvalidValue),
        (add("emails", {"value": "n"}), InvalidValue),
        (add("emails", "n"), InvalidValue),
        (replace('emails[type eq "work"]', [{"value": "n"}]), InvalidValue),
        (add(None, {USER_URN: {"title": "x"}}), InvalidSyntax),
        (add(USER_URN, {"title": "x"}), InvalidSyntax),
        (add(None, {"name.givenName": "x"}), InvalidSyntax),
        (remove('title[value eq "Clerk"]'), InvalidPath),
        (replace('emails[nope eq "x"].value', "x"), InvalidFilter),
        (add("id", "x"), Mutability),
        (add("meta.version", "x"), Mutability),
        (replace("groups", []), Mutability),
        (remove("userName"), Mutability),
        (replace("userName", ""), InvalidValue),
        (replace('emails[type eq "other"].value', "x"), NoTarget),
        (remove('emails[type eq "other"]'), NoTarget),
        (replace('title[type eq "x"]', "x"), InvalidPath),
        (add("title eq", 1), InvalidPath),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused_and_changes_nothing(operation: Json, error: type[ScimError]) -> None:
    before = copy.deepcopy(ADA)

    with pytest.raises(error):
        patch(replace("title", "changed first"), operation)

    assert before == ADA


@pytest.mark.parametrize(
    ("message", "error"),
    [
        (None, InvalidSyntax),
        ({}, InvalidSyntax),
        ({"Operations": []}, InvalidSyntax),
        ({"Operations": {}}, InvalidSyntax),
        ({"Operations": ["add"]}, InvalidSyntax),
        ({"Operations": [{"op": "move", "path": "a", "value": 1}]}, InvalidSyntax),
        ({"Operations": [{"path": "title", "value": 1}]}, InvalidSyntax),
        ({"Operations": [{"op": "remove"}]}, NoTarget),
        ({"Operations": [{"op": "add", "path": "title"}]}, InvalidValue),
        ({"Operations": [{"op": "add", "value": "text"}]}, InvalidValue),
        ({"Operations": [{"op": "add", "path": 5, "value": 1}]}, InvalidPath),
        ({"Operations": [remove("title")] * (MAX_OPERATIONS + 1)}, PayloadTooLarge),
    ],
)
def test_what_is_no_patch_is_refused(message: Json, error: type[ScimError]) -> None:
    with pytest.raises(error):
        parse_operations(message, USER)


def test_the_interoperability_profile_wants_paths() -> None:
    with pytest.raises(InvalidSyntax):
        parse_operations({"Operations": [add(None, {"title": "x"})]}, USER, Policy(without_path=False))


def test_unknown_attributes_can_be_dropped_instead() -> None:
    """Product 6.3."""
    read = parse_operations(
        {"Operations": [add("nope", 1), add(None, {"alsoNot": 1, "title": "T"})]}, USER, Policy(drop_unknown=True)
    )

    assert apply(read.operations, ADA, USER) == ADA | {"title": "T"}
    assert read.notes.dropped == ["nope", "alsoNot"]


@pytest.mark.parametrize(
    "operation",
    [
        replace("name", {"nope": 1}),
        replace(None, {"name": {"nope": 1}}),
        replace(None, {ENTERPRISE_URN: {"manager": {"displayName": "Boss"}}}),
        replace("emails", [{"nope": 1}]),
        replace('emails[type eq "work"]', {"nope": 1}),
        add('emails[type eq "work"]', {"nope": 1}),
        replace(f"{ENTERPRISE_URN}:manager.displayName", "Boss"),
        replace(None, {"id": "x", "meta": {"version": "1"}}),
    ],
)
def test_a_value_with_nothing_that_can_be_written_takes_nothing_away(operation: Json) -> None:
    """Product 6.3, 6.5."""
    assert patch(operation, policy=TOLERANT, on=MANAGED) == MANAGED


@pytest.mark.parametrize(
    ("operation", "manager"),
    [
        (remove(f'{ENTERPRISE_URN}:manager[value eq "m1"]'), None),
        (remove(f'{ENTERPRISE_URN}:manager[value eq "old"]'), MANAGER),
        (remove(f'{ENTERPRISE_URN}:manager[value eq "old"].$ref'), MANAGER),
        (remove(f'{ENTERPRISE_URN}:manager[not (value eq "old")]'), None),
        (replace(f'{ENTERPRISE_URN}:manager[value eq "m1"].value', "m2"), MANAGER | {"value": "m2"}),
        (remove(f"{ENTERPRISE_URN}:manager.value"), None),
        (remove(f"{ENTERPRISE_URN}:manager.$ref"), {"value": "m1"}),
    ],
)
def test_a_condition_on_a_single_value_is_tested(operation: Json, manager: Json) -> None:
    """Product 6.5; entra-client 8.6.6."""
    after = patch(operation, policy=TOLERANT, on=MANAGED)

    assert after.get(ENTERPRISE_URN, {}).get("manager") == manager


@pytest.mark.parametrize("operation", [add, replace])
def test_a_single_value_that_the_condition_does_not_fit_is_not_changed(operation: Callable[[str, Json], Json]) -> None:
    """Product 6.5: the change is for somebody whose given name is another."""
    with pytest.raises(NoTarget):
        patch(operation('name[givenName eq "x"].familyName', "Y"), policy=TOLERANT)


def test_a_strict_message_has_schemas_and_nothing_that_the_rfc_does_not_know() -> None:
    """Product 6.5."""
    letter = Policy(without_schemas=False)
    operation = add("title", "x")
    standard = {"schemas": [PATCH_URN], "Operations": [operation]}

    assert parse_operations(standard, USER, letter).operations
    for message in (
        {"Operations": [operation]},
        {"schemas": PATCH_URN, "Operations": [operation]},
        {"schemas": [USER_URN], "Operations": [operation]},
        {"schemas": [PATCH_URN, "urn:other"], "Operations": [operation]},
        {**standard, "more": 1},
        {**standard, "Operations": [{**operation, "more": 1}]},
        {"schemas": [PATCH_URN], "operations": [operation]},
    ):
        with pytest.raises(InvalidSyntax):
            parse_operations(message, USER, letter)


@pytest.mark.parametrize(
    ("path", "made"),
    [
        ('phoneNumbers[type eq "fax"].value', {"type": "fax", "value": "x"}),
        ('phoneNumbers[type eq "fax" and primary eq true].value', {"type": "fax", "primary": True, "value": "x"}),
        ('phoneNumbers[TYPE eq "fax"].value', {"type": "fax", "value": "x"}),
        ("phoneNumbers[type eq null].value", {"value": "x"}),
        ('phoneNumbers[not (type eq "fax")].value', {"value": "x"}),
    ],
)
def test_a_value_that_is_missing_can_be_made_from_its_filter(path: str, made: Json) -> None:
    """Entra-client 22.19."""
    for operation in (add(path, "x"), replace(path, "x")):
        assert patch(operation, policy=TOLERANT)["phoneNumbers"] == [made]
    assert patch(remove(path), policy=TOLERANT) == ADA


VALUES = st.sampled_from(["x", "", None, True, 5, [], {}, [WORK], [HOME, WORK], WORK, {"givenName": "B"}, "work"])
PATHS = st.sampled_from(
    ["title", "userName", "name", "name.givenName", "emails", "emails.value", 'emails[type eq "work"]', "active",
     'emails[type eq "work"].value', "emails[primary eq true].type", f"{ENTERPRISE_URN}:department", ENTERPRISE_URN,
     f"{ENTERPRISE_URN}:manager", f"{ENTERPRISE_URN}:manager.value", "phoneNumbers", "id", "nope"]
)  # fmt: skip
OPERATIONS = st.lists(
    st.builds(lambda op, path, value: {"op": op, "path": path, "value": value}, st.sampled_from(["add", "replace", "remove"]), PATHS, VALUES)
    | st.builds(lambda op, value: {"op": op, "value": value}, st.sampled_from(["add", "replace"]), st.dictionaries(PATHS, VALUES)),
    min_size=1,
    max_size=4,
)  # fmt: skip


@given(OPERATIONS, st.builds(Policy, st.booleans(), st.booleans(), st.booleans(), st.booleans()))
def test_what_comes_out_is_a_valid_resource_and_what_went_in_is_untouched(
    operations: list[Json], policy: Policy
) -> None:
    before = copy.deepcopy(ADA)
    try:
        after = patch(*operations, policy=policy)
    except ScimError:
        pass
    else:
        assert parse_resource(after, USER, Unknown.REFUSE).resource == after
    assert before == ADA
