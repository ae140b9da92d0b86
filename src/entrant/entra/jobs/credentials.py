"""How requests are authorized: bearer, OAuth 2.0 client credentials, workload identity federation (entra-client 3).

`authorized` wraps a handler. A token that is fetched is kept until shortly before it expires, fetched anew once if the
target refuses it, and printed nowhere.
"""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

import msgspec
from msgspec.structs import replace

from entrant.entra.model import EntraError
from entrant.scim.wire import Handler, Json, Request, Response

from .driver import no_answer

INVALID_CREDENTIALS = "SystemForCrossDomainIdentityManagementInvalidCredentials"  # 4.10
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"  # RFC 7523 §2.2
FORM = "application/x-www-form-urlencoded"
EARLY_SECONDS = 60.0  # so long before it expires a token is replaced, at most half its life
DEFAULT_SECONDS = 3_600.0  # the life of a token whose issuer does not say
MAX_TOKEN = 16_384  # characters; header fields of more are refused by many servers
UNAUTHORIZED = 401


class NoToken(EntraError):
    """No token could be had. The message names the token endpoint and what it said, never a secret."""


class Tokens(ABC):
    """Where bearer tokens come from. Used by several threads at once."""

    @abstractmethod
    def token(self) -> str:
        """One that should be valid; raises NoToken."""

    @abstractmethod
    def refused(self, token: str) -> bool:
        """The target refused this one. Whether the next may be another."""


@dataclass(frozen=True, slots=True)
class Secret(Tokens):
    """A token that never changes (3.1)."""

    text: str = field(repr=False)

    def token(self) -> str:
        """The token."""
        return self.text

    def refused(self, token: str) -> bool:  # noqa: ARG002  there is but one
        """There is no other."""
        return False


@dataclass(frozen=True, slots=True)
class Grant:
    """A token and how long it lives."""

    token: str = field(repr=False)
    seconds: float


class Fetched(Tokens):
    """Tokens that `fetch` gets, each used as long as it lives."""

    def __init__(self, fetch: Callable[[], Grant], now: Callable[[], float] = time.monotonic) -> None:
        self._fetch, self._now = fetch, now
        self._lock = threading.Lock()
        self._token: str | None = None
        self._until = 0.0

    def token(self) -> str:
        """The one at hand, or a new one; the others wait while one thread fetches it."""
        with self._lock:
            if self._token is None or self._now() >= self._until:
                grant = self._fetch()
                self._token = grant.token
                self._until = self._now() + max(grant.seconds - EARLY_SECONDS, grant.seconds / 2)
            return self._token

    def refused(self, token: str) -> bool:
        """Forget the token, unless another thread has replaced it already."""
        with self._lock:
            if self._token == token:
                self._token = None
        return True


def authorized(send: Handler, tokens: Tokens) -> Handler:
    """Add the bearer to each request. A 401 is answered once with a new token, if there can be one.

    A token that cannot be had is no answer, with the code of invalid credentials.
    """

    def sending(request: Request) -> Response:
        try:
            token = tokens.token()
            response = send(_with(token, request))
            if response.status == UNAUTHORIZED and tokens.refused(token):
                response = send(_with(tokens.token(), request))
        except NoToken as exc:
            return no_answer(INVALID_CREDENTIALS, str(exc))
        return response

    return sending


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """A grant by client secret: the form of RFC 6749 §4.4.2, the client in the body (3.3, 3.7)."""

    endpoint: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str = ""

    def fetch(self, send: Handler) -> Grant:
        """Ask the token endpoint; raises NoToken."""
        form = {"grant_type": "client_credentials", "client_id": self.client_id, "client_secret": self.client_secret}
        return request_token(send, self.endpoint, form | ({"scope": self.scope} if self.scope else {}))


@dataclass(frozen=True, slots=True)
class Federation:
    """A grant by an assertion that the tenant issues (3.6, RFC 7523)."""

    endpoint: str
    client_id: str
    assertion: Callable[[], str] = field(repr=False)
    scope: str = ""

    def fetch(self, send: Handler) -> Grant:
        """Exchange a new assertion for a token; raises NoToken."""
        form = {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_assertion_type": JWT_BEARER,
            "client_assertion": self.assertion(),
        }
        return request_token(send, self.endpoint, form | ({"scope": self.scope} if self.scope else {}))


def request_token(send: Handler, endpoint: str, form: Mapping[str, str]) -> Grant:
    """POST a form to a token endpoint and read the grant; raises NoToken. `send` reaches the endpoint's origin."""
    url = urlsplit(endpoint)
    response = send(
        Request("POST", url.path or "/", url.query, {"content-type": FORM}, urlencode(form).encode("ascii"))
    )
    if response.status == 0:
        raise NoToken(f"the token endpoint {endpoint} could not be asked: {response.read().decode()}")
    try:
        answer = response.json()
    except msgspec.DecodeError:
        answer = None
    if response.status != 200 or not isinstance(answer, dict):  # noqa: PLR2004  RFC 6749 §5.1
        raise NoToken(f"the token endpoint {endpoint} answered {response.status}{_error(answer)}")
    token = answer.get("access_token")
    if not isinstance(token, str) or not is_token(token):
        raise NoToken(f"the token endpoint {endpoint} gave no access_token that can be sent")
    return Grant(token, _seconds(answer.get("expires_in")))


def is_token(text: str) -> bool:
    """Whether a text can be sent as a bearer token: printable ASCII without spaces, and not too long."""
    return 0 < len(text) <= MAX_TOKEN and text.isascii() and text.isprintable() and " " not in text


def _with(token: str, request: Request) -> Request:
    return replace(request, headers={"authorization": f"Bearer {token}", **request.headers})


def _error(answer: Json) -> str:
    """What a token endpoint says is wrong (RFC 6749 §5.2)."""
    if not isinstance(answer, dict):
        return " and no JSON object"
    said = [str(answer[key])[:500] for key in ("error", "error_description") if answer.get(key)]
    return f" ({': '.join(said)})" if said else ""


def _seconds(expires_in: Json) -> float:
    """How long a token lives; some issuers write the number as text."""
    try:
        seconds = float(expires_in)
    except (TypeError, ValueError):
        return DEFAULT_SECONDS
    return seconds if 0 < seconds < float("inf") else DEFAULT_SECONDS
