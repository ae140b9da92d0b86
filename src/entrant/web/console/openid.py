"""Signing in by OpenID Connect: the authorization code flow with PKCE (OpenID Connect Core 1.0 §3.1, RFC 7636).

State, nonce and verifier are made from one random secret, which only a cookie of the browser that began holds.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

from msgspec.structs import replace

from entrant.config import Switch
from entrant.scim.wire import Json
from entrant.service.admin import OpenIdClient, find_openid_client
from entrant.service.oauth.documents import TokenAnswer, UserInfo, read_configuration, read_document, well_known
from entrant.service.oauth.fetch import FetchError, fetch_json
from entrant.service.oauth.identity import BadIdentity, Expected, Identity, read_identity
from entrant.service.sign_in import NotLetIn, sign_in_as
from entrant.ui.text import sentence
from entrant.workspace.errors import NoSuch

from .cookies import cookie
from .render import message
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
    private = _private(visit)
    try:
        found = read_configuration(_fetch(visit, well_known(issuer)), issuer, private=private)
    except FetchError as exc:
        raise SignInFailed(f"That is no OpenID provider: {exc}.") from exc
    if found.authorization_endpoint is None or found.token_endpoint is None:
        raise SignInFailed(f"{issuer} does not describe itself as an OpenID provider")
    return Provider(
        issuer=found.issuer,
        authorization=found.authorization_endpoint,
        token=found.token_endpoint,
        keys=found.jwks_uri,
        user_info=found.userinfo_endpoint,
    )


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
    return redirect(_with_query(provider.authorization, parameters), line)


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
        return message(visit, 403, "No access", sentence(refused.detail))
    return let_in(visit, session)


def _client(visit: Visit) -> OpenIdClient:
    try:
        client = find_openid_client(visit.database, visit.slug)
    except NoSuch:
        client = None
    if client is None:
        raise SignInFailed("This workspace has no identity provider for signing in.")
    return client


def _claims(visit: Visit, client: OpenIdClient, secret: str) -> Identity:
    """What the provider says of whoever signed in; raises SignInFailed."""
    provider = discover(visit, client.issuer)
    form = {
        "grant_type": "authorization_code",
        "code": visit.query["code"],
        "redirect_uri": visit.public_url(BACK),
        "code_verifier": _derive(secret, "verifier"),
    }
    expected = Expected(provider.issuer, client.client_id, _derive(secret, "nonce"))
    given = _fetch(visit, provider.token, urlencode(form).encode(), _basic(client))
    try:
        answer = read_document(given, TokenAnswer, "what it gives for the code")
        claims = read_identity(answer.id_token, _fetch(visit, provider.keys), expected, visit.database.clock.outside())
        if provider.user_info is not None and answer.access_token is not None and not any(_names(claims)):
            more = _fetch(visit, provider.user_info, authorization=f"Bearer {answer.access_token}")
            return _joined(claims, read_document(more, UserInfo, "what it says of you"))
    except FetchError as exc:
        raise SignInFailed(f"The identity provider does not answer as it should: {exc}.") from exc
    except BadIdentity as exc:
        raise SignInFailed(str(exc)) from exc
    return claims


def _joined(claims: Identity, more: UserInfo) -> Identity:
    """The claims with the address of UserInfo, if that is of the same person (OpenID Connect Core 1.0 §5.3.2)."""
    if more.sub != claims.sub:
        return claims
    return replace(claims, email=more.email, email_verified=more.email_verified)


def _names(claims: Identity) -> Iterator[str]:
    """What may be the member's userName. An e-mail address that the provider has not verified is not theirs."""
    for name in NAMES:
        value = getattr(claims, name)
        if value and not (name == "email" and claims.email_verified is False):
            yield value


def _basic(client: OpenIdClient) -> str:
    """The client's credentials for the token endpoint (RFC 6749 §2.3.1)."""
    pair = f"{quote(client.client_id, safe='')}:{quote(client.client_secret, safe='')}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def _fetch(visit: Visit, url: str, form: bytes | None = None, authorization: str | None = None) -> Json:
    try:
        return fetch_json(url, private=_private(visit), form=form, authorization=authorization)
    except FetchError as exc:
        raise SignInFailed(f"The identity provider cannot be reached: {exc}.") from exc


def _private(visit: Visit) -> bool:
    """Whether providers inside the network are asked."""
    return visit.site.config.private_issuers is Switch.ON


def _with_query(address: str, parameters: dict[str, str]) -> str:
    """An address that may have a query already, with more of it (RFC 6749 §3.1)."""
    return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(parameters)}"


def _derive(secret: str, purpose: str) -> str:
    return _hash(f"{purpose}:{secret}")


def _hash(text: str) -> str:
    """SHA-256 in base64url without padding: for the verifier that is S256 of RFC 7636 §4.2."""
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


def _failed(visit: Visit, text: str) -> Reply:
    return message(visit, 400, "Signing in did not work", text)
