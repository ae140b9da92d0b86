"""A script that uses Graph, without a network: requests as it writes them, answers as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import Any

import msgspec

from entrant.entra.graph.access import Access
from entrant.entra.graph.handler import Graph
from entrant.scim.wire import Json, Request, Response

ORIGIN = "https://graph.example"
EVENTUAL = {"consistencylevel": "eventual"}
TOKEN = "development"
_numbers = count(1)


@dataclass(frozen=True)
class Client:
    """A client of one tenant's API."""

    access: Access
    version: str = "v1.0"

    def send(self, method: str, path: str, body: Json = None, **headers: str) -> Response:
        """Send one request; `path` is below the version, and may have a query. Headers' underscores are dashes."""
        address, _, query = path.removeprefix(f"{ORIGIN}/{self.version}/").partition("?")
        fixed = {":scheme": "https", "host": "graph.example", "authorization": f"Bearer {TOKEN}"}
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        content = b"" if body is None else msgspec.json.encode(body)
        if content:
            fixed["content-type"] = "application/json"
        request = Request(method, f"/{self.version}/{address}", query, {**fixed, **given}, content)
        return Graph(self.access).handle(request)

    def get(self, path: str, **headers: str) -> Json:
        """The body of an answer that must be 200."""
        response = self.send("GET", path, **headers)
        assert response.status == 200, response.json()
        return response.json()

    def values(self, path: str, **headers: str) -> list[Json]:
        """The elements of a collection, page by page."""
        found: list[Json] = []
        link: str | None = path
        while link:
            page = self.get(link, **headers)
            found += page["value"]
            link = page.get("@odata.nextLink")
        return found

    def post(self, path: str, body: Json = None, status: int = 201, **headers: str) -> Json:
        """The body of an answer to POST; None if it has none."""
        response = self.send("POST", path, body, **headers)
        assert response.status == status, response.read()
        content = response.read()
        return msgspec.json.decode(content) if content else None

    def change(self, method: str, path: str, body: Json = None) -> None:
        """A change that must be answered 204, without a body."""
        response = self.send(method, path, body)
        assert (response.status, response.read()) == (204, b"")

    def error(self, method: str, path: str, body: Json = None, **headers: str) -> tuple[int, str, str]:
        """Status, code and message of a refusal."""
        response = self.send(method, path, body, **headers)
        error = response.json()["error"]
        return response.status, error["code"], error["message"]

    def user(self, name: str | None = None, **more: Any) -> Json:  # noqa: ANN401  values of properties
        """A new user as Graph answers it."""
        name = name or f"user{next(_numbers)}"
        return self.post("users", {**user_body(name), **more})

    def group(self, name: str, **more: Any) -> Json:  # noqa: ANN401
        """A new security group."""
        body = {"displayName": name, "mailEnabled": False, "mailNickname": "group", "securityEnabled": True, **more}
        return self.post("groups", body)

    def application(self, name: str = "Entrant") -> Json:
        """A new service principal."""
        template = "applicationTemplates/8adf8e6e-67b2-4cf2-a259-e3dc5476c621/instantiate"
        return self.post(template, {"displayName": name})["servicePrincipal"]


def user_body(name: str) -> dict[str, Json]:
    """The least that a new user needs."""
    return {
        "accountEnabled": True,
        "displayName": name.title(),
        "mailNickname": name,
        "userPrincipalName": f"{name}@contoso.com",
        "passwordProfile": {"forceChangePasswordNextSignIn": "True", "password": "xWwvJ]6NMw+bWH-d"},
    }
