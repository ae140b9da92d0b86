"""IPSIE §4 and §8: authorization, performance, and what the endpoint says of itself."""

from __future__ import annotations

import time
import uuid
from urllib.parse import urlsplit

from entrant.scim.wire import Request

from .authentication import exchange, validate_credentials
from .bench import Bench
from .client import require, said
from .model import Failed, Skipped
from .recorder import inner, listed, members_of

NEXT = "An identity service that keeps to the profile cannot rely on it; Entra itself does not ask for it."
WELL_KNOWN = "/.well-known/oauth-authorization-server"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
REQUESTS, RATE = 50, 25  # 4.3: at least 25 requests a second


def metadata(bench: Bench) -> None:
    """OAuth metadata with the token endpoint (RFC 8414)."""
    given = bench.options.oauth or bench.options.federated
    if given is None:
        raise Skipped("give --oauth-token-endpoint or --federated-token-endpoint with their options")
    target, endpoint = urlsplit(bench.options.base_url), urlsplit(given.endpoint)
    if target.netloc != endpoint.netloc:
        raise Skipped("the token endpoint is at another host; its metadata is not looked for")
    # The issuer is not known: it is the token endpoint's address without its last part, the base URL, or the origin.
    for path in (endpoint.path.rpartition("/")[0], target.path.rstrip("/"), ""):
        answer = bench.recorder.send(Request("GET", f"{WELL_KNOWN}{path}"))
        found = members_of(answer.read()).get("token_endpoint") if answer.status == 200 else None  # noqa: PLR2004
        if found == given.endpoint:
            return
        if found is not None:
            raise Failed(f"the metadata names the token endpoint {found}, not {given.endpoint}", NEXT)
    raise Failed(f"there is no OAuth metadata with a token_endpoint below {WELL_KNOWN} (RFC 8414)", NEXT)


def scope(bench: Bench) -> None:
    """The token has the scope scim alone."""
    oauth = bench.options.oauth
    if oauth is None:
        raise Skipped("give --oauth-token-endpoint, --client-id and --client-secret")
    form = {"grant_type": "client_credentials", "client_id": oauth.client_id, "client_secret": oauth.client_secret}
    answer = exchange(bench, oauth.endpoint, {**form, "scope": "scim"})
    # RFC 6749 §5.1: a scope that is not said is the one that was asked for.
    if answer.get("scope", "scim") != "scim":
        raise Failed(f"the token has the scope {answer.get('scope')!r}; it must be scim and no broader", NEXT)


def expires(bench: Bench) -> None:
    """Access tokens expire."""
    oauth = bench.options.oauth
    if oauth is None:
        raise Skipped("give --oauth-token-endpoint, --client-id and --client-secret")
    validate_credentials(bench)


def claims_interop(bench: Bench) -> None:
    """The endpoint claims the interoperability profile."""
    if bench.client.get("/ServiceProviderConfig").get("interopProfileConformant") is not True:
        raise Failed(
            "ServiceProviderConfig does not say interopProfileConformant: true; see the points of --profile interop. "
            "An endpoint that takes Entra's PATCH without path cannot conform",
            NEXT,
        )


def rate(bench: Bench) -> None:
    """No 429 at the rate that must be served."""
    began = time.monotonic()
    for _ in range(REQUESTS):
        status = bench.client.request("GET", "/Users", "count=1").status
        if status == 429:  # noqa: PLR2004
            raise Failed(f"429 within {REQUESTS} requests, one after the other, at less than {RATE} a second", NEXT)
        if status != 200:  # noqa: PLR2004
            raise Failed(f"GET /Users is answered {said(status)}", NEXT)
    rate = REQUESTS / (time.monotonic() - began)
    if rate < RATE:
        raise Skipped(
            f"{rate:.0f} requests a second over one connection from here: too slow to tell, but none was refused"
        )


def bulk(bench: Bench) -> None:
    """/Bulk is supported."""
    if inner(bench.client.get("/ServiceProviderConfig").get("bulk")).get("supported") is not True:
        raise Failed("ServiceProviderConfig says that bulk is not supported", NEXT)
    # A deletion of nobody: it makes nothing that would have to be found again if the answer were lost.
    body = {"schemas": [BULK], "Operations": [{"method": "DELETE", "path": f"/Users/{uuid.uuid4()}"}]}
    answer = require(bench.client.request("POST", "/Bulk", body=body), (200,), "POST /Bulk")
    statuses = [str(each.get("status")) for each in listed(answer.get("Operations"))]
    if statuses != ["404"]:
        raise Failed(f"a bulk deletion of nobody has the statuses {statuses}; it must be 404", NEXT)
