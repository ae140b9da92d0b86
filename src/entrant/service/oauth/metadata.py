"""The addresses of a workspace's authorization server, and its metadata (RFC 8414).

The metadata are the same for every slug, whether or not there is such a workspace: they tell a stranger nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from entrant.scim.wire import Json

from .assertion import ALGORITHMS

ROOT = "/scim/oauth/"
WELL_KNOWN = "/.well-known/oauth-authorization-server"
TOKEN, REVOKE, METADATA = "token", "revoke", "metadata"
SCOPE = "scim"
MAX_SLUG = 63  # characters of a workspace's slug


@dataclass(frozen=True, slots=True)
class Place:
    """Where a path leads: an endpoint of a workspace."""

    slug: str
    endpoint: str


def find_place(path: str) -> Place | None:
    """Where a percent-encoded path leads; None if to nothing of ours.

    Metadata are found before the issuer's path, as RFC 8414 §3.1 wants it, and after it, as OpenID Connect has it. A
    path that a proxy adds to the public URL may stand between.
    """
    if path.startswith(WELL_KNOWN + "/"):
        _, found, slug = path.rpartition(ROOT)
        endpoint = METADATA
    elif path.startswith(ROOT):
        slug, found, rest = path[len(ROOT) :].partition("/")
        endpoint = {TOKEN: TOKEN, REVOKE: REVOKE, WELL_KNOWN[1:]: METADATA}.get(rest.rstrip("/"), "")
    else:
        return None
    slug = unquote(slug.rstrip("/"))
    if not (found and slug and endpoint) or "/" in slug or len(slug) > MAX_SLUG or not slug.isascii() or "\0" in slug:
        return None
    return Place(slug, endpoint)


def issuer(public_url: str, slug: str) -> str:
    """The identifier of a workspace's authorization server."""
    return f"{public_url}{ROOT}{quote(slug)}"


def token_endpoint(public_url: str, slug: str) -> str:
    """Where a workspace's clients get access tokens."""
    return f"{issuer(public_url, slug)}/{TOKEN}"


def metadata_address(public_url: str, slug: str) -> str:
    """Where the metadata are found by RFC 8414 §3.1."""
    url = urlsplit(issuer(public_url, slug))
    return f"{url.scheme}://{url.netloc}{WELL_KNOWN}{url.path}"


def metadata(public_url: str, slug: str) -> Json:
    """The metadata of a workspace's authorization server (RFC 8414 §2)."""
    methods = ["client_secret_basic", "client_secret_post", "private_key_jwt"]
    return {
        "issuer": issuer(public_url, slug),
        "token_endpoint": token_endpoint(public_url, slug),
        "token_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
        "revocation_endpoint": f"{issuer(public_url, slug)}/{REVOKE}",
        "revocation_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": [],
        "scopes_supported": [SCOPE],
    }
