"""An identity provider for tests: speaks SCIM to a handler, one method per thing a test wants to say."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import quote_plus

import msgspec

from entrant.scim.wire import Handler, Json, Request, Response

PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@dataclass(frozen=True)
class Idp:
    """`base` is the path of the base URL, such as `/scim/v2/acme`."""

    send: Handler
    base: str
    token: str
    headers: dict[str, str] = field(default_factory=dict)

    def request(self, method: str, path: str, body: Json = None, **headers: str) -> Response:
        """Send a request below the base URL; keyword `if_match` is the header `if-match`."""
        path, _, query = path.partition("?")
        raw = b"" if body is None else msgspec.json.encode(body)
        extra = {name.replace("_", "-"): value for name, value in headers.items()}
        if raw:
            extra.setdefault("content-type", "application/scim+json; charset=utf-8")
        all_headers = {"authorization": f"Bearer {self.token}", **self.headers, **extra}
        return self.send(Request(method, self.base + path, query, all_headers, raw))

    def get(self, path: str, **headers: str) -> Response:
        """GET a path below the base URL."""
        return self.request("GET", path, **headers)

    def find(self, endpoint: str, filter_: str) -> list[Json]:
        """The resources that match a filter."""
        resources: list[Json] = self.get(f"{endpoint}?filter={quote_plus(filter_)}").json()["Resources"]
        return resources

    def post_user(self, user_name: str, **attributes: Json) -> Response:
        """Create a user."""
        return self.request("POST", "/Users", {"schemas": [USER], "userName": user_name, **attributes})

    def post_group(self, display_name: str, *members: str) -> Response:
        """Create a group with members."""
        body = {"schemas": [GROUP], "displayName": display_name, "members": [{"value": m} for m in members]}
        return self.request("POST", "/Groups", body)

    def user(self, user_name: str, **attributes: Json) -> str:
        """Create a user who must be accepted; the id."""
        return self._id(self.post_user(user_name, **attributes))

    def group(self, display_name: str, *members: str) -> str:
        """Create a group that must be accepted; the id."""
        return self._id(self.post_group(display_name, *members))

    def patch(self, path: str, *operations: Json) -> Response:
        """Send PATCH operations to a resource."""
        return self.request("PATCH", path, {"schemas": [PATCH_OP], "Operations": list(operations)})

    def add(self, group: str, *members: str) -> Response:
        """Add members as Entra does."""
        return self.patch(
            f"/Groups/{group}", {"op": "Add", "path": "members", "value": [{"value": m} for m in members]}
        )

    def remove(self, group: str, *members: str) -> Response:
        """Remove members by value list, as Entra does without its flag (entra-client 9.8)."""
        value = [{"value": m} for m in members]
        return self.patch(f"/Groups/{group}", {"op": "Remove", "path": "members", "value": value})

    def rename(self, group: str, name: str) -> Response:
        """Give a group another displayName."""
        return self.patch(f"/Groups/{group}", {"op": "Replace", "path": "displayName", "value": name})

    def set_active(self, user: str, *, active: bool) -> Response:
        """Deprovision a user or let them return, as Entra does without its flag."""
        return self.patch(f"/Users/{user}", {"op": "Replace", "path": "active", "value": str(active)})

    def members(self, group: str) -> set[str]:
        """The ids of a group's members."""
        return {m["value"] for m in self.get(f"/Groups/{group}").json().get("members", [])}

    @staticmethod
    def _id(response: Response) -> str:
        assert response.status == 201, response.read()
        resource_id: str = response.json()["id"]
        return resource_id
