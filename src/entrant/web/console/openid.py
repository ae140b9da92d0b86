"""Signing in by OpenID Connect: the authorization code flow with PKCE (OpenID Connect Core 1.0 §3.1, RFC 7636).

State, nonce and verifier are made from a cookie that only the browser that began holds. The provider says who somebody
is; whose session that begins is decided by `service.identities`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote, urlencode, urlsplit

from msgspec.structs import replace

from entrant.config import Switch
from entrant.scim.wire import Json
from entrant.service.admin import OpenIdClient, find_openid_client
from entrant.service.identities import Person, bind_by_link, confirm_by_identity, sign_in_as, verified_address
from entrant.service.oauth.documents import TokenAnswer, UserInfo, read_configuration, read_document, well_known
from entrant.service.oauth.fetch import FetchError, fetch_json
from entrant.service.oauth.identity import BadIdentity, Expected, Identity, read_identity
from entrant.service.sign_in import NotLetIn
from entrant.ui.text import sentence
from entrant.workspace.errors import NoSuch

from .cookies import cookie
from .render import message
from .sign_in import let_in, safe_path, wanted
from .visit import OPENID_COOKIE, SESSION_COOKIE, SET_UP_COOKIE, Reply, Visit, redirect

BACK = "sign-in/openid/back"
MINUTES = 10  # that signing in at the provider may take
SIGN_IN, BIND, CONFIRM = "sign-in", "bind", "confirm"


class SignInFailed(Exception):
    """The provider's answer cannot be trusted or understood. The message is a sentence."""


@dataclass(frozen=True, slots=True)
class Errand:
    """For what the browser was sent to the provider: a cookie of this browser alone has it.

    Whoever changes the cookie gains nothing: the link, or the session, that it is about must be good when they return.
    """

    secret: str
    purpose: str = SIGN_IN
    argument: str = ""
    """The secret of a set-up link, or the page to go on to."""

    def derive(self, use: str) -> str:
        """A value that only whoever has the cookie knows."""
        return _hash(f"{use}:{self.to_cookie()}")

    def to_cookie(self) -> str:
        """As a value of a cookie."""
        return f"{self.secret}.{self.purpose}.{quote(self.argument, safe='')}"

    @classmethod
    def of_cookie(cls, text: str) -> Errand | None:
        """What `to_cookie` wrote."""
        secret, _, rest = text.partition(".")
        purpose, _, argument = rest.partition(".")
        return cls(secret, purpose, unquote(argument)) if secret and purpose in {SIGN_IN, BIND, CONFIRM} else None


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
    """Send the browser to the provider, to sign in."""
    return _send(visit, Errand(secrets.token_urlsafe(32)))


def begin_set_up(visit: Visit) -> Reply:
    """Send the browser to the provider, so that the account there is bound to the member of a set-up link."""
    return _send(visit, Errand(secrets.token_urlsafe(32), BIND, visit.cookies.get(SET_UP_COOKIE, "")))


def begin_confirming(visit: Visit) -> Reply:
    """Send the browser to the provider, so that whoever is signed in shows again who they are."""
    return _send(visit, Errand(secrets.token_urlsafe(32), CONFIRM, wanted(visit)))


def _send(visit: Visit, errand: Errand) -> Reply:
    try:
        client = _client(visit)
        provider = discover(visit, client.issuer)
    except SignInFailed as failed:
        return _failed(visit, str(failed))
    verifier = errand.derive("verifier")
    parameters = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": visit.public_url(BACK),
        "scope": "openid profile email",
        "state": errand.derive("state"),
        "nonce": errand.derive("nonce"),
        "code_challenge": _hash(verifier),
        "code_challenge_method": "S256",
    }
    if errand.purpose == CONFIRM:
        # Whoever has just signed in at the provider is asked there all the same (OpenID Connect Core 1.0 §3.1.2.1).
        parameters |= {"prompt": "login", "max_age": "0"}
    line = cookie(visit, OPENID_COOKIE, errand.to_cookie(), max_age=MINUTES * 60, path="/sign-in/openid")
    return redirect(_with_query(provider.authorization, parameters), line)


def finish(visit: Visit) -> Reply:
    """Take the code that the browser brings back, and do for whom it stands what the browser was sent away for."""
    errand = Errand.of_cookie(visit.cookies.get(OPENID_COOKIE, ""))
    state = "" if errand is None else errand.derive("state")
    if errand is None or not hmac.compare_digest(visit.query.get("state", "").encode(), state.encode()):
        return _failed(visit, "This sign-in was not begun in this browser, or took too long. Please try again.")
    if "error" in visit.query or "code" not in visit.query:
        return _failed(visit, "The identity provider did not sign you in, or you turned back.")
    try:
        person = _person(visit, _client(visit), errand)
    except SignInFailed as failed:
        return _failed(visit, str(failed))
    try:
        if errand.purpose == CONFIRM:
            return _confirmed(visit, errand, person)
        if errand.purpose == BIND:
            return let_in(visit, bind_by_link(visit.database, visit.slug, errand.argument, person))
        return let_in(visit, sign_in_as(visit.database, visit.slug, person))
    except NotLetIn as refused:
        return message(visit, 403, "No access", sentence(refused.detail))


def _confirmed(visit: Visit, errand: Errand, person: Person) -> Reply:
    session = visit.cookies.get(SESSION_COOKIE, "")
    if person.age is None:
        return _failed(visit, "The identity provider does not say when you showed it who you are (auth_time).")
    if not confirm_by_identity(visit.database, visit.slug, session, person):
        return _failed(visit, "At the identity provider you are not the member who is signed in here.")
    return redirect(visit.url(safe_path(errand.argument), done="confirmed"))


def _client(visit: Visit) -> OpenIdClient:
    try:
        client = find_openid_client(visit.database, visit.slug)
    except NoSuch:
        client = None
    if client is None:
        raise SignInFailed("This workspace has no identity provider for signing in.")
    return client


def _person(visit: Visit, client: OpenIdClient, errand: Errand) -> Person:
    """Who has signed in at the provider; raises SignInFailed."""
    provider = discover(visit, client.issuer)
    form = {
        "grant_type": "authorization_code",
        "code": visit.query["code"],
        "redirect_uri": visit.public_url(BACK),
        "code_verifier": errand.derive("verifier"),
    }
    expected = Expected(provider.issuer, client.client_id, errand.derive("nonce"))
    given = _fetch(visit, provider.token, urlencode(form).encode(), _basic(client))
    now = visit.database.clock.outside()
    try:
        answer = read_document(given, TokenAnswer, "what it gives for the code")
        claims = read_identity(answer.id_token, _fetch(visit, provider.keys), expected, now)
        if provider.user_info is not None and answer.access_token is not None and claims.email is None:
            more = _fetch(visit, provider.user_info, authorization=f"Bearer {answer.access_token}")
            claims = _joined(claims, read_document(more, UserInfo, "what it says of you"))
    except FetchError as exc:
        raise SignInFailed(f"The identity provider does not answer as it should: {exc}.") from exc
    except BadIdentity as exc:
        raise SignInFailed(str(exc)) from exc
    address = verified_address(claims.email, claims.email_verified)
    return Person(claims.iss, claims.sub, address, _age(claims, now))


def _joined(claims: Identity, more: UserInfo) -> Identity:
    """The claims with the address of UserInfo, if that is of the same person (OpenID Connect Core 1.0 §5.3.2)."""
    if more.sub != claims.sub:
        return claims
    return replace(claims, email=more.email, email_verified=more.email_verified)


def _age(claims: Identity, now: datetime) -> timedelta | None:
    """How long ago they showed the provider who they are, if it says so; a time to come is now."""
    if claims.auth_time is None:
        return None
    try:
        return max(now - datetime.fromtimestamp(claims.auth_time, UTC), timedelta(0))
    except (ValueError, OverflowError, OSError):
        return None


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


def _hash(text: str) -> str:
    """SHA-256 in base64url without padding: for the verifier that is S256 of RFC 7636 §4.2."""
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


def _failed(visit: Visit, text: str) -> Reply:
    return message(visit, 400, "Signing in did not work", text)
