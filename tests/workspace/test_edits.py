"""What requests do to the members of a group, as one edit (product.md 3.2, 5.3)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrant.scim.errors import InvalidPath, InvalidValue, ScimError
from entrant.scim.patch import parse_operations
from entrant.scim.wire import Json
from entrant.workspace.edits import EMPTY, MemberEdit, edit_of, split_members


def edit(*operations: Json) -> MemberEdit:
    """The edit that PATCH operations come to."""
    return split_members(parse_operations({"Operations": list(operations)}))[0]


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
        {"Operations": [{"op": "replace", "value": {"displayName": "x", "members": [{"value": "a"}]}}]}
    )

    made, rest = split_members(operations)

    assert made == MemberEdit(clear=True, add=frozenset("a"))
    assert [o.value for o in rest] == [{"displayName": "x"}]


@pytest.mark.parametrize(
    ("operation", "error"),
    [
        ({"op": "add", "path": "members", "value": [{"display": "a"}]}, InvalidValue),
        ({"op": "add", "path": "members", "value": [{"value": ""}]}, InvalidValue),
        ({"op": "add", "path": "members", "value": [{"value": 5}]}, InvalidValue),
        ({"op": "replace", "path": "members.value", "value": "a"}, InvalidPath),
        ({"op": "replace", "path": 'members[value eq "a"]', "value": "b"}, InvalidPath),
        ({"op": "remove", "path": 'members[display eq "a"]'}, InvalidPath),
        ({"op": "remove", "path": 'members[not (value eq "a")]'}, InvalidPath),
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
