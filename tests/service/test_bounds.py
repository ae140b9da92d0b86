"""Each bound is a clear answer, and what is just within it is served, in bounded work (product 9.5; docs/bounds.md)."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote_plus

import pytest

from entrant.db.engine import Database
from entrant.scim import operations
from entrant.scim.bounds import MAX_COMPARISONS, MAX_JSON_DEPTH, is_deeper, parse_json
from entrant.scim.errors import InvalidSyntax
from entrant.scim.parser import MAX_DEPTH, MAX_NODES
from entrant.scim.wire import Json
from tests.support.idp import PATCH_OP, USER
from tests.support.workspaces import NewWorkspace, new_workspace


@pytest.fixture
def acme(database: Database) -> NewWorkspace:
    """An empty workspace."""
    return new_workspace(database)


def nested(pattern: str, leaf: str, levels: int) -> str:
    """A filter in which `pattern` holds itself, so many levels deep."""
    for _ in range(levels):
        leaf = pattern.format(leaf)
    return leaf


def wide(operator: str) -> Iterator[str]:
    """Chains as long as the parser takes, of terms of each kind."""
    for term in ('userName eq "a"', 'emails[type eq "work" and value eq "a"]', 'name.givenName co "a"', "title pr"):
        weight = 4 if "[" in term else 1
        yield f" {operator} ".join([term] * (MAX_NODES // (2 * weight)))


def deep() -> Iterator[str]:
    """Filters as deep as the parser takes, with the nested part at either end."""
    leaf = 'emails[type eq "work" and value co "a"]'
    for pattern in (
        "({0})",
        "not ({0})",
        "title pr or title pr and not ({0})",
        "not ({0}) and title pr or title pr",
        'emails[type eq "work"] or (emails[type eq "home"] and ({0}))',
    ):
        levels = MAX_DEPTH // (2 if pattern.count("(") > 1 else 1) - 1
        yield nested(pattern, leaf, levels)
    yield "emails[" + nested("type pr or type pr and not ({0})", 'value co "a"', MAX_DEPTH - 2) + "]"


def test_the_widest_and_the_deepest_filters_are_served(acme: NewWorkspace) -> None:
    acme.idp.user("ada", emails=[{"value": "a@example.com", "type": "work"}])

    for filter_ in (*wide("or"), *wide("and"), *deep()):
        for endpoint in ("/Users", "/Users/.search"):
            body = {"filter": filter_} if endpoint.endswith("search") else None
            path = endpoint if body else f"{endpoint}?filter={quote_plus(filter_)}"
            answer = acme.idp.request("POST" if body else "GET", path, body)

            assert answer.status == 200, (filter_[:200], answer.read())


@pytest.mark.parametrize("levels", [MAX_JSON_DEPTH, MAX_JSON_DEPTH + 1, 500, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_json_may_be_so_deep_and_no_deeper(opening: str, closing: str, levels: int) -> None:
    body = (opening * levels + "1" + closing * levels).encode()

    if levels > MAX_JSON_DEPTH:
        with pytest.raises(InvalidSyntax):
            parse_json(body)
    else:
        parse_json(body)


def test_many_brackets_side_by_side_are_not_deep() -> None:
    assert parse_json(b"[" + b"[[]]," * 1_000 + b"[]]") == [*[[[]]] * 1_000, []]
    assert is_deeper([[1]], 1)
    assert not is_deeper([[1]], 2)
    assert not is_deeper("text", 0)


def test_json_that_is_too_deep_is_400_on_every_route_that_reads_it(acme: NewWorkspace) -> None:
    user = acme.idp.user("ada")
    deep_value: Json = "x"
    for _ in range(MAX_JSON_DEPTH):
        deep_value = {"name": deep_value}

    for method, path in (
        ("POST", "/Users"), ("PUT", f"/Users/{user}"), ("PATCH", f"/Users/{user}"), ("POST", "/Groups"),
        ("POST", "/Bulk"), ("POST", "/.search"), ("POST", "/Users/.search"),
    ):  # fmt: skip
        answer = acme.idp.request(method, path, {"schemas": [USER], "userName": "x", "deep": deep_value})

        assert (answer.status, answer.json()["scimType"]) == (400, "invalidSyntax"), path


def emails(number: int) -> list[Json]:
    """So many values."""
    return [{"value": f"{n}@example.com", "type": "other"} for n in range(number)]


def test_operations_that_compare_too_many_values_are_413_and_nothing_is_applied(acme: NewWorkspace) -> None:
    user = acme.idp.user("ada", emails=emails(1_000))
    operations = [
        {"op": "replace", "path": f'emails[value eq "{n}@example.com"].type', "value": "home"}
        for n in range(MAX_COMPARISONS // 1_000 + 1)
    ]
    within = acme.idp.patch(f"/Users/{user}", *operations[:10])
    beyond = acme.idp.patch(f"/Users/{user}", *operations)
    long = " or ".join('value co "zzz"' for _ in range(50))
    weighed = acme.idp.patch(
        f"/Users/{user}", *[{"op": "remove", "path": f"emails[{long}]"} for _ in range(MAX_COMPARISONS // 50_000 + 1)]
    )

    assert (within.status, beyond.status, weighed.status) == (200, 413, 413)
    types = [email["type"] for email in acme.idp.get(f"/Users/{user}").json()["emails"]]
    assert types == ["home"] * 10 + ["other"] * 990


def test_the_operations_of_a_bulk_request_share_what_may_be_compared(acme: NewWorkspace) -> None:
    user = acme.idp.user("ada", emails=emails(1_000))
    change = {"schemas": [PATCH_OP], "Operations": [{"op": "remove", "path": 'emails[value eq "x"]'}] * 30}
    one = {"method": "PATCH", "path": f"/Users/{user}", "data": change}

    answer = acme.idp.request("POST", "/Bulk", {"Operations": [one] * 5}).json()

    assert [operation["status"] for operation in answer["Operations"]] == ["200", "200", "200", "413", "413"]


def test_many_values_are_added_in_one_step_and_once(acme: NewWorkspace) -> None:
    """Comparing each with each would take a minute."""
    user = acme.idp.user("ada", emails=emails(10_000))

    answer = acme.idp.patch(f"/Users/{user}", {"op": "add", "path": "emails", "value": emails(20_000)})

    assert len(answer.json()["emails"]) == 20_000


def test_a_patch_has_so_many_operations(acme: NewWorkspace) -> None:
    user = acme.idp.user("ada")
    one = {"op": "replace", "path": "title", "value": "x"}

    assert acme.idp.patch(f"/Users/{user}", *[one] * operations.MAX_OPERATIONS).status == 200
    assert acme.idp.patch(f"/Users/{user}", *[one] * (operations.MAX_OPERATIONS + 1)).status == 413
