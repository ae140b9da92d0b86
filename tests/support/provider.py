"""An OpenID provider in this process, whose every document and claim a test chooses, and that keeps no rule.

What a sign-in says of a person is `claims`, on top of what is always needed (issuer, audience, times, nonce). Anything
that it serves can be another document: `documents`, by path.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import msgspec
from joserfc import jwt
from joserfc.jwk import ECKey

from entrant.scim.wire import Json

CONFIGURATION = "/.well-known/openid-configuration"


@dataclass
class Provider:
    """`authorized` is what the last authorization request asked for."""

    url: str
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "first"}))
    claims: dict[str, Json] = field(default_factory=dict)
    user_info: dict[str, Json] | None = None
    documents: dict[str, bytes] = field(default_factory=dict)
    authorized: dict[str, str] = field(default_factory=dict)

    def answer(self, path: str) -> bytes | None:
        """What is served at a path."""
        if path in self.documents:
            return self.documents[path]
        if path == CONFIGURATION:
            return msgspec.json.encode(self.configuration())
        if path == "/keys":
            return msgspec.json.encode({"keys": [self.key.as_dict(private=False)]})
        if path == "/token":
            return msgspec.json.encode({"access_token": "a", "token_type": "Bearer", "id_token": self.id_token()})
        if path == "/user-info" and self.user_info is not None:
            return msgspec.json.encode(self.user_info)
        return None

    def configuration(self) -> dict[str, Json]:
        """OpenID Connect Discovery 1.0 §3."""
        more = {} if self.user_info is None else {"userinfo_endpoint": f"{self.url}/user-info"}
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            **more,
        }

    def id_token(self) -> str:
        """What it says of whoever has just signed in. A claim given as None is left out."""
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": self.authorized.get("client_id", "entrant"),
            "nonce": self.authorized.get("nonce", ""),
            "iat": now,
            "exp": now + 300,
            **self.claims,
        }
        known = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode({"alg": "ES256", "kid": "first"}, known, self.key)

    def visit(self, address: str) -> str:
        """Sign in at the address that the browser was sent to; the address that it is sent back to."""
        self.authorized = dict(parse_qsl(urlsplit(address).query))
        back = httpx.URL(self.authorized["redirect_uri"])
        return str(back.copy_merge_params({"code": "c0de", "state": self.authorized["state"]}))


@contextmanager
def providing() -> Iterator[Provider]:
    """A provider that runs."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = provider.answer(urlsplit(self.path).path)
            self.send_response(404 if body is None else 200)
            self.end_headers()
            self.wfile.write(body or b"")

        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers.get("content-length", "0"))).decode())
            assert form.get("code") == ["c0de"]
            self.do_GET()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    provider = Provider(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
