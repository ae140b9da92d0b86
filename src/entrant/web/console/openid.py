"""Signing in by OpenID Connect: the authorization code flow with PKCE (OpenID Connect Core 1.0 §3.1, RFC 7636).

State, nonce and verifier are made from one random secret, which only a cookie of the browser that began holds.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from authlib.common.urls import add_params_to_uri
from authlib.oidc.discovery import get_well_known_url
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from entrant.config import Switch
from entrant.scim.wire import Json
from entrant.service.admin import OpenIdClient, find_openid_client
from entrant.service.oauth.assertion import ALGORITHMS, LEEWAY
from entrant.service.oauth.fetch import FetchError, fetch_json
from entrant.service.sign_in import NotLetIn, sign_in_as
from entrant.workspace.errors import NoSuch

from .cookies import cookie
from .render import message
from .sentences import sentence
from .sign_in import let_in
from .visit import OPENID_COOKIE, Reply, Visit, redirect

BACK = "sign-in/openid/back"
MINUTES = 10  # that signing in at the provider may take
NAMES = ("preferred_username", "upn", "email")  # claims that may be a userName, most telling first


class SignInFailed(Exception):
    """The provider's answer cannot be trusted or understood. The message is a sentence."""


@dataclass(frozen=True, slots=True)
class Provider:
    """Where a provider's endpoints are (OpenID Connect Discovery 1.0 §3)."""

    issuer: str
    authorization: str
    token: str
    keys: str
    user_info: str | None


def discover(visit: Visit, issuer: str) -> Provider:
    """The provider with that issuer; raises SignInFailed."""
    document = _fetch(visit, str(get_well_known_url(issuer, external=True)))
    try:
        provider = Provider(
            issuer=document["issuer"],
            authorization=document["authorization_endpoint"],
            token=document["token_endpoint"],
            keys=document["jwks_uri"],
            user_info=document.get("userinfo_endpoint"),
        )
    except (KeyError, TypeError, AttributeError) as exc:
        raise SignInFailed(f"{issuer} does not describe itself as an OpenID provider") from exc
    if provider.issuer.rstrip("/") != issuer.rstrip("/"):
        raise SignInFailed(f"The provider at {issuer} says that its issuer is {provider.issuer}")
    return provider


def begin(visit: Visit) -> Reply:
    """Send the browser to the provider."""
    try:
        client = _client(visit)
        provider = discover(visit, client.issuer)
    except SignInFailed as failed:
        return _failed(visit, str(failed))
    secret = secrets.token_urlsafe(32)
    verifier = _derive(secret, "verifier")
    parameters = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": visit.public_url(BACK),
        "scope": "openid profile email",
        "state": _derive(secret, "state"),
        "nonce": _derive(secret, "nonce"),
        "code_challenge": _hash(verifier),
        "code_challenge_method": "S256",
    }
    line = cookie(visit, OPENID_COOKIE, secret, max_age=MINUTES * 60, path="/sign-in/openid")
    return redirect(add_params_to_uri(provider.authorization, list(parameters.items())), line)


def finish(visit: Visit) -> Reply:
    """Take the code that the browser brings back, and begin a session for whom it stands."""
    secret = visit.cookies.get(OPENID_COOKIE, "")
    state = _derive(secret, "state")
    if not secret or not hmac.compare_digest(visit.query.get("state", "").encode(), state.encode()):
        return _failed(visit, "This sign-in was not begun in this browser, or took too long. Please try again.")
    if "error" in visit.query or "code" not in visit.query:
        return _failed(visit, "The identity provider did not let you in, or you turned back.")
    try:
        claims = _claims(visit, _client(visit), secret)
        session = sign_in_as(visit.database, visit.slug, _names(claims))
    except SignInFailed as failed:
        return _failed(visit, str(failed))
    except NotLetIn as refused:
        return message(visit, 403, "No access", sentence(refused))
    return let_in(visit, session)


def _client(visit: Visit) -> OpenIdClient:
    try:
        client = find_openid_client(visit.database, visit.slug)
    except NoSuch:
        client = None
    if client is None:
        raise SignInFailed("This workspace has no identity provider for signing in.")
    return client


def _claims(visit: Visit, client: OpenIdClient, secret: str) -> Mapping[str, Json]:
    """What the provider says of whoever signed in; raises SignInFailed."""
    provider = discover(visit, client.issuer)
    form = {
        "grant_type": "authorization_code",
        "code": visit.query["code"],
        "redirect_uri": visit.public_url(BACK),
        "code_verifier": _derive(secret, "verifier"),
    }
    answer = _fetch(visit, provider.token, urlencode(form).encode(), _basic(client))
    token = answer.get("id_token") if isinstance(answer, dict) else None
    if not isinstance(token, str):
        raise SignInFailed("The identity provider gave no identity token.")
    claims = _verified(token, _fetch(visit, provider.keys), provider, client, _derive(secret, "nonce"))
    access = answer.get("access_token")
    if provider.user_info is not None and isinstance(access, str) and not any(_names(claims)):
        more = _fetch(visit, provider.user_info, authorization=f"Bearer {access}")
        if isinstance(more, dict) and more.get("sub") == claims.get("sub"):  # OpenID Connect Core 1.0 §5.3.2
            return {**more, **claims}
    return claims


def _verified(token: str, keys: Json, provider: Provider, client: OpenIdClient, nonce: str) -> Mapping[str, Json]:
    """The claims of an identity token that is for us, now, and for this sign-in (OpenID Connect Core 1.0 §3.1.3.7)."""
    try:
        decoded = jwt.decode(token, KeySet.import_key_set(keys), algorithms=list(ALGORITHMS))
        jwt.JWTClaimsRegistry(
            leeway=int(LEEWAY.total_seconds()),
            iss={"essential": True, "value": provider.issuer},
            aud={"essential": True, "value": client.client_id},
            exp={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": nonce},
        ).validate(decoded.claims)
    except (JoseError, ValueError, KeyError, TypeError) as exc:
        raise SignInFailed("The identity token is not valid; check issuer and client id in the settings.") from exc
    claims: Mapping[str, Json] = decoded.claims
    audience = claims["aud"]
    if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != client.client_id:
        raise SignInFailed("The identity token is for another application.")
    return claims


def _names(claims: Mapping[str, Json]) -> Iterator[str]:
    """What may be the member's userName. An e-mail address that the provider has not verified is not theirs."""
    for name in NAMES:
        value = claims.get(name)
        if isinstance(value, str) and value and not (name == "email" and claims.get("email_verified") is False):
            yield value


def _basic(client: OpenIdClient) -> str:
    """The client's credentials for the token endpoint (RFC 6749 §2.3.1)."""
    pair = f"{quote(client.client_id, safe='')}:{quote(client.client_secret, safe='')}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def _fetch(visit: Visit, url: str, form: bytes | None = None, authorization: str | None = None) -> Json:
    private = visit.site.config.private_issuers is Switch.ON
    try:
        return fetch_json(url, private=private, form=form, authorization=authorization)
    except FetchError as exc:
        raise SignInFailed(f"The identity provider cannot be reached: {exc}.") from exc


def _derive(secret: str, purpose: str) -> str:
    return _hash(f"{purpose}:{secret}")


def _hash(text: str) -> str:
    """SHA-256 in base64url without padding: for the verifier that is S256 of RFC 7636 §4.2."""
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


def _failed(visit: Visit, text: str) -> Reply:
    return message(visit, 400, "Signing in did not work", text)
