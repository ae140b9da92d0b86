"""Messages mean what they say, over SCIM and in the log (product.md 6.3, 6.5-6.7), on both engines."""

from __future__ import annotations

import json

import pytest

from entrant.db.engine import Database
from entrant.scim.wire import Json
from entrant.service import admin, choosing
from tests.support.idp import ENTERPRISE, GROUP, PATCH_OP, USER, Idp
from tests.support.workspaces import NewWorkspace, new_workspace


@pytest.fixture
def acme(database: Database) -> NewWorkspace:
    """A workspace of Entra's."""
    return new_workspace(database)


@pytest.fixture
def idp(acme: NewWorkspace) -> Idp:
    """Its provider."""
    return acme.idp


@pytest.mark.parametrize("provider", ["entra", "okta", "generic"])
@pytest.mark.parametrize("value", [None, "", [], [None], [""]])
@pytest.mark.parametrize("op", ["add", "Add"])
def test_an_add_of_nothing_adds_nothing(database: Database, provider: str, value: Json, op: str) -> None:
    """Product 6.5: with a path, without, under a URN; of members and of what else has several values."""
    idp = new_workspace(database, provider).idp
    emails = [{"value": "a@b.c", "type": "work"}]
    ada = idp.user("ada", emails=emails, **{ENTERPRISE: {"manager": {"value": "m"}}})
    group = idp.group("Staff", ada)

    for path, name in ((f"/Groups/{group}", "members"), (f"/Users/{ada}", "emails"), (f"/Users/{ada}", "manager")):
        urn = ENTERPRISE if name == "manager" else GROUP if name == "members" else USER
        for operation in (
            {"op": op, "path": f"{urn}:{name}", "value": value},
            {"op": op, "value": {f"{urn}:{name}": value}},
            {"op": op, "value": {urn: {name: value}}},
        ):
            assert idp.patch(path, operation).status in {200, 204, 400}
    user = idp.get(f"/Users/{ada}").json()
    assert idp.members(group) == {ada}
    assert (user["emails"], user[ENTERPRISE]["manager"]["value"]) == (emails, "m")


@pytest.mark.parametrize(
    ("condition", "left"),
    [
        ('value eq "{ada}" and type eq "User"', {"ben", "crew"}),
        ('Value eq "{ada}" and TYPE eq "Group"', {"ada", "ben", "crew"}),
        ('type eq "Group"', {"ada", "ben"}),
        ('not (value eq "{ada}")', {"ada"}),
        ("value pr", set()),
        ('display eq "bEN b."', {"ada", "crew"}),
        ('value eq "{ben}" and display sw "Ada"', {"ada", "ben", "crew"}),
        ('display eq "Crew" or value eq "{ada}"', {"ben"}),
        ("not (display pr)", {"ben", "crew"}),
        ('$ref ew "/Users/{ada}"', {"ben", "crew"}),
        ('value eq "{ada}" and $ref co "/Groups/"', {"ada", "ben", "crew"}),
        ('value eq "nobody" and type eq "User"', {"ada", "ben", "crew"}),
    ],
)
def test_members_are_chosen_by_the_whole_filter_grammar(idp: Idp, condition: str, left: set[str]) -> None:
    """Product 6.7: those who are there, and those whom the same request adds before."""
    ids = {"ada": idp.user("ada"), "ben": idp.user("ben", displayName="Ben B."), "crew": idp.group("Crew")}
    remove = {"op": "remove", "path": f"members[{condition.format(**ids)}]"}
    there, coming = idp.group("There", *ids.values()), idp.group("Coming")
    add = {"op": "add", "path": "members", "value": [{"value": i} for i in ids.values()]}

    assert idp.patch(f"/Groups/{there}", remove).status == 204
    assert idp.patch(f"/Groups/{coming}", add, remove).status == 204

    assert idp.members(there) == idp.members(coming) == {ids[name] for name in left}
    assert idp.patch(f"/Groups/{coming}", remove, add).status == 204
    assert idp.members(coming) == set(ids.values())


def test_a_filter_that_names_no_id_is_not_looked_up_in_a_large_group(idp: Idp, monkeypatch: pytest.MonkeyPatch) -> None:
    ada, ben = idp.user("ada"), idp.user("ben")
    group = idp.group("Staff", ada, ben)
    monkeypatch.setattr(choosing, "MAX_SEARCHED", 1)

    refused = idp.patch(f"/Groups/{group}", {"op": "remove", "path": 'members[type eq "User"]'})
    by_name = {"op": "remove", "path": f'members[value eq "{ada}" and display eq "x"]'}

    assert (refused.status, refused.json()["scimType"]) == (400, "tooMany")
    assert idp.patch(f"/Groups/{group}", by_name).status == 204
    assert idp.patch(f"/Groups/{group}", *[by_name] * 101).status == 413
    assert idp.members(group) == {ada, ben}


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "path": "members", "value": [{"id": "{ada}"}]},
        {"op": "replace", "path": "members", "value": [{"bogus": "{ada}"}]},
        {"op": "replace", "path": "members", "value": [{}]},
        {"op": "add", "path": "members", "value": [{"bogus": "{ada}"}]},
        {"op": "replace", "path": 'members[value eq "{ada}"].value', "value": "x"},
        {"op": "remove", "path": 'members[bogus eq "x"]'},
        {"op": "remove", "path": "members", "value": [{"bogus": "{ada}"}]},
        {"op": "remove", "path": "members", "value": []},
    ],
)
def test_what_names_no_member_is_refused_or_changes_nothing(idp: Idp, operation: Json) -> None:
    ada = idp.user("ada")
    group = idp.group("Staff", ada)

    sent = json.loads(json.dumps(operation).replace("{ada}", ada))

    assert idp.patch(f"/Groups/{group}", sent).status in {204, 400}
    assert idp.members(group) == {ada}


def test_a_put_whose_members_have_no_value_is_refused(idp: Idp) -> None:
    ada = idp.user("ada")
    group = idp.group("Staff", ada)

    refused = idp.request("PUT", f"/Groups/{group}", {"displayName": "Staff", "members": [{"id": ada}]})

    assert (refused.status, refused.json()["scimType"]) == (400, "invalidValue")
    assert idp.members(group) == {ada}


def test_what_was_left_out_is_named_in_the_log(acme: NewWorkspace) -> None:
    """Product 6.3, 6.5: unknown attributes, read-only ones, in POST and PATCH; a bounded number of bounded names."""
    manager = f"{ENTERPRISE}:manager.displayName"
    ada = acme.idp.user("ada", nope=1, name={"givenName": "A", "none": 2})
    acme.idp.patch(f"/Users/{ada}", {"op": "add", "value": {"password": "hunter2", "title": "T"}})
    acme.idp.patch(f"/Users/{ada}", {"op": "replace", "path": manager, "value": "Boss"})
    acme.idp.patch(f"/Users/{ada}", {"op": "add", "value": {f"x{n}": n for n in range(25)} | {"y" * 500: 1}})

    log = admin.list_log(acme.database, acme.slug, limit=10)
    entries = [change for entry in log for change in entry.changes if "dropped" in change]
    by_size = sorted(entries, key=lambda change: len(change["dropped"]))

    assert {"dropped": ["nope", "name.none"]} in entries
    assert {"dropped": ["password"]} in entries
    assert {"dropped": [manager]} in entries
    assert by_size[-1]["more"] == 6
    assert len(by_size[-1]["dropped"]) == 20
    assert all(len(name) <= 200 for name in by_size[-1]["dropped"])
    assert "hunter2" not in repr(entries)


@pytest.fixture
def strict(database: Database) -> Idp:
    """A provider on a strict connection."""
    return new_workspace(database, "strict").idp


def test_a_strict_connection_requires_schemas_everywhere(strict: Idp) -> None:
    """Product 6.5: PATCH, POST, PUT, Bulk and .search."""
    ada, group = strict.user("ada"), strict.group("Staff")
    operation = {"op": "add", "path": "title", "value": "x"}
    requests: list[tuple[str, str, Json, str]] = [
        ("POST", "/Users", {"userName": "ben"}, USER),
        ("PUT", f"/Users/{ada}", {"userName": "ada"}, USER),
        ("PATCH", f"/Users/{ada}", {"Operations": [operation]}, PATCH_OP),
        ("POST", "/Groups", {"displayName": "Crew"}, GROUP),
        ("PUT", f"/Groups/{group}", {"displayName": "Staff"}, GROUP),
        ("POST", "/.search", {"filter": 'id eq "x"'}, "urn:ietf:params:scim:api:messages:2.0:SearchRequest"),
        ("POST", "/Users/.search", {}, "urn:ietf:params:scim:api:messages:2.0:SearchRequest"),
        (
            "POST",
            "/Bulk",
            {"Operations": [{"method": "DELETE", "path": f"/Users/{ada}"}]},
            "urn:ietf:params:scim:api:messages:2.0:BulkRequest",
        ),
    ]
    for method, path, body, urn in requests:
        wrong: list[dict[str, Json]] = [{}, *({"schemas": s} for s in (urn, [], ["urn:other"], [urn, "urn:x"]))]
        for schemas in wrong:
            refused = strict.request(method, path, {**schemas, **body})
            assert (refused.status, refused.json()["scimType"]) == (400, "invalidSyntax"), (method, path, schemas)
        assert strict.request(method, path, {"schemas": [urn], **body}).status < 300, (method, path)


@pytest.mark.parametrize(
    ("method", "more"),
    [
        ("PATCH", {"op": "add", "path": "emails", "value": {"value": "x"}}),
        ("PATCH", {"op": "add", "path": "emails", "value": [{"value": "x", "bogus": 1}]}),
        ("PATCH", {"op": "add", "path": "bogus", "value": 1}),
        ("PATCH", {"op": "add", "path": f"{ENTERPRISE}:manager", "value": "1"}),
        ("PATCH", {"op": "add", "path": "externalId", "value": 5}),
        ("PATCH", {"op": "replace", "path": 'name[givenName eq "x"].familyName', "value": "y"}),
        ("PATCH", {"op": "replace", "path": f"{ENTERPRISE}:manager.displayName", "value": "y"}),
        ("PATCH", {"op": "add", "path": USER, "value": {"title": "x"}}),
        ("PUT", {"emails": {"value": "x"}}),
        ("PUT", {USER: {"title": "x"}}),
        ("PUT", {"bogus": 1}),
        ("PUT", {"name.givenName": "x"}),
    ],
)
def test_a_strict_connection_tolerates_nothing(strict: Idp, method: str, more: dict[str, Json]) -> None:
    """Product 6.5: not even in the core, in PATCH as in PUT."""
    ada = strict.user("ada", title="T")
    before = strict.get(f"/Users/{ada}").json()

    if method == "PATCH":
        assert strict.patch(f"/Users/{ada}", more).status == 400
    else:
        assert strict.request("PUT", f"/Users/{ada}", {"schemas": [USER], "userName": "ada", **more}).status == 400
    assert strict.get(f"/Users/{ada}").json() == before
    assert strict.get("/Users?filter=userName+eq+ada").status == 400


def test_a_bulk_request_of_a_strict_connection_may_refer_in_a_circle(strict: Idp) -> None:
    """What the service adds for it is standard too."""
    operations = [
        {
            "method": "POST",
            "path": "/Groups",
            "bulkId": name,
            "data": {"schemas": [GROUP], "displayName": name, "members": [{"value": f"bulkId:{other}"}]},
        }
        for name, other in (("a", "b"), ("b", "a"))
    ]
    message = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations}

    answer = strict.request("POST", "/Bulk", message).json()

    assert [each["status"] for each in answer["Operations"]] == ["201", "201"]


def test_a_value_that_names_nobody_takes_nobody_out(acme: NewWorkspace) -> None:
    """Product 6.5."""
    user = acme.idp.user("ann")
    group = acme.idp.group("Team", user)
    for value in (False, True, [False], {"value": False}, 0.5, [{"value": 0}]):
        answer = acme.idp.patch(f"/Groups/{group}", {"op": "remove", "path": "members", "value": value})
        assert answer.status in {204, 400}, (value, answer.read())
        assert [each["value"] for each in acme.idp.get(f"/Groups/{group}").json()["members"]] == [user]


@pytest.mark.parametrize(
    ("path", "values", "value", "left"),
    [
        ("emails", [("work", "value", "same@x"), ("home", "value", "same@x")], {"type": "home", "value": "same@x"}, ["work"]),
        ("emails", [("work", "value", "same@x"), ("home", "value", "same@x")], {"value": "same@x"}, []),
        ("addresses", [("work", "locality", "Bonn"), ("home", "locality", "Ulm")], {"type": "work", "town": "x"}, ["work", "home"]),
        ("addresses", [("work", "locality", "Bonn"), ("home", "locality", "Ulm")], {"type": "work", "locality": None}, ["work", "home"]),
        ("addresses", [("work", "locality", "Bonn"), ("home", "locality", "Ulm")], {"type": "work"}, ["home"]),
    ],
)  # fmt: skip
def test_a_remove_with_a_value_removes_no_more_than_it_names(
    acme: NewWorkspace, path: str, values: list[tuple[str, str, str]], value: Json, left: list[str]
) -> None:
    """Product 6.5."""
    user = acme.idp.user("ann", **{path: [{"type": kind, name: said} for kind, name, said in values]})

    acme.idp.patch(f"/Users/{user}", {"op": "remove", "path": path, "value": [value]})

    assert [each["type"] for each in acme.idp.get(f"/Users/{user}").json().get(path, [])] == left


def test_what_would_take_long_to_read_is_refused_before_it_is_read(acme: NewWorkspace) -> None:
    """Product 9.5: names that no schema has, and conditions of paths, of one request together."""
    many = acme.idp.request("POST", "/Users", {"userName": "ann", **{f"k{n}": 1 for n in range(1_001)}})
    path = "emails[" + " or ".join(f'type eq "t{n}"' for n in range(60)) + "].value"
    operations = [{"op": "add", "path": path, "value": "x"}] * 20
    unknown = [{"op": "add", "value": {f"k{n}": 1 for n in range(500)}}] * 3
    user = acme.idp.user("bob")

    assert many.status == 400
    assert "more than 1,000 names" in many.json()["detail"]
    assert acme.idp.patch(f"/Users/{user}", *operations).status == 413
    assert acme.idp.patch(f"/Users/{user}", *unknown).status == 413
    assert acme.idp.patch(f"/Users/{user}", *operations[:10]).status == 200


def test_a_long_value_is_not_kept_in_the_log_again(acme: NewWorkspace) -> None:
    """Product 9.10."""
    emails = [{"value": f"{n:0>6}@example.com", "type": f"t{n}"} for n in range(5_000)]
    assert acme.idp.post_user("ann", emails=emails, title="Chief").status == 201

    entry = next(e for e in admin.list_log(acme.database, acme.slug) if e.resource_name == "ann")

    assert len(repr(entry.changes)) < 20_000
    assert {"attribute": "title", "before": None, "after": "Chief"} in entry.changes
    assert next(change for change in entry.changes if change.get("attribute") == "emails")["omitted"].endswith("bytes")
