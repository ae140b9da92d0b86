"""An issuer of assertions for tests: signs them, and publishes its keys over HTTP on this machine."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

import msgspec
from joserfc import jwt
from joserfc.jwk import RSAKey

from entrant.scim.wire import Json

TENANT = "a1b2c3d4-0000-4000-8000-000000000001"


def new_key(key_id: str) -> RSAKey:
    """A key pair with that `kid`."""
    return RSAKey.generate_key(2048, {"kid": key_id, "use": "sig"}, private=True)


@dataclass
class Issuer:
    """`documents` are what it serves, by path; `asked` are the paths that were asked for, in order."""

    url: str
    key: RSAKey
    documents: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def publish(self, *keys: RSAKey) -> None:
        """Serve these public keys, and the configuration that leads to them."""
        self.documents["/keys"] = msgspec.json.encode({"keys": [key.as_dict(private=False) for key in keys]})
        self.documents["/.well-known/openid-configuration"] = msgspec.json.encode(
            {"issuer": self.url, "jwks_uri": f"{self.url}/keys"}
        )

    def claims(self, **changed: Json) -> dict[str, Json]:
        """What Entra would say (entra-client 3.6), with a `jti`; a claim given as None is left out."""
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": "api://entrant",
            "sub": "the-app",
            "tid": TENANT,
            "iat": now,
            "nbf": now,
            "exp": now + 3600,
            "ver": "2.0",
            "jti": str(uuid4()),
        }
        return {name: value for name, value in (claims | changed).items() if value is not None}

    def sign(self, **changed: Json) -> str:
        """An assertion, signed with the current key."""
        return sign(self.key, self.claims(**changed))


def sign(key: RSAKey, claims: dict[str, Json]) -> str:
    """A signed JWT."""
    return jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key)


@contextmanager
def issuing() -> Iterator[Issuer]:
    """An issuer that serves its keys."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.asked.append(self.path)
            body = issuer.documents.get(self.path)
            self.send_response(404 if body is None else 200)
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    issuer = Issuer(f"http://127.0.0.1:{server.server_port}", new_key("first"))
    issuer.publish(issuer.key)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
