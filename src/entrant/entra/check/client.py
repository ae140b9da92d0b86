"""Direct SCIM requests, as Microsoft's own tests send them (graph-surface §6): `Accept`, spaces as `%20`."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

import msgspec

from entrant.scim.schema import ENTERPRISE_URN, GROUP_URN, USER_URN
from entrant.scim.wire import CONTENT_TYPE, Handler, Json, Request, Response

from .model import Failed
from .recorder import listed, members_of

PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
CREATED = (200, 201)
DONE = (200, 204)


@dataclass(frozen=True, slots=True)
class Client:
    """Speaks SCIM below a base URL. What does not answer as it must raises Failed."""

    send: Handler
    base: str

    def request(self, method: str, path: str, query: str = "", body: Json = None) -> Response:
        """Any request, any answer. The query is encoded already."""
        headers = {"accept": CONTENT_TYPE}
        raw = b""
        if body is not None:
            raw = msgspec.json.encode(body)
            headers["content-type"] = CONTENT_TYPE
        return self.send(Request(method, self.base + path, query, headers, raw))

    def get(self, path: str, query: str = "") -> dict[str, Json]:
        """A JSON object that must be there."""
        return require(self.request("GET", path, query), (200,), f"GET {path}")

    def is_gone(self, path: str) -> None:
        """What was deleted must be 404."""
        status = self.request("GET", path).status
        if status != 404:  # noqa: PLR2004
            raise Failed(f"GET {path} is answered {status} after the deletion; it must be 404")

    def find(self, endpoint: str, filter_: str, extra: str = "") -> list[dict[str, Json]]:
        """The resources that match a filter, which must be a ListResponse with 200 even if there are none (6.1)."""
        answer = self.get(endpoint, f"filter={quote(filter_, safe='()')}{extra}")
        total = answer.get("totalResults")
        if not isinstance(total, int) or isinstance(total, bool):
            raise Failed(f"the answer to the filter {filter_} has no totalResults")
        found = list(listed(answer.get("Resources")))
        if bool(total) is not bool(found):
            raise Failed(f"the answer to the filter {filter_} has totalResults {total} and {len(found)} Resources")
        return found

    def find_one(self, endpoint: str, filter_: str) -> dict[str, Json]:
        """The one resource that matches a filter."""
        found = self.find(endpoint, filter_)
        if len(found) != 1:
            raise Failed(f"the filter {filter_} finds {len(found)} resources; it must find 1")
        return found[0]

    def create(self, endpoint: str, body: Json) -> dict[str, Json]:
        """A new resource, with an id."""
        made = require(self.request("POST", endpoint, body=body), CREATED, f"POST {endpoint}")
        if not isinstance(made.get("id"), str) or not made["id"]:
            raise Failed(f"the answer to POST {endpoint} has no id")
        return made

    def user(self, user_name: str, /, **attributes: Json) -> str:
        """A new user; the id."""
        body = {"schemas": [USER_URN], "userName": user_name, "active": True, **attributes}
        id_: str = self.create("/Users", body)["id"]
        return id_

    def group(self, name: str, *members: str, **attributes: Json) -> str:
        """A new group; the id."""
        listed_ = {"members": [{"value": each} for each in members]} if members else {}
        id_: str = self.create("/Groups", {"schemas": [GROUP_URN], "displayName": name, **listed_, **attributes})["id"]
        return id_

    def patch(self, path: str, *operations: Json) -> None:
        """PATCH, which must be done."""
        response = self.try_patch(path, *operations)
        if response.status not in DONE:
            raise Failed(f"PATCH {path} is answered {said(response.status)}; it must be 200 or 204{why(response)}")

    def try_patch(self, path: str, *operations: Json) -> Response:
        """PATCH, whatever comes of it."""
        return self.request("PATCH", path, body={"schemas": [PATCH_OP], "Operations": list(operations)})

    def delete(self, path: str) -> None:
        """DELETE, which must be done."""
        status = self.request("DELETE", path).status
        if status not in DONE:
            raise Failed(f"DELETE {path} is answered {said(status)}; it must be 204")


def require(response: Response, statuses: tuple[int, ...], what: str) -> dict[str, Json]:
    """The JSON object of an answer with one of these statuses."""
    if response.status not in statuses:
        wanted = " or ".join(map(str, statuses))
        raise Failed(f"{what} is answered {said(response.status)}; it must be {wanted}{why(response)}")
    members = members_of(response.read())
    if not members:
        raise Failed(f"the answer to {what} is no JSON object")
    return members


def why(response: Response) -> str:
    """What a SCIM error says, to be put after a sentence."""
    detail = members_of(response.read()).get("detail")
    return f": {detail}" if isinstance(detail, str) else ""


def said(status: int) -> str:
    """A status in a sentence."""
    return str(status) if status else "with nothing that is HTTP"


def member_ids(resource: dict[str, Json]) -> set[str]:
    """The ids of a group's members."""
    return {str(each.get("value")) for each in listed(resource.get("members"))}


def manager_of(resource: dict[str, Json]) -> Json:
    """The id of a user's manager; None or an empty text if there is none."""
    extension = resource.get(ENTERPRISE_URN)
    manager = extension.get("manager") if isinstance(extension, dict) else None
    return manager.get("value") if isinstance(manager, dict) else manager
