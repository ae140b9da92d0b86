"""Each tolerance is a named rewrite into standard SCIM (product.md 6.1, 6.2, 6.4)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from entrant.scim.leniency import (
    ENTRA,
    ENTRA_CLASSIC,
    ENTRA_FLAG,
    GENERIC,
    OKTA,
    STRICT,
    Tolerances,
    spelling,
    tolerate_filter,
    tolerate_patch,
    tolerate_resource,
)
from entrant.scim.parser import parse_filter
from entrant.scim.schema import ENTERPRISE_URN
from entrant.scim.schemas import GROUP, USER
from entrant.scim.wire import Json

NAMES = [each.name for each in structs.fields(Tolerances)]


def op(op: str, path: str | None = None, **more: Json) -> Json:
    """A PatchOp of one operation."""
    return {"Operations": [{"op": op, **({} if path is None else {"path": path}), **more}]}


PATCHES: list[tuple[str, Json, Json]] = [
    ("names_in_any_case", {"operations": [{"OP": "remove", "Path": "title"}]}, op("remove", "title")),
    ("op_in_any_case", op("Replace", "title", value="x"), op("replace", "title", value="x")),
    ("boolean_as_text", op("replace", "active", value="False"), op("replace", "active", value=False)),
    ("boolean_as_text", op("replace", 'roles[primary eq "True"].value', value="x"), op("replace", "roles[primary eq true].value", value="x")),
    ("text_for_complex", op("add", f"{ENTERPRISE_URN}:manager", value="1"), op("add", f"{ENTERPRISE_URN}:manager", value={"value": "1"})),
    ("list_around_single", op("replace", "title", value=["x"]), op("replace", "title", value="x")),
    ("empty_clears", op("replace", "title", value=""), op("remove", "title")),
    ("remove_with_value", op("remove", "title", value="x"), op("remove", "title")),
    ("remove_with_value", op("remove", "emails", value=[{"value": "a"}]), op("remove", 'emails[value eq "a"]')),
    ("flat_keys", op("replace", value={"name.givenName": "x"}), op("replace", "name.givenName", value="x")),
    ("urn_with_dot", op("replace", f"{ENTERPRISE_URN}.department", value="x"), op("replace", f"{ENTERPRISE_URN}:department", value="x")),
    ("extension_without_urn", op("replace", "department", value="x"), op("replace", f"{ENTERPRISE_URN}:department", value="x")),
    ("filter_on_single", op("remove", f'{ENTERPRISE_URN}:manager[value eq "1"]'), op("remove", f"{ENTERPRISE_URN}:manager")),
    ("read_only_ignored", op("replace", value={"id": "1", "title": "x"}), op("replace", value={"title": "x"})),
]  # fmt: skip


@pytest.mark.parametrize(("name", "sent", "standard"), PATCHES)
def test_a_patch_is_rewritten_and_the_tolerance_named(name: str, sent: Json, standard: Json) -> None:
    rewritten, used = tolerate_patch(sent, USER, GENERIC)

    assert rewritten == standard
    assert used == (name,)


def test_every_tolerance_has_an_example() -> None:
    assert {name for name, _, _ in PATCHES} | {"number_as_text"} == set(NAMES)


@pytest.mark.parametrize(("name", "sent", "standard"), PATCHES)
def test_without_the_tolerance_the_message_stays_for_the_core_to_judge(name: str, sent: Json, standard: Json) -> None:
    rewritten, used = tolerate_patch(sent, USER, structs.replace(GENERIC, **{name: False}))

    assert rewritten != standard or name == "read_only_ignored"
    assert name not in used


@pytest.mark.parametrize(
    ("sent", "standard", "names"),
    [
        ({"userName": "a", "active": "True"}, {"userName": "a", "active": True}, ("boolean_as_text",)),
        (
            {"emails": [{"value": "x", "primary": "true"}]},
            {"emails": [{"value": "x", "primary": True}]},
            ("boolean_as_text",),
        ),
        ({ENTERPRISE_URN: {"manager": "1"}}, {ENTERPRISE_URN: {"manager": {"value": "1"}}}, ("text_for_complex",)),
        ({"name.givenName": "x"}, {"name": {"givenName": "x"}}, ("flat_keys",)),
        ({f"{ENTERPRISE_URN}:department": "x"}, {ENTERPRISE_URN: {"department": "x"}}, ("flat_keys",)),
    ],
)
def test_a_resource_is_rewritten(sent: Json, standard: Json, names: tuple[str, ...]) -> None:
    assert tolerate_resource(sent, USER, ENTRA) == (standard, names)


@pytest.mark.parametrize(
    "value", [[{"value": "1"}], {"value": "1"}, ["1"], "1"], ids=["list", "object", "list of text", "text"]
)
def test_members_come_in_many_forms(value: Json) -> None:
    """Entra-client 22.34."""
    rewritten, _ = tolerate_patch(op("add", "members", value=value), GROUP, ENTRA)

    assert rewritten["Operations"][0]["value"] in ([{"value": "1"}], {"value": "1"})


@pytest.mark.parametrize(
    ("sent", "standard", "names"),
    [
        ('active eq "True"', "active eq true", ("boolean_as_text",)),
        ('manager eq "1"', f'{ENTERPRISE_URN}:manager eq "1"', ("extension_without_urn",)),
        ('userName eq "x"', 'userName eq "x"', ()),
        (
            'not (manager.value eq "1") and id eq "2"',
            f'not ({ENTERPRISE_URN}:manager.value eq "1") and id eq "2"',
            ("extension_without_urn",),
        ),
    ],
)
def test_a_filter_is_rewritten(sent: str, standard: str, names: tuple[str, ...]) -> None:
    assert tolerate_filter(parse_filter(sent), USER, ENTRA) == (parse_filter(standard), names)


STANDARD = st.fixed_dictionaries(
    {
        "Operations": st.lists(
            st.builds(
                lambda o, p, v: {"op": o, "path": p, "value": v},
                st.sampled_from(["add", "replace"]),
                st.sampled_from(["title", "name.givenName", f"{ENTERPRISE_URN}:department", "nickName"]),
                st.text(min_size=1),
            )
            | st.builds(lambda p: {"op": "remove", "path": p}, st.sampled_from(["title", 'emails[type eq "work"]'])),
            max_size=4,
        )
    }
)


@given(STANDARD, st.sampled_from([ENTRA, OKTA, GENERIC, STRICT]))
def test_a_standard_message_goes_through_unchanged(message: Json, tolerances: Tolerances) -> None:
    assert tolerate_patch(message, USER, tolerances) == (message, ())


@pytest.mark.parametrize(("name", "sent", "standard"), PATCHES)
def test_a_strict_connection_rewrites_nothing(name: str, sent: Json, standard: Json) -> None:
    assert name in NAMES
    assert standard != sent
    assert tolerate_patch(sent, USER, STRICT) == (sent, ())


@pytest.mark.parametrize(
    ("message", "dialect"),
    [
        (op("Replace", "title", value="x"), ENTRA_CLASSIC),
        (op("replace", value={"name.givenName": "x"}), ENTRA_FLAG),
        (op("remove", 'members[value eq "1"]'), ENTRA_FLAG),
        (op("replace", "title", value="x"), None),
        (None, None),
        ({"Operations": "x"}, None),
    ],
)
def test_the_dialect_is_told_from_the_message(message: Json, dialect: str | None) -> None:
    """Product 6.4."""
    assert spelling(message) == dialect


@given(
    st.recursive(
        st.none() | st.booleans() | st.text() | st.integers(), lambda s: st.lists(s) | st.dictionaries(st.text(), s)
    )
)
def test_whatever_comes_is_rewritten_without_an_error(message: Json) -> None:
    tolerate_patch({"Operations": [message]}, USER, GENERIC)
    tolerate_resource(message, USER, GENERIC)
    spelling(message)
