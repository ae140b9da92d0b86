"""Each tolerance is a named rewrite into standard SCIM: examples (product.md 6.1, 6.2, 6.4). The law is next door."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from entrant.scim.dialect import ENTRA_CLASSIC, ENTRA_FLAG, spelling
from entrant.scim.errors import ScimError
from entrant.scim.filter import check
from entrant.scim.leniency import (
    ENTRA,
    GENERIC,
    OKTA,
    STRICT,
    Tolerances,
    tolerate_filter,
    tolerate_patch,
    tolerate_resource,
)
from entrant.scim.operations import Operation, Patch, parse_operations
from entrant.scim.parser import parse_filter
from entrant.scim.resource import Unknown, parse_resource
from entrant.scim.schema import ENTERPRISE_URN, USER_URN, Attribute, Schema, Type
from entrant.scim.schemas import GROUP, USER, user_type
from entrant.scim.wire import Json

NAMES = [each.name for each in structs.fields(Tolerances)]
PETS = "urn:example:pets:2.0:User"
OWNER = user_type(
    (Schema(PETS, "Pets", "", (Attribute("count", Type.INTEGER), Attribute("names", multi_valued=True))),)
)


def op(op: str, path: str | None = None, **more: Json) -> Json:
    """A PatchOp of one operation."""
    return {"Operations": [{"op": op, **({} if path is None else {"path": path}), **more}]}


def ops(*messages: Json) -> Json:
    """One PatchOp of several."""
    return {"Operations": [each for message in messages for each in message["Operations"]]}


def said(patch: Patch) -> list[tuple[object, ...]]:
    """What the operations say, comparably."""
    return [(o.op, o.target, o.condition, o.value if o.op != "remove" else None) for o in patch.operations]


MANAGER = f"{ENTERPRISE_URN}:manager"
PATCHES: list[tuple[str, Json, Json]] = [
    ("names_in_any_case", {"operations": [{"OP": "remove", "Path": "title"}]}, op("remove", "title")),
    ("op_in_any_case", op("Replace", "title", value="x"), op("replace", "title", value="x")),
    ("boolean_as_text", op("replace", "active", value="False"), op("replace", "active", value=False)),
    ("boolean_as_text", op("replace", 'roles[primary eq "True"].value', value="x"), op("replace", "roles[primary eq true].value", value="x")),
    ("number_as_text", op("add", f"{PETS}:count", value="7"), op("add", f"{PETS}:count", value=7)),
    ("number_for_text", op("add", "externalId", value=157663), op("add", "externalId", value="157663")),
    ("text_for_complex", op("add", MANAGER, value="1"), op("add", MANAGER, value={"value": "1"})),
    ("list_around_single", op("replace", "title", value=["x"]), op("replace", "title", value="x")),
    ("list_around_single", op("replace", 'emails[type eq "work"]', value=[{"value": "x"}]), op("replace", 'emails[type eq "work"]', value={"value": "x"})),
    ("value_in_object", op("replace", "title", value={"$ref": None, "Value": "x"}), op("replace", "title", value="x")),
    ("single_for_list", op("add", "emails", value={"value": "x"}), op("add", "emails", value=[{"value": "x"}])),
    ("single_for_list", op("add", f"{PETS}:names", value="Rex"), op("add", f"{PETS}:names", value=["Rex"])),
    ("empty_clears", op("replace", "title", value=""), op("remove", "title")),
    ("empty_clears", op("replace", "emails", value=""), op("remove", "emails")),
    ("empty_clears", op("replace", "name", value={"givenName": "", "familyName": "x"}), op("replace", "name", value={"givenName": None, "familyName": "x"})),
    ("remove_with_value", op("remove", "emails", value=[{"value": "a"}]), op("remove", 'emails[value eq "a"]')),
    ("remove_with_value", op("remove", "emails", value=[{"value": "a"}, {"type": "x"}, "b"]), ops(op("remove", 'emails[value eq "a"]'), op("remove", 'emails[value eq "b"]'))),
    ("remove_with_value", op("remove", "addresses", value=[{"type": "work", "country": "DE"}]), op("remove", 'addresses[type eq "work" and country eq "DE"]')),
    ("flat_keys", op("replace", value={"name.givenName": "x"}), op("replace", "name.givenName", value="x")),
    ("flat_keys", op("add", value={'emails[type eq "work"].value': "x"}), op("add", 'emails[type eq "work"].value', value="x")),
    ("flat_keys", op("replace", value={f"{ENTERPRISE_URN}:department": "x"}), op("replace", f"{ENTERPRISE_URN}:department", value="x")),
    ("flat_keys", op("replace", value={ENTERPRISE_URN: {"manager.value": "x"}}), op("replace", f"{MANAGER}.value", value="x")),
    ("urn_with_dot", op("replace", f"{ENTERPRISE_URN}.department", value="x"), op("replace", f"{ENTERPRISE_URN}:department", value="x")),
    ("urn_with_dot", op("replace", f"{ENTERPRISE_URN}.manager.value", value="x"), op("replace", f"{MANAGER}.value", value="x")),
    ("extension_without_urn", op("replace", "department", value="x"), op("replace", f"{ENTERPRISE_URN}:department", value="x")),
    ("core_urn", op("replace", value={USER_URN: {"active": False, "title": "x"}}), op("replace", value={"active": False, "title": "x"})),
    ("core_urn", op("add", USER_URN, value={"title": "x"}), op("add", value={"title": "x"})),
    ("empty_path", op("add", "", value={"title": "x"}), op("add", value={"title": "x"})),
    ("unquoted_text", op("remove", "emails[type eq work]"), op("remove", 'emails[type eq "work"]')),
    ("read_only_ignored", op("replace", value={"id": "1", "title": "x"}), op("replace", value={"title": "x"})),
    ("read_only_ignored", ops(op("replace", f"{MANAGER}.displayName", value="B"), op("add", "title", value="x")), op("add", "title", value="x")),
]  # fmt: skip


@pytest.mark.parametrize(("name", "sent", "standard"), PATCHES)
def test_a_patch_is_rewritten_and_the_tolerance_named(name: str, sent: Json, standard: Json) -> None:
    used: list[str] = []

    rewritten = tolerate_patch(sent, OWNER, GENERIC, used)

    assert said(rewritten) == said(parse_operations(standard, OWNER, structs.replace(GENERIC.policy, words=False)))
    assert set(used) - {"text_for_complex", "list_around_single"} <= {name}
    assert name in used


def test_every_tolerance_has_an_example() -> None:
    assert {name for name, _, _ in PATCHES} | {"filter_on_single"} == set(NAMES)


@pytest.mark.parametrize(("name", "sent", "standard"), PATCHES)
def test_without_the_tolerance_the_core_judges_the_message(name: str, sent: Json, standard: Json) -> None:
    tolerances = structs.replace(GENERIC, **{name: False})
    used: list[str] = []
    try:
        rewritten = tolerate_patch(sent, OWNER, tolerances, used)
    except ScimError:
        pass
    else:
        # What is no error is dropped, or has the meaning that the RFC gives it.
        kept = said(rewritten) != said(parse_operations(standard, OWNER, GENERIC.policy))
        assert kept or name in {"empty_clears", "remove_with_value"}
        assert rewritten.notes.dropped or name in {"empty_clears", "remove_with_value"}
    assert name not in used


@pytest.mark.parametrize(("name", "sent", "standard"), PATCHES)
def test_a_strict_connection_rewrites_nothing(name: str, sent: Json, standard: Json) -> None:
    assert name in NAMES
    assert standard != sent
    used: list[str] = []
    with pytest.raises(ScimError):
        tolerate_patch(sent, OWNER, STRICT, used)
    assert used == []


@pytest.mark.parametrize(
    ("sent", "standard", "names"),
    [
        ({"userName": "a", "active": "True"}, {"userName": "a", "active": True}, ["boolean_as_text"]),
        (
            {"userName": "a", "emails": [{"value": "x", "primary": "true"}]},
            {"userName": "a", "emails": [{"value": "x", "primary": True}]},
            ["boolean_as_text"],
        ),
        (
            {"userName": "a", ENTERPRISE_URN: {"manager": "1", "employeeNumber": 4711}},
            {"userName": "a", ENTERPRISE_URN: {"manager": {"value": "1"}, "employeeNumber": "4711"}},
            ["text_for_complex", "number_for_text"],
        ),
        ({"userName": "a", "name.givenName": "x"}, {"userName": "a", "name": {"givenName": "x"}}, ["flat_keys"]),
        (
            {"userName": "a", f"{ENTERPRISE_URN}:department": "x"},
            {"userName": "a", ENTERPRISE_URN: {"department": "x"}},
            ["flat_keys"],
        ),
        (
            {"userName": "a", "department": "x"},
            {"userName": "a", ENTERPRISE_URN: {"department": "x"}},
            ["extension_without_urn"],
        ),
        (
            {USER_URN: {"userName": "a", "active": "False", "name.givenName": "x"}, "emails": {"value": "y"}},
            {"userName": "a", "active": False, "name": {"givenName": "x"}, "emails": [{"value": "y"}]},
            ["core_urn", "boolean_as_text", "flat_keys", "single_for_list"],
        ),
        ({"userName": "a", "emails": [], "title": None, "groups": [], "id": 5}, {"userName": "a"}, []),
    ],
)
def test_a_resource_is_rewritten(sent: Json, standard: Json, names: list[str]) -> None:
    used: list[str] = []

    assert tolerate_resource(sent, USER, ENTRA, used) == parse_resource(standard, USER, Unknown.REFUSE)
    assert used == names


def test_what_the_schema_does_not_have_is_named() -> None:
    """Product 6.3, 6.5."""
    sent = {"userName": "a", "password": "p", "name": {"nope": 1, "givenName": "x"}, "urn:x:y": {"z": 1}}

    parsed = tolerate_resource(sent, USER, ENTRA, [])

    assert parsed.dropped == ["password", "name.nope", "urn:x:y"]


@pytest.mark.parametrize("tolerances", [ENTRA, OKTA, GENERIC])
@pytest.mark.parametrize(
    "value", [[{"value": "1"}], {"value": "1"}, ["1"], "1", [{"VALUE": "1"}], 1, [[{"value": "1"}]]]
)
@pytest.mark.parametrize("verb", ["add", "replace", "remove"])
def test_members_come_in_many_forms(verb: str, value: Json, tolerances: Tolerances) -> None:
    """Entra-client 22.34."""
    (made,) = tolerate_patch(op(verb, "members", value=value), GROUP, tolerances, []).operations

    assert isinstance(made, Operation)
    assert [{name.lower(): it for name, it in item.items()} for item in made.value] == [{"value": "1"}]


@pytest.mark.parametrize(
    ("sent", "standard", "names"),
    [
        ('active eq "True"', "active eq true", ["boolean_as_text"]),
        ("externalId eq 157663", 'externalId eq "157663"', ["number_for_text"]),
        ("userName sw ada@example.com", 'userName sw "ada@example.com"', ["unquoted_text"]),
        ("meta.created gt 2015-10-10T14:38:21Z", 'meta.created gt "2015-10-10T14:38:21Z"', ["unquoted_text"]),
        ("emails[type eq work and value co x]", 'emails[type eq "work" and value co "x"]', ["unquoted_text"]),
        ('manager eq "1"', f'{ENTERPRISE_URN}:manager eq "1"', ["extension_without_urn"]),
        (f'{ENTERPRISE_URN}.department eq "1"', f'{ENTERPRISE_URN}:department eq "1"', ["urn_with_dot"]),
        ('userName eq "x"', 'userName eq "x"', []),
        (f'{USER_URN}:userName eq "x"', f'{USER_URN}:userName eq "x"', []),
        (
            'not (manager.value eq "1") and id eq "2"',
            f'not ({ENTERPRISE_URN}:manager.value eq "1") and id eq "2"',
            ["extension_without_urn"],
        ),
    ],
)
def test_a_filter_is_rewritten(sent: str, standard: str, names: list[str]) -> None:
    used: list[str] = []

    assert tolerate_filter(parse_filter(sent, words=True), USER, ENTRA, used) == parse_filter(standard)
    assert used == names


@pytest.mark.parametrize("text", ["active eq yes", "emails.primary eq on", "externalId eq 1.50", "nope eq x"])
def test_a_word_that_is_no_text_is_refused(text: str) -> None:
    with pytest.raises(ScimError):
        check(tolerate_filter(parse_filter(text, words=True), USER, ENTRA, []), USER)


@pytest.mark.parametrize(
    ("message", "dialect"),
    [
        (op("Replace", "title", value="x"), ENTRA_CLASSIC),
        (op("replace", value={"name.givenName": "x"}), ENTRA_FLAG),
        (op("remove", 'members[value eq "1"]'), ENTRA_FLAG),
        (op("replace", "title", value="x"), None),
        ({"Operations": [{"op": ["Add"]}]}, None),
        (None, None),
        ({"Operations": "x"}, None),
    ],
)
def test_the_dialect_is_told_from_the_message(message: Json, dialect: str | None) -> None:
    """Product 6.4."""
    assert spelling(message) == dialect


JSON = st.recursive(
    st.none() | st.booleans() | st.text() | st.integers() | st.floats(allow_nan=False, allow_infinity=False),
    lambda s: (
        st.lists(s) | st.dictionaries(st.text() | st.sampled_from(["op", "path", "value", USER_URN, "members"]), s)
    ),
)


@given(JSON)
def test_whatever_comes_is_read_or_refused(message: Json) -> None:
    for tolerances in (GENERIC, STRICT):
        for read in (
            lambda tolerances: tolerate_patch({"Operations": [message]}, USER, tolerances, []),
            lambda tolerances: tolerate_resource(message, USER, tolerances, []),
        ):
            with suppress(ScimError):
                read(tolerances)
    spelling(message)
    spelling({"Operations": [message]})
