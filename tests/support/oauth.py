"""A client of a workspace's token endpoint, for tests."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from urllib.parse import quote_plus, urlencode

from entrant.config import Config, Switch
from entrant.scim.wire import Request, Response
from entrant.service.oauth import OAuth

from .idp import Idp
from .workspaces import NewWorkspace

CONFIG = Config(private_issuers=Switch.ON, public_url="https://scim.example.com")


@dataclass(frozen=True)
class Client:
    """A connection's client, and the endpoint of its workspace."""

    workspace: NewWorkspace
    oauth: OAuth
    id: str
    secret: str
    endpoint: str = "token"

    def post(self, form: dict[str, str], **headers: str) -> Response:
        """Send a form to the endpoint."""
        return self.send(urlencode(form).encode(), **headers)

    def send(self, body: bytes, **headers: str) -> Response:
        """Send a body to the endpoint."""
        all_headers = {"content-type": "application/x-www-form-urlencoded", **headers}
        path = f"/scim/oauth/{self.workspace.slug}/{self.endpoint}"
        return self.oauth.handle(Request("POST", path, "", all_headers, body))

    def by_secret(self, secret: str | None = None) -> Response:
        """Ask for a token as Entra does (entra-client 3.7)."""
        secret = self.secret if secret is None else secret
        return self.post({"grant_type": "client_credentials", "client_id": self.id, "client_secret": secret})

    def by_assertion(self, assertion: str, **changed: str) -> Response:
        """Ask for a token as Entra's federation does (entra-client 3.6)."""
        form = {
            "grant_type": "client_credentials",
            "client_id": self.id,
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": assertion,
            "baseAddress": "https://scim.example.com/scim/v2/acme",
        }
        return self.post({name: value for name, value in (form | changed).items() if value})

    def idp(self, answer: Response) -> Idp:
        """A provider that speaks SCIM with the token of an answer."""
        assert answer.status == 200, answer.read()
        return replace(self.workspace.idp, token=answer.json()["access_token"])

    def on(self, endpoint: str) -> Client:
        """The same client at another endpoint."""
        return replace(self, endpoint=endpoint)


def basic(client_id: str, secret: str) -> str:
    """An Authorization header (RFC 6749 §2.3.1)."""
    return "Basic " + base64.b64encode(f"{quote_plus(client_id)}:{quote_plus(secret)}".encode()).decode()
