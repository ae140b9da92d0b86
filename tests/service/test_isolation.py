"""Another workspace's token gets the answer that a wrong token gets, on every route (product.md 1.2, 9.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote_plus

import msgspec
import pytest

from entrant.db.engine import Database
from entrant.scim.routes import METHODS, Endpoint
from entrant.scim.wire import Json, Request, Response
from entrant.service import admin
from entrant.store import workspaces
from entrant.workspace.tokens import make_token
from tests.support.idp import GROUP, PATCH_OP, USER, Idp
from tests.support.workspaces import NewWorkspace, new_workspace

PATHS = {
    Endpoint.USERS: "/Users",
    Endpoint.USER: "/Users/{user}",
    Endpoint.GROUPS: "/Groups",
    Endpoint.GROUP: "/Groups/{group}",
    Endpoint.SEARCH_ALL: "/.search",
    Endpoint.SEARCH_USERS: "/Users/.search",
    Endpoint.SEARCH_GROUPS: "/Groups/.search",
    Endpoint.BULK: "/Bulk",
    Endpoint.ME: "/Me",
    Endpoint.SERVICE_PROVIDER_CONFIG: "/ServiceProviderConfig",
    Endpoint.RESOURCE_TYPES: "/ResourceTypes",
    Endpoint.RESOURCE_TYPE: "/ResourceTypes/User",
    Endpoint.SCHEMAS: "/Schemas",
    Endpoint.SCHEMA: f"/Schemas/{USER}",
}
BODIES: dict[Endpoint, Json] = {
    Endpoint.USERS: {"schemas": [USER], "userName": "intruder"},
    Endpoint.USER: {"schemas": [PATCH_OP], "userName": "x", "Operations": [{"op": "remove", "path": "emails"}]},
    Endpoint.GROUPS: {"schemas": [GROUP], "displayName": "intruders"},
    Endpoint.GROUP: {"schemas": [PATCH_OP], "displayName": "x", "Operations": [{"op": "remove", "path": "members"}]},
    Endpoint.BULK: {"Operations": [{"method": "DELETE", "path": "/Users/{user}"}]},
}


# Ids, times, versions and slugs that are made anew for each workspace
NEW = re.compile(rb'[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\dT[0-9:.]+Z|W/\\"\d+\\"|ws\d+|"nextCursor":"[^"]*"')


def test_every_endpoint_has_a_path_here() -> None:
    assert set(PATHS) == set(METHODS) == set(Endpoint)


@pytest.fixture
def acme(database: Database) -> NewWorkspace:
    """A workspace with a user in a group."""
    return new_workspace(database)


@pytest.fixture
def ids(acme: NewWorkspace) -> dict[str, str]:
    """The ids of that user and group."""
    user = acme.idp.user("ada")
    return {"user": user, "group": acme.idp.group("Staff", user)}


def requests(base: str, ids: dict[str, str]) -> Iterator[Request]:
    """Every route with every method, whether it allows it or not."""
    for endpoint, template in PATHS.items():
        path, body = template, msgspec.json.encode(BODIES.get(endpoint, {})).decode()
        for name, value in ids.items():
            path, body = path.replace(f"{{{name}}}", value), body.replace(f"{{{name}}}", value)
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            sent = b"" if method in {"GET", "DELETE"} else body.encode()
            yield Request(method, base + path, "", {"content-type": "application/scim+json"}, sent)


def with_token(request: Request, token: str | None) -> Request:
    """The request with a bearer token, or without."""
    headers = {**request.headers} if token is None else {**request.headers, "authorization": f"Bearer {token}"}
    return Request(request.method, request.path, request.query, headers, request.body)


def seen(response: Response) -> tuple[int, dict[str, str], bytes]:
    """Everything that a client can see of an answer."""
    return response.status, dict(response.headers), response.read()


def test_another_workspaces_token_is_a_wrong_token_on_every_route(acme: NewWorkspace, ids: dict[str, str]) -> None:
    other = new_workspace(acme.database)
    wrong = make_token(lambda n: b"\7" * n)
    before = list(admin.list_members(acme.database, acme.slug, all_=True)), acme.idp.members(ids["group"])

    for request in requests(acme.idp.base, ids):
        stranger = seen(acme.idp.send(with_token(request, wrong)))
        assert seen(acme.idp.send(with_token(request, other.idp.token))) == stranger, request
        nobody = seen(acme.idp.send(with_token(request, None)))
        nowhere = msgspec.structs.replace(request, path=request.path.replace(acme.idp.base, "/scim/v2/nowhere", 1))
        assert nobody == seen(acme.idp.send(with_token(nowhere, None))), "says what is missing, and of no workspace"
        assert nobody[0] == 401
        assert nobody[1]["www-authenticate"] == 'Bearer realm="SCIM"'  # RFC 6750 §3.1: no error where nothing was shown
        assert stranger[0] == 401
        assert stranger[1]["www-authenticate"].startswith("Bearer")

    assert (list(admin.list_members(acme.database, acme.slug, all_=True)), acme.idp.members(ids["group"])) == before


def test_a_workspace_that_does_not_exist_looks_like_a_wrong_token(acme: NewWorkspace, ids: dict[str, str]) -> None:
    wrong = make_token(lambda n: b"\7" * n)

    for request in requests("/scim/v2/nowhere", ids):
        for token in (acme.idp.token, wrong):
            assert seen(acme.idp.send(with_token(request, token)))[0] == 401


def test_ids_of_another_workspace_are_unknown_here(acme: NewWorkspace, ids: dict[str, str]) -> None:
    """Product 9.2: with a right token, ids of elsewhere are ids that do not exist."""
    idp = new_workspace(acme.database).idp
    group = idp.group("Mine")

    for path in (f"/Users/{ids['user']}", f"/Groups/{ids['group']}"):
        assert idp.get(path).status == 404
        assert idp.request("DELETE", path).status == 404
        assert idp.patch(path, {"op": "replace", "path": "displayName", "value": "x"}).status == 404
    assert idp.add(group, ids["user"]).status == 400
    assert idp.find("/Users", f'groups.value eq "{ids["group"]}"') == []
    assert idp.find("/Groups", f'members.value eq "{ids["user"]}"') == []
    assert idp.find("/Users", f'id eq "{ids["user"]}"') == []


@pytest.fixture
def foreign(acme: NewWorkspace, ids: dict[str, str]) -> dict[str, str]:
    """An id of each kind that another workspace has, and a cursor of its list of users."""
    workspace = acme.database.read(lambda tx: workspaces.find(tx, acme.slug))
    assert workspace is not None
    acme.idp.user("ben")
    return {
        **ids,
        "workspace": workspace.id,
        "slug": acme.slug,
        "connection": admin.list_connections(acme.database, acme.slug)[0].id,
        "log": admin.list_log(acme.database, acme.slug)[0].id,
        "local": admin.invite(acme.database, acme.slug, "local@example.com").id,
        "cursor": acme.idp.get("/Users?cursor&count=1").json()["nextCursor"],
    }


def addressed(base: str, id: str) -> Iterator[Request]:
    """Every route with every method, with an id wherever one can stand: in paths, queries and bodies."""
    headers = {"content-type": "application/scim+json"}
    operations = [
        {"op": "add", "path": "members", "value": [{"value": id}]},
        {"op": "remove", "path": "members", "value": [{"value": id}]},
        {"op": "remove", "path": f'members[value eq "{id}"]'},
        {"op": "replace", "value": {"manager": {"value": id}}},
    ]
    bodies: list[Json] = [
        {"userName": "x", "externalId": id, "groups": [{"value": id}]},
        {"displayName": "x", "members": [{"value": id}]},
        *({"Operations": [operation]} for operation in operations),
        {"filter": f'id eq "{id}"'},
        {"filter": f'members.value eq "{id}" or groups.value eq "{id}"'},
        {"cursor": id, "count": 1},
        {"Operations": [{"method": m, "path": f"/{t}/{id}"} for m in ("DELETE", "PUT") for t in ("Users", "Groups")]},
    ]
    for endpoint, template in PATHS.items():
        path = template.replace("{user}", id).replace("{group}", id)
        if endpoint in {Endpoint.RESOURCE_TYPE, Endpoint.SCHEMA}:
            path = f"{path.rpartition('/')[0]}/{id}"
        for query in ("", f"filter=id+eq+%22{id}%22", f"cursor={quote_plus(id)}&count=1", f"startIndex={id}"):
            yield Request("GET", base + path, query, headers, b"")
        yield Request("DELETE", base + path, "", headers, b"")
        for body in bodies:
            for method in ("POST", "PUT", "PATCH"):
                yield Request(method, base + path, "", headers, msgspec.json.encode(body))


def told(idp: Idp, id: str) -> list[tuple[int, bytes]]:
    """What a right token is told when it names an id everywhere, with the id, times and versions taken out."""
    sent = [with_token(request, idp.token) for request in addressed(idp.base, id)]
    answers = [idp.send(request) for request in sent]
    shown = re.compile(f'{re.escape(id[:80])}[^"]*'.encode())  # a detail cuts what is long
    return [(a.status, NEW.sub(b"*", shown.sub(b"ID", a.read()))) for a in answers]


@pytest.mark.parametrize("kind", ["user", "group", "workspace", "slug", "connection", "log", "local", "cursor"])
def test_every_id_of_another_workspace_is_one_that_never_was_on_every_route(
    acme: NewWorkspace, foreign: dict[str, str], kind: str
) -> None:
    """Product 9.2: two workspaces that are alike name, one an id of a third, the other an id of nobody's."""
    before = rows(acme)
    mine, other = new_workspace(acme.database).idp, new_workspace(acme.database).idp
    for idp in (mine, other):
        idp.group("Mine", idp.user("me"))

    if kind == "slug":
        never = "q" + foreign[kind][1:]  # no workspace begins so, and as a cursor it is no more than the other
    else:
        never = foreign[kind][:-6] + ("zzzzzz" if kind == "cursor" else "abcdef")
    assert told(mine, foreign[kind]) == told(other, never)

    assert rows(acme) == before


def rows(workspace: NewWorkspace) -> object:
    """All that a workspace has."""
    idp, database, slug = workspace.idp, workspace.database, workspace.slug
    lists = [idp.get(f"/{name}?count=1000").json() for name in ("Users", "Groups")]
    return lists, list(admin.list_members(database, slug, all_=True)), admin.list_log(database, slug, limit=10_000)


def test_a_disabled_connection_is_refused_at_once_and_works_again_when_enabled(acme: NewWorkspace) -> None:
    """Product 1.3: turning SCIM off refuses every request with 401 and keeps the data."""
    user = acme.idp.user("kept")

    admin.set_enabled(acme.database, acme.slug, None, enabled=False)
    assert acme.idp.get("/Users").status == 401
    assert acme.idp.request("DELETE", f"/Users/{user}").status == 401

    admin.set_enabled(acme.database, acme.slug, None, enabled=True)
    assert acme.idp.get(f"/Users/{user}").status == 200
