"""A user shows the groups they are directly in, however they are read, within bounds (decision 0007).

Product 5.5, 9.2, 9.3; RFC 7643 §4.1.2, §7.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote_plus

import pytest

from entrant.db.engine import Database, Tx
from entrant.scim.schemas import MAX_GROUPS, MAX_NAMED
from entrant.scim.wire import Json, Response
from tests.support.cost import cost, trace
from tests.support.idp import PATCH_OP, USER, Idp
from tests.support.workspaces import NewWorkspace, new_workspace

GROUPS = """INSERT INTO groups (workspace, id, display_key, revision, created, modified, doc)
    SELECT id, :group_id, :group_id, 1, :now, :now, :doc FROM workspace WHERE slug = :slug"""
PLACES = """INSERT INTO membership (workspace, group_id, member_id, kind)
    SELECT id, :group_id, :member, 'User' FROM workspace WHERE slug = :slug"""


@pytest.fixture(params=["entra", "strict"])
def acme(database: Database, request: pytest.FixtureRequest) -> NewWorkspace:
    """An empty workspace, whose connection is tolerant or strict."""
    return new_workspace(database, request.param)


def fill(acme: NewWorkspace, user: str, number: int) -> None:
    """Make so many groups, and put a user into them."""

    def work(tx: Tx) -> None:
        rows = [{"group_id": f"g{n:05}", "slug": acme.slug, "now": tx.now} for n in range(number)]
        tx.many(GROUPS, [{**row, "doc": f'{{"schemas":[],"displayName":"{row["group_id"]}"}}'} for row in rows])
        places(tx, acme.slug, user, number)

    acme.database.write(acme.slug, work)


def places(tx: Tx, slug: str, user: str, number: int) -> None:
    """Put a user into the first so many groups."""
    tx.many(PLACES, [{"group_id": f"g{n:05}", "member": user, "slug": slug} for n in range(number)])


def left(tx: Tx, slug: str, user: str, number: int) -> None:
    """Take a user out of all groups but so many."""
    sql = """DELETE FROM membership WHERE member_id = :member AND group_id >= :first
        AND workspace = (SELECT id FROM workspace WHERE slug = :slug)"""
    tx.run(sql, member=user, first=f"g{number:05}", slug=slug)


def shown(resource: Json) -> list[str]:
    """The ids of the groups that a user shows."""
    return [group["value"] for group in resource.get("groups", [])]


def patched(idp: Idp, user: str, query: str = "", title: str = "Dame") -> Json:
    """The answer to a PATCH of the title."""
    change = {"op": "replace", "path": "title", "value": title}
    return idp.request("PATCH", f"/Users/{user}{query}", {"schemas": [PATCH_OP], "Operations": [change]}).json()


def put(idp: Idp, user: str, query: str = "") -> Json:
    """The answer to a PUT of what the user is, with what it says of groups."""
    return idp.request("PUT", f"/Users/{user}{query}", idp.get(f"/Users/{user}").json()).json()


def first(response: Response) -> Json:
    """The user ada in a list."""
    return next(each for each in response.json()["Resources"] if each.get("userName") == "ada")


SEARCH = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]}
NAMED = quote_plus('userName eq "ada"')
READS: dict[str, Callable[[Idp, str], Json]] = {
    "one": lambda idp, user: idp.get(f"/Users/{user}").json(),
    "a list": lambda idp, _: first(idp.get("/Users")),
    "a large list": lambda idp, _: first(idp.get("/Users?count=1000")),
    "a sorted list": lambda idp, _: first(idp.get("/Users?sortBy=userName&sortOrder=descending")),
    "a later page": lambda idp, _: first(idp.get("/Users?startIndex=2")),
    "a walk": lambda idp, _: first(idp.get("/Users?cursor=")),
    "a look-up": lambda idp, _: first(idp.get(f"/Users?filter={NAMED}")),
    "a filter": lambda idp, _: first(idp.get("/Users?filter=title+pr")),
    "a search": lambda idp, _: first(idp.request("POST", "/Users/.search", SEARCH)),
    "a search of all": lambda idp, _: first(idp.request("POST", "/.search", SEARCH)),
    "a change": patched,
    "a change of nothing": lambda idp, user: patched(idp, user, title="Lady"),
    "a replacement": put,
}


@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_a_user_shows_the_same_groups_however_they_are_read(
    acme: NewWorkspace, read: Callable[[Idp, str], Json]
) -> None:
    idp, odd = acme.idp, 'Ops "x"\n\\ é'
    nobody, ada, _ = idp.user("nobody"), idp.user("ada", title="Lady"), idp.user("bob", title="Sir")
    staff, ops = idp.group("Staff", ada), idp.group(odd, ada)
    idp.group("Around", ops)

    assert read(idp, ada)["groups"] == [
        {"value": group, "$ref": f"http://127.0.0.1:8000{idp.base}/Groups/{group}", "display": name, "type": "direct"}
        for group, name in sorted([(staff, "Staff"), (ops, odd)])
    ]
    assert "groups" not in idp.get(f"/Users/{nobody}").json()


def test_a_user_who_comes_back_shows_the_groups_they_have_kept(database: Database) -> None:
    """Product 2.5, 4.3."""
    idp = new_workspace(database).idp
    ada = idp.user("ada")
    staff = idp.group("Staff", ada)
    idp.set_active(ada, active=False)

    back = idp.post_user("ada").json()

    assert (back["id"], shown(back)) == (ada, [staff])
    assert "groups" not in idp.post_user("bob").json()


@pytest.mark.parametrize(
    ("query", "parts"),
    [
        ("attributes=userName,groups", {"value", "$ref", "display", "type"}),
        ("attributes=GROUPS.display", {"display"}),
        (f"attributes={USER}:groups.value", {"value"}),
        ("excludedAttributes=groups.%24ref,groups.type", {"value", "display"}),
        ("excludedAttributes=userName", {"value", "$ref", "display", "type"}),
        ("attributes=userName", set()),
        ("excludedAttributes=groups", set()),
    ],
)
def test_the_query_says_what_is_shown_in_every_answer(acme: NewWorkspace, query: str, parts: set[str]) -> None:
    """RFC 7644 §3.9."""
    idp = acme.idp
    ada = idp.user("ada", title="Lady")
    idp.group("Staff", ada)
    answers = [
        idp.get(f"/Users/{ada}?{query}").json(),
        idp.get(f"/Users?{query}").json()["Resources"][0],
        patched(idp, ada, f"?{query}"),
        put(idp, ada, f"?{query}"),
    ]

    assert [{part for group in answer.get("groups", []) for part in group} for answer in answers] == [parts] * 4


def test_a_user_in_more_groups_than_that_shows_them_on_request(acme: NewWorkspace) -> None:
    idp = acme.idp
    ada, bob = idp.user("ada"), idp.user("bob")
    fill(acme, ada, MAX_GROUPS + 1)
    acme.database.write(acme.slug, lambda tx: places(tx, acme.slug, bob, 1))

    def of(answer: Json) -> list[int]:
        return [len(shown(user)) for user in answer["Resources"]]

    assert shown(idp.get(f"/Users/{ada}").json()) == shown(patched(idp, ada)) == shown(put(idp, ada)) == []
    assert of(idp.get("/Users").json()) == [0, 1]
    assert shown(idp.get(f"/Users/{ada}?attributes=groups").json()) == [f"g{n:05}" for n in range(MAX_GROUPS + 1)]
    assert of(idp.get("/Users?attributes=groups").json()) == [MAX_GROUPS + 1, 1]
    assert shown(patched(idp, ada, "?attributes=groups")) == []  # a write never reads more
    acme.database.write(acme.slug, lambda tx: left(tx, acme.slug, ada, MAX_GROUPS))
    assert len(shown(idp.get(f"/Users/{ada}").json())) == len(shown(patched(idp, ada))) == MAX_GROUPS
    assert of(idp.get("/Users").json()) == [MAX_GROUPS, 1]


def test_a_list_with_more_than_that_shows_none_but_on_request(
    acme: NewWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    idp = acme.idp
    idp.group("Staff", *(idp.user(f"user{n}") for n in range(4)))

    def numbers(path: str) -> list[int]:
        return [len(shown(user)) for user in idp.get(path).json()["Resources"]]

    monkeypatch.setattr("entrant.service.lists.MAX_PLACES", 3)

    assert numbers("/Users") == [0, 0, 0, 0]
    assert numbers("/Users?count=3") == [1, 1, 1]  # the first one of the next page does not count
    assert numbers("/Users?attributes=groups") == [1, 1, 1, 1]


def test_a_very_long_name_is_not_repeated_with_every_user(acme: NewWorkspace) -> None:
    idp = acme.idp
    ada = idp.user("ada")
    idp.group("x" * MAX_NAMED, ada)

    (group,) = idp.get(f"/Users/{ada}").json()["groups"]

    assert set(group) == {"value", "$ref", "type"}


def test_what_shows_no_groups_asks_for_none(database: Database) -> None:
    acme = new_workspace(database)
    ada = acme.idp.user("ada")
    acme.idp.group("Staff", ada)
    change = {"op": "replace", "path": "title", "value": "Dr."}
    bulk = {"Operations": [{"method": "PATCH", "path": f"/Users/{ada}", "data": {"Operations": [change]}}]}
    requests: list[Callable[[Idp], Response]] = [
        lambda idp: idp.get(f"/Users/{ada}?attributes=userName"),
        lambda idp: idp.get(f"/Users/{ada}?excludedAttributes=groups"),
        lambda idp: idp.get("/Users?attributes=userName"),
        lambda idp: idp.get(f"/Users?filter={NAMED}&attributes=id,userName"),
        lambda idp: idp.get("/Users?count=0"),
        lambda idp: idp.get("/Groups?excludedAttributes=members"),
        lambda idp: idp.post_user("new"),
        lambda idp: idp.request("POST", "/Bulk", bulk),
        lambda idp: idp.request(
            "PATCH", f"/Users/{ada}?attributes=title", {"schemas": [PATCH_OP], "Operations": [{**change, "value": "x"}]}
        ),
    ]

    for send in requests:
        assert [s.sql for s in trace(acme, send) if "FROM membership" in s.sql] == []


def test_no_more_groups_are_read_than_may_be_shown(module_database: Database, module_url: str) -> None:
    """Also of those whom a list finds, sorts, and does not show."""
    acme = new_workspace(module_database)
    users = [acme.idp.user(f"{name}{n}", title="Sir") for name in ("few", "many") for n in range(10)]
    fill(acme, users[0], 20 * MAX_GROUPS)
    for user in users[10:]:
        acme.database.write(acme.slug, lambda tx, user=user: places(tx, acme.slug, user, 20 * MAX_GROUPS))  # type: ignore[misc]
    for user in users[1:10]:
        acme.database.write(acme.slug, lambda tx, user=user: places(tx, acme.slug, user, MAX_GROUPS + 1))  # type: ignore[misc]
    acme.database.write(acme.slug, lambda tx: left(tx, acme.slug, users[0], MAX_GROUPS + 1))

    def read(path: str) -> int:
        return cost(module_database, module_url, trace(acme, lambda idp: idp.get(path)))

    pairs = [(f"/Users/{users[0]}", f"/Users/{users[-1]}")]
    found = "/Users?filter=userName+sw+%22{}%22{}"
    pagings = ("", "&sortBy=userName", "&startIndex=2", "&cursor=")
    for few, many in pairs + [(found.format("few", paging), found.format("many", paging)) for paging in pagings]:
        assert read(many) <= 1.3 * read(few) + 20, many
    one, ten = (
        read(f"/Users?filter=userName+sw+%22many%22&sortBy=userName&sortOrder=descending&count={n}") for n in (1, 9)
    )
    assert one < ten / 2


def test_the_version_of_a_user_does_not_change_with_their_groups(acme: NewWorkspace) -> None:
    """RFC 7644 §3.14 leaves to the service provider what changes a version; decision 0007 says what a client sees."""
    idp = acme.idp
    ada = idp.user("ada")
    before = idp.get(f"/Users/{ada}")
    staff = idp.group("Staff", ada)

    after = idp.get(f"/Users/{ada}")

    assert shown(after.json()) == [staff]
    assert after.headers["etag"] == before.headers["etag"]
    assert after.json()["meta"] == before.json()["meta"]
    assert idp.get(f"/Users/{ada}", if_none_match=before.headers["etag"]).status == 304


def test_groups_of_another_workspace_are_not_shown(database: Database) -> None:
    """Product 9.2: also where ids are alike."""
    acme, other = new_workspace(database), new_workspace(database)
    ada = acme.idp.user("ada")
    fill(other, ada, 3)

    assert "groups" not in acme.idp.get(f"/Users/{ada}").json()
    assert "groups" not in acme.idp.get("/Users").json()["Resources"][0]
