"""What requests do to the members of a group, as one edit (product.md 3.2, 5.3)."""

from __future__ import annotations

from collections.abc import Collection

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrant.scim.errors import InvalidFilter, InvalidSyntax, InvalidValue, Mutability, ScimError
from entrant.scim.operations import parse_operations
from entrant.scim.resource import Unknown
from entrant.scim.schema import GROUP_URN
from entrant.scim.schemas import GROUP
from entrant.scim.wire import Json
from entrant.workspace.edits import EMPTY, MemberEdit, MemberFilter, Step, edit_of, settle, split_members


def steps(*operations: Json) -> tuple[Step, ...]:
    """The steps that PATCH operations come to, to the letter of the RFC."""
    return split_members(parse_operations({"Operations": list(operations)}, GROUP).operations, Unknown.REFUSE)[0]


def edit(*operations: Json) -> MemberEdit:
    """The edit that PATCH operations come to, which name members by their ids."""
    return settle(steps(*operations), lambda _filter, _added: pytest.fail("the ids are named"))


def after(members: frozenset[str], made: MemberEdit) -> frozenset[str]:
    """The members after an edit, to the letter of its docstring."""
    return ((frozenset() if made.clear else members) - made.remove) | made.add


ADD_A = {"op": "add", "path": "members", "value": [{"value": "a"}]}


@pytest.mark.parametrize(
    ("operations", "expected"),
    [
        ([ADD_A], MemberEdit(add=frozenset("a"))),
        ([{"op": "add", "value": {"members": [{"value": "a"}, {"value": "b"}]}}], MemberEdit(add=frozenset("ab"))),
        ([{"op": "remove", "path": "members", "value": [{"value": "a"}]}], MemberEdit(remove=frozenset("a"))),
        ([{"op": "remove", "path": 'members[value eq "a"]'}], MemberEdit(remove=frozenset("a"))),
        ([{"op": "remove", "path": 'MEMBERS[VALUE eq "a" or value eq "b"]'}], MemberEdit(remove=frozenset("ab"))),
        ([{"op": "remove", "path": "members"}], MemberEdit(clear=True)),
        ([{"op": "remove", "path": "members", "value": []}], EMPTY),
        ([{"op": "add", "path": "members", "value": []}], EMPTY),
        ([{"op": "add", "path": "members", "value": None}], EMPTY),
        ([{"op": "add", "value": {"members": None}}], EMPTY),
        ([{"op": "replace", "path": "members", "value": None}], MemberEdit(clear=True)),
        (
            [{"op": "add", "path": f"{GROUP_URN}:MEMBERS", "value": [{"VALUE": "a", "Type": "User"}]}],
            MemberEdit(add=frozenset("a")),
        ),
        ([{"op": "remove", "path": "members", "value": [{"VALUE": "a"}]}], MemberEdit(remove=frozenset("a"))),
        ([{"op": "replace", "path": "members", "value": [{"value": "a"}]}], MemberEdit(clear=True, add=frozenset("a"))),
        ([{"op": "replace", "path": "members", "value": []}], MemberEdit(clear=True)),
        ([ADD_A, {"op": "remove", "path": 'members[value eq "a"]'}], MemberEdit(remove=frozenset("a"))),
        ([{"op": "remove", "path": "members"}, ADD_A], MemberEdit(clear=True, add=frozenset("a"))),
        ([{"op": "remove", "path": 'members[value eq "a"]'}, ADD_A], MemberEdit(add=frozenset("a"))),
        ([{"op": "replace", "path": "displayName", "value": "x"}], EMPTY),
    ],
)
def test_operations_come_to_one_edit(operations: list[Json], expected: MemberEdit) -> None:
    assert edit(*operations) == expected


def test_what_is_not_about_members_is_left() -> None:
    operations = parse_operations(
        {"Operations": [{"op": "replace", "value": {"displayName": "x", "members": [{"value": "a"}]}}]}, GROUP
    ).operations

    made, rest = split_members(operations, Unknown.REFUSE)

    assert made == (MemberEdit(clear=True, add=frozenset("a")),)
    assert [(o.target.attribute.name, o.value) for o in rest] == [("displayName", "x")]


@pytest.mark.parametrize(
    ("operation", "error"),
    [
        ({"op": "add", "path": "members", "value": [{"display": "a"}]}, InvalidValue),
        ({"op": "add", "path": "members", "value": [{"value": ""}]}, InvalidValue),
        ({"op": "add", "path": "members", "value": [{"value": 5}]}, InvalidValue),
        ({"op": "add", "path": "members", "value": [{"id": "a"}]}, InvalidSyntax),
        ({"op": "replace", "path": "members", "value": [{}]}, InvalidValue),
        ({"op": "add", "path": "members", "value": {"value": "a"}}, InvalidValue),
        ({"op": "add", "path": "members", "value": [{"value": "a", "bogus": 1}]}, InvalidSyntax),
        ({"op": "remove", "path": "members", "value": [{"value": "a", "bogus": 1}]}, InvalidSyntax),
        ({"op": "remove", "path": "members", "value": "a"}, InvalidValue),
        ({"op": "replace", "path": "members.value", "value": "a"}, Mutability),
        ({"op": "remove", "path": "members.value"}, Mutability),
        ({"op": "replace", "path": 'members[value eq "a"]', "value": {"value": "b"}}, Mutability),
        ({"op": "remove", "path": 'members[bogus eq "a"]'}, InvalidFilter),
        ({"op": "remove", "path": "members[value eq 5]"}, InvalidFilter),
    ],
)
def test_what_names_no_member_is_refused(operation: Json, error: type[ScimError]) -> None:
    with pytest.raises(error):
        edit(operation)


IDS = st.frozensets(st.sampled_from("abcd"))
EDITS = st.builds(lambda c, r, a: MemberEdit(c, frozenset() if c else r - a, a), st.booleans(), IDS, IDS)


@given(IDS, EDITS, EDITS, EDITS)
def test_edits_compose(members: frozenset[str], one: MemberEdit, two: MemberEdit, three: MemberEdit) -> None:
    assert after(members, one.then(two)) == after(after(members, one), two)
    assert one.then(two).then(three) == one.then(two.then(three))
    assert EMPTY.then(one) == one.then(EMPTY) == one


OPERATION = st.one_of(
    st.builds(lambda op, ids: {"op": op, "path": "members", "value": [{"value": i} for i in sorted(ids)]},
              st.sampled_from(["add", "remove", "replace"]), IDS),
    st.builds(lambda i: {"op": "remove", "path": f'members[value eq "{i}"]'}, st.sampled_from("abcd")),
    st.just({"op": "remove", "path": "members"}),
)  # fmt: skip


def naive(members: set[str], operation: Json) -> set[str]:
    """One operation on a plain set."""
    if "[" in operation["path"]:
        return members - {operation["path"].split('"')[1]}
    ids = {v["value"] for v in operation.get("value", [])}
    if operation["op"] == "remove":
        return members - ids if "value" in operation else set()
    return (set() if operation["op"] == "replace" else members) | ids


@given(IDS, st.lists(OPERATION, min_size=1, max_size=6))
def test_the_edit_does_what_the_operations_do_one_by_one(members: frozenset[str], operations: list[Json]) -> None:
    expected = set(members)
    for operation in operations:
        expected = naive(expected, operation)

    assert after(members, edit(*operations)) == expected


def test_a_list_of_members_is_an_edit() -> None:
    assert edit_of([{"value": "a"}, {"value": "a"}]) == MemberEdit(add=frozenset("a"))


WHO = {"a": "User", "b": "User", "c": "Group", "d": "Group"}
CONDITIONS: list[tuple[str, frozenset[str] | None, str]] = [
    ('value eq "a" and type eq "User"', frozenset("a"), "a"),
    ('VALUE eq "a" and TYPE eq "group"', frozenset("a"), ""),
    ('type eq "Group"', None, "cd"),
    ('not (value eq "a")', None, "bcd"),
    ("value pr", None, "abcd"),
    ('value eq "a" or type eq "Group"', None, "acd"),
    ('value eq "a" and (type eq "Group" or $ref ew "/a")', frozenset("a"), "a"),
    ('(value eq "a" or value eq "c") and type eq "User"', frozenset("ac"), "a"),
    ('value sw "a"', None, "a"),
]


@pytest.mark.parametrize(("condition", "ids", "chosen"), CONDITIONS)
def test_a_filter_chooses_by_the_whole_grammar(condition: str, ids: frozenset[str] | None, chosen: str) -> None:
    """Product 6.7; RFC 7644 §3.5.2: what is chosen depends on who is there, so that it is asked for at its place."""
    made = steps(
        {"op": "add", "path": "members", "value": [{"value": "z"}]}, {"op": "remove", "path": f"members[{condition}]"}
    )
    filters = [step for step in made if isinstance(step, MemberFilter)]

    def choose(filter_: MemberFilter, added: Collection[str]) -> list[str]:
        assert list(added) == ["z"]
        return [i for i, kind in WHO.items() if filter_.chosen({"value": i, "type": kind, "$ref": f"x/{kind}s/{i}"})]

    assert [each.ids for each in filters] == [ids]
    assert settle(made, choose) == MemberEdit(remove=frozenset(chosen), add=frozenset("z"))
    assert not any(each.by_display for each in filters)


def test_a_filter_on_the_name_is_known_as_such() -> None:
    (made,) = steps({"op": "remove", "path": 'members[value eq "a" and not (Display eq "Ada")]'})

    assert isinstance(made, MemberFilter)
    assert made.by_display
