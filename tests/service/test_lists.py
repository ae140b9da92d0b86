"""Lists: paging, sorting, projection, searching (RFC 7644 §3.4; RFC 9865)."""

from __future__ import annotations

import base64
from urllib.parse import quote_plus

import pytest

from entrant.db.engine import Database
from entrant.service import admin
from tests.support.idp import ENTERPRISE, Idp
from tests.support.workspaces import new_workspace


@pytest.fixture
def idp(database: Database) -> Idp:
    """A workspace of seven users and two groups."""
    idp = new_workspace(database).idp
    names = ["dan", "Ada", "cleo", "Ben", "éva", "eve", "zoe"]
    ids = [
        idp.user(
            name,
            title=None if n == 3 else f"T{n % 3}",
            emails=[
                {"value": f"{name}@home", "type": "home"},
                {"value": f"{len(names) - n}@work", "type": "work", "primary": True},
            ],
            **{ENTERPRISE: {"employeeNumber": str(100 - n)}},
        )
        for n, name in enumerate(names)
    ]  # fmt: skip
    idp.group("Staff", *ids[:2])
    idp.group("Crew")
    return idp


def names(idp: Idp, query: str) -> list[str]:
    """The userNames of a page, in order."""
    return [user["userName"] for user in idp.get(f"/Users?{query}").json()["Resources"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("sortBy=userName", ["Ada", "Ben", "cleo", "dan", "eve", "zoe", "éva"]),
        ("sortBy=userName&sortOrder=descending", ["éva", "zoe", "eve", "dan", "cleo", "Ben", "Ada"]),
        ("sortBy=title&count=3", ["dan", "zoe", "Ada"]),
        ("sortBy=emails", ["zoe", "eve", "éva", "Ben", "cleo", "Ada", "dan"]),
        (f"sortBy={ENTERPRISE}:employeeNumber&count=2", ["dan", "zoe"]),
        ("sortBy=meta.created", ["dan", "Ada", "cleo", "Ben", "éva", "eve", "zoe"]),
    ],
)
def test_sorting(idp: Idp, query: str, expected: list[str]) -> None:
    """RFC 7644 §3.4.2.3: folded, by the primary value; those without come last, descending first."""
    assert names(idp, query) == expected


def test_the_absent_come_last_and_descending_first(idp: Idp) -> None:
    assert names(idp, "sortBy=title")[-1] == "Ben"
    assert names(idp, "sortBy=title&sortOrder=descending")[0] == "Ben"


@pytest.mark.parametrize(
    ("query", "start", "size"),
    [
        ("", 1, 7),
        ("startIndex=0&count=2", 1, 2),
        ("startIndex=-5&count=2", 1, 2),
        ("startIndex=6&count=5", 6, 2),
        ("startIndex=99", 99, 0),
        ("count=0", 1, 0),
        ("count=-3", 1, 0),
        ("count=100000", 1, 7),
    ],
)
def test_index_paging(idp: Idp, query: str, start: int, size: int) -> None:
    """RFC 7644 §3.4.2.4."""
    page = idp.get(f"/Users?{query}").json()

    assert (page["totalResults"], page["startIndex"], page["itemsPerPage"]) == (7, start, size)
    assert len(page["Resources"]) == size


def test_a_cursor_is_bound_to_its_workspace_type_query_and_page_size(idp: Idp, database: Database) -> None:
    """Product 5.4; RFC 9865 §2.1."""
    cursor = idp.get("/Users?cursor=&count=2&sortBy=userName").json()["nextCursor"]
    where = f"cursor={quote_plus(cursor)}"

    assert names(idp, f"{where}&count=2&sortBy=userName") == ["cleo", "dan"]
    other = new_workspace(database).idp
    for answer in (
        idp.get(f"/Users?{where}&count=2"),
        idp.get(f"/Users?{where}&count=3&sortBy=userName"),
        idp.get(f"/Users?{where}&count=2&sortBy=userName&filter=title+pr"),
        idp.get(f"/Groups?{where}&count=2&sortBy=userName"),
        idp.get(f"/Users?cursor={quote_plus(_changed(cursor))}&count=2&sortBy=userName"),
        idp.get("/Users?cursor=nonsense&count=2&sortBy=userName"),
        other.get(f"/Users?{where}&count=2&sortBy=userName"),
    ):
        assert answer.status == 400
        assert answer.json()["scimType"] in {"invalidCursor", "invalidValue"}


def _changed(cursor: str) -> str:
    key, _, sealed = cursor.rpartition(".")
    raw = bytearray(base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4)))
    raw[-3] ^= 1
    return f"{key}.{base64.urlsafe_b64encode(bytes(raw)).decode().rstrip('=')}"


def test_a_cursor_walk_ends_without_a_next_cursor(idp: Idp) -> None:
    first = idp.get("/Users?cursor=&count=4").json()
    assert "startIndex" not in first
    second = idp.get(f"/Users?count=4&cursor={quote_plus(first['nextCursor'])}").json()

    assert (len(first["Resources"]), len(second["Resources"])) == (4, 3)
    assert "nextCursor" not in second
    assert first["totalResults"] == second["totalResults"] == 7


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("attributes=userName", {"schemas", "id", "userName"}),
        ("attributes=emails.value,meta.version", {"schemas", "id", "emails", "meta"}),
        (f"attributes={ENTERPRISE}:employeeNumber", {"schemas", "id", ENTERPRISE}),
        (f"attributes={ENTERPRISE}", {"schemas", "id", ENTERPRISE}),
        ("attributes=nope", {"schemas", "id"}),
        ("excludedAttributes=emails,meta,id", {"schemas", "id", "userName", "active", "title", "groups", ENTERPRISE}),
        ("excludedAttributes=emails,meta,id,groups", {"schemas", "id", "userName", "active", "title", ENTERPRISE}),
    ],
)
def test_projection(idp: Idp, query: str, shown: set[str]) -> None:
    """RFC 7644 §3.9: what is returned always stays."""
    user = idp.get(f"/Users?{query}&filter=userName+eq+%22ada%22").json()["Resources"][0]
    one = idp.get(f"/Users/{user['id']}?{query}").json()

    assert set(user) == set(one) == shown


def test_attributes_and_excluded_attributes_together_are_refused(idp: Idp) -> None:
    assert idp.get("/Users?attributes=userName&excludedAttributes=emails").status == 400


def test_answers_to_writes_are_projected_too(idp: Idp) -> None:
    body = {"userName": "new", "title": "T"}

    created = idp.request("POST", "/Users?attributes=userName", body).json()

    assert set(created) == {"schemas", "id", "userName"}


def test_search_is_a_list_by_post(idp: Idp) -> None:
    """RFC 7644 §3.4.3."""
    request = {"filter": 'title eq "t1"', "attributes": ["userName"], "sortBy": "userName", "startIndex": 1, "count": 1}

    users = idp.request("POST", "/Users/.search", request).json()
    groups = idp.request("POST", "/Groups/.search", {"filter": 'displayName sw "s"'}).json()

    assert (users["totalResults"], [u["userName"] for u in users["Resources"]]) == (2, ["Ada"])
    assert [g["displayName"] for g in groups["Resources"]] == ["Staff"]


def test_search_on_the_root_finds_users_and_groups(idp: Idp) -> None:
    both = idp.request("POST", "/.search", {"filter": "meta.created pr", "count": 8}).json()
    groups = idp.request("POST", "/.search", {"filter": 'members pr and displayName eq "Staff"'}).json()
    neither = idp.request("POST", "/.search", {"filter": "nope pr"})

    assert (both["totalResults"], len(both["Resources"])) == (9, 8)
    assert {r["meta"]["resourceType"] for r in both["Resources"]} == {"User", "Group"}
    assert [g["displayName"] for g in groups["Resources"]] == ["Staff"]
    assert neither.status == 400


def test_an_attribute_that_is_returned_on_request_comes_on_request(database: Database) -> None:
    """Product 5.5; RFC 7643 §7: also where nothing is said of attributes."""
    acme, urn = new_workspace(database), "urn:example:badge:2.0:User"
    attributes = [{"name": "number", "returned": "request"}, {"name": "color"}]
    admin.add_schema(database, acme.slug, {"id": urn, "attributes": attributes})
    made = acme.idp.post_user("ada", **{urn: {"number": "5", "color": "red"}}).json()
    path = f"/Users/{made['id']}"

    for answer in (made, acme.idp.get(path).json(), acme.idp.get("/Users").json()["Resources"][0]):
        assert answer[urn] == {"color": "red"}
    assert acme.idp.get(f"{path}?attributes={urn}:number").json()[urn] == {"number": "5"}


@pytest.mark.parametrize(
    ("query", "scim_type"),
    [
        ("filter=nope+eq+%22x%22", "invalidFilter"),
        ("filter=userName", "invalidFilter"),
        ("filter=userName+eq", "invalidFilter"),
        ("filter=active+eq+x", "invalidFilter"),
        ("filter=active+co+true", "invalidFilter"),
        ("filter=" + "(" * 100, "invalidFilter"),
        ("filter=" + quote_plus(" or ".join(['userName eq "x"'] * 300)), "invalidFilter"),
        ("sortBy=nope", "invalidValue"),
        ("sortOrder=sideways", "invalidValue"),
        ("startIndex=x", "invalidValue"),
        ("cursor=&startIndex=1", "invalidValue"),
        ("&".join(f"a{n}=1" for n in range(200)), "invalidValue"),
    ],
)
def test_a_list_that_cannot_be_made_is_refused_with_a_reason(idp: Idp, query: str, scim_type: str) -> None:
    """Product 5.2: never "no filter"."""
    answer = idp.get(f"/Users?{query}")

    assert (answer.status, answer.json()["scimType"]) == (400, scim_type)
