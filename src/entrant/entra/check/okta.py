"""What Okta's SCIM 2.0 connector sends, in its own shapes: the name first, PUT for profiles, PATCH without a path."""

from __future__ import annotations

from functools import partial
from urllib.parse import quote

from entrant.scim.schema import GROUP_URN, USER_URN
from entrant.scim.wire import Json

from .bench import Bench
from .client import CREATED, member_ids, require
from .exact import grouped
from .model import Check, Failed, Run, Suite

SOURCE = "Okta: SCIM 2.0 protocol reference"
LOST = "Okta shows the task as failed on its dashboard, for an administrator to retry."


def _profile(bench: Bench, who: str, **others: Json) -> dict[str, Json]:
    return {
        "schemas": [USER_URN],
        "userName": bench.upn(who),
        "name": {"givenName": "Jane", "familyName": "Doe"},
        "emails": [{"primary": True, "value": bench.upn(who), "type": "work"}],
        "displayName": "Jane Doe",
        "locale": "en-US",
        "externalId": f"{bench.prefix}-{who}",
        "groups": [],
        "active": True,
        **others,
    }


def _lookup(bench: Bench) -> None:
    filter_ = f'userName eq "{bench.upn("jane")}"'
    query = f"filter={quote(filter_)}&startIndex=1&count=100"
    if bench.client.get("/Users", query).get("totalResults") != 0:
        raise Failed("the lookup of a user who is not there must have totalResults 0", LOST)


def _create(bench: Bench) -> None:
    made = bench.client.create("/Users", _profile(bench, "jane"))
    if made.get("userName") != bench.upn("jane"):
        raise Failed("the answer has another userName than was sent", LOST)


def _put(bench: Bench) -> None:
    id_ = bench.client.create("/Users", _profile(bench, "jane"))["id"]
    body = _profile(bench, "jane", id=id_, displayName="Jane Roe", name={"givenName": "Jane", "familyName": "Roe"})
    changed = require(bench.client.request("PUT", f"/Users/{id_}", body=body), CREATED, "PUT /Users/{id}")
    user = bench.client.get(f"/Users/{id_}")
    if changed.get("id") != id_ or user.get("displayName") != "Jane Roe":
        raise Failed("a PUT with the whole profile does not change displayName", LOST)


def _deactivate(bench: Bench) -> None:
    id_ = bench.client.create("/Users", _profile(bench, "jane"))["id"]
    for active in (False, True):
        bench.client.patch(f"/Users/{id_}", {"op": "replace", "value": {"active": active}})
        if bench.client.get(f"/Users/{id_}").get("active") is not active:
            raise Failed(f"a replace without path does not set active to {str(active).lower()}", LOST)


def _group(bench: Bench) -> None:
    client = bench.client
    jane = client.create("/Users", _profile(bench, "jane"))["id"]
    body = {"schemas": [GROUP_URN], "displayName": bench.title("Team"), "members": []}
    id_ = client.create("/Groups", body)["id"]
    path = f"/Groups/{id_}"
    client.patch(path, {"op": "add", "path": "members", "value": [{"value": jane, "display": bench.upn("jane")}]})
    if member_ids(client.get(path)) != {jane}:
        raise Failed("the member that was added is not in the group", LOST)
    client.patch(path, {"op": "remove", "path": f'members[value eq "{jane}"]'})
    if member_ids(client.get(path)):
        raise Failed("the member that was removed is still in the group", LOST)
    client.patch(path, {"op": "replace", "value": {"id": id_, "displayName": bench.title("Crew")}})
    if client.get(path).get("displayName") != bench.title("Crew"):
        raise Failed("a replace without path, with the id beside it, does not rename the group", LOST)
    client.delete(path)


def _import(endpoint: str, bench: Bench) -> None:
    answer = bench.client.get(endpoint, "startIndex=1&count=100")
    if answer.get("startIndex") != 1 or not isinstance(answer.get("Resources"), list):
        raise Failed(f"the list of {endpoint} has no startIndex 1 or no Resources", "Okta's import stops there.")


_TESTS: tuple[tuple[str, str, Run], ...] = (
    ("Okta_Lookup", "A lookup by userName before the creation", _lookup),
    ("Okta_Create", "A user with Okta's profile, read-only groups in it", _create),
    ("Okta_Profile_Push", "The whole profile by PUT", _put),
    ("Okta_Deactivate", "Deactivated and reactivated by a replace without path", _deactivate),
    ("Okta_Group_Push", "A group: members, a new name with the id beside it, deletion", grouped(_group)),
    ("Okta_Import_Users", "Users are listed for an import", partial(_import, "/Users")),
    ("Okta_Import_Groups", "Groups are listed for an import", grouped(partial(_import, "/Groups"))),
)
OKTA = tuple(Check(name, Suite.OKTA, SOURCE, title, run) for name, title, run in _TESTS)
