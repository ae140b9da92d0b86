"""The token, revocation and metadata endpoints: a function from `Request` to `Response` (RFC 6749, 7009, 8414).

May wait for the database, and for the keys of an issuer: call it on a thread that may wait.
"""

from __future__ import annotations

import hmac
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import msgspec

from entrant.config import Config, Switch
from entrant.db.engine import Database, DatabaseError, Tx, timestamp
from entrant.scim.wire import Json, Request, Response
from entrant.service import strangers
from entrant.service.ids import new_id
from entrant.store import connections, credentials, log, workspaces
from entrant.workspace.model import Federation, LogEntry, Outcome, Token
from entrant.workspace.tokens import SECRET_PREFIX, make_token, mask_token, token_digest

from .assertion import BadAssertion, Verified, parse_assertion, verify
from .errors import (
    InvalidClient,
    InvalidRequest,
    InvalidScope,
    OAuthError,
    TemporarilyUnavailable,
    UnsupportedGrantType,
)
from .fetch import FetchError, fetch_json
from .form import Claim, parse_form, read_claim
from .keys import Fetch, IssuerKeys
from .metadata import METADATA, SCOPE, TOKEN, Place, find_place, metadata

logger = logging.getLogger(__name__)

NO_STORE = {"cache-control": "no-store", "pragma": "no-cache"}  # RFC 6749 §5.1
JSON = {"content-type": "application/json"}
NO_DIGEST = "0" * 64  # compared with when there is nothing to compare with, so that both take as long


@dataclass(frozen=True, slots=True)
class Proof:
    """An assertion that holds, and the federation that it holds by."""

    federation: Federation
    verified: Verified


@dataclass(frozen=True, slots=True)
class Grant:
    """A client that has shown who it is, and the credential that it did so by."""

    workspace: str
    connection: str
    credential: str


class OAuth:
    """The authorization servers of all workspaces of one database."""

    def __init__(self, database: Database, config: Config, fetch: Fetch | None = None) -> None:
        private = config.private_issuers is Switch.ON
        self._database = database
        self._public_url = config.public_url
        self._lifetime = timedelta(minutes=config.access_token_minutes)
        self._keys = IssuerKeys(fetch or partial(fetch_json, private=private), private=private)

    @staticmethod
    def serves(path: str) -> bool:
        """Whether a path leads here."""
        return find_place(path) is not None

    @staticmethod
    def slug_of(path: str) -> str:
        """The workspace that a path names; empty if none."""
        place = find_place(path)
        return "" if place is None else place.slug

    @staticmethod
    def busy() -> Response:
        """The answer while too many requests wait, or while an issuer takes too long."""
        refusal = TemporarilyUnavailable("too many requests are waiting; repeat the request later")
        return _answer(refusal.status, refusal.to_json(), {**NO_STORE, **refusal.headers})

    def handle(self, request: Request) -> Response:
        """Serve one request and wait for the answer."""
        place = find_place(request.path)
        if place is None:
            return Response(404, {**JSON, **NO_STORE}, b'{"error":"not_found"}')
        allowed = "GET" if place.endpoint == METADATA else "POST"
        if request.method != allowed:
            return Response(405, {**JSON, **NO_STORE, "allow": allowed}, b'{"error":"method_not_allowed"}')
        if place.endpoint == METADATA:
            return _answer(200, metadata(self._public_url, place.slug), {"cache-control": "public, max-age=3600"})
        request_id = request.headers.get("x-request-id") or new_id()
        try:
            return self._serve(place, request, request_id)
        except OAuthError as refusal:
            self._note(place, request_id, refusal)
            return _answer(refusal.status, refusal.to_json(), {**NO_STORE, **refusal.headers})

    def _serve(self, place: Place, request: Request, request_id: str) -> Response:
        form = parse_form(request)
        act: Callable[[Tx, Grant], Response]
        if place.endpoint == TOKEN:
            _require_grant(form)
            act = partial(self._issue, request_id)
        else:
            if "token" not in form:
                raise InvalidRequest("token is missing")
            act = partial(_revoke, form["token"])
        claim = read_claim(form, request)
        try:
            proof = self._prove(place.slug, claim)
            return self._database.write(place.slug, lambda tx: act(tx, _authenticate(tx, place.slug, claim, proof)))
        except DatabaseError as exc:
            raise TemporarilyUnavailable("the database is not available; repeat the request later") from exc

    def _prove(self, slug: str, claim: Claim) -> Proof | None:
        """What an assertion shows; None if the client shows a secret. Raises InvalidClient."""
        if claim.assertion is None:
            return None
        try:
            unverified = parse_assertion(claim.assertion)
        except BadAssertion as exc:
            raise InvalidClient(str(exc)) from exc
        trusted = self._database.read(
            lambda tx: credentials.federations_of(tx, slug, unverified.issuer, unverified.subject)
        )
        clock = self._database.clock
        known_at, now = datetime.fromisoformat(clock.now()), clock.outside()
        reason = "no connection trusts the iss and sub of the assertion"
        for federation in trusted:
            if claim.client_id not in {None, federation.connection}:
                continue
            try:
                key = self._keys.get(federation, unverified, known_at)
                return Proof(federation, verify(unverified, key, federation, now))
            except BadAssertion as exc:
                reason = str(exc)
            except FetchError as exc:
                logger.warning("the keys of the issuer %s cannot be had: %s", federation.issuer, exc)
                raise TemporarilyUnavailable(
                    "the keys of the assertion's issuer cannot be had; repeat the request later", str(exc)
                ) from exc
        raise InvalidClient(reason)

    def _issue(self, request_id: str, tx: Tx, grant: Grant) -> Response:
        """A new access token (RFC 6749 §5.1)."""
        text = make_token(os.urandom)
        digest = token_digest(text)
        assert digest is not None, "a token that was just made has a right checksum"  # noqa: S101  for the type checker
        expires = timestamp(datetime.fromisoformat(tx.now) + self._lifetime)
        token = Token(grant.connection, mask_token(text), tx.now, expires, None, grant.credential)
        credentials.delete_dead_tokens(tx, grant.workspace, grant.connection)
        connections.insert_token(tx, grant.workspace, digest, token)
        log.append(tx, grant.workspace, _entry(tx, request_id, grant.connection, None))
        message = {
            "access_token": text,
            "token_type": "Bearer",
            "expires_in": self._lifetime // timedelta(seconds=1),
            "scope": SCOPE,
        }
        return _answer(200, message, NO_STORE)

    def _note(self, place: Place, request_id: str, refusal: OAuthError) -> None:
        """Log a refusal in the workspace, if there is one; an answer does not depend on it."""

        def note(tx: Tx) -> None:
            strangers.note(tx, workspaces.find(tx, place.slug), _entry(tx, request_id, None, refusal))

        if place.endpoint != TOKEN:
            return
        try:
            self._database.write(place.slug, note)
        except DatabaseError as failure:
            logger.warning("request %s: the refusal could not be logged: %s", request_id, failure)


def _require_grant(form: dict[str, str]) -> None:
    """Raise unless the client asks for what there is (RFC 6749 §4.4.2)."""
    if "grant_type" not in form:
        raise InvalidRequest("grant_type is missing")
    if form["grant_type"] != "client_credentials":
        raise UnsupportedGrantType("the only grant here is client_credentials")
    if set(form.get("scope", SCOPE).split()) != {SCOPE}:
        raise InvalidScope(f"the only scope here is {SCOPE}")


def _authenticate(tx: Tx, slug: str, claim: Claim, proof: Proof | None) -> Grant:
    """The client that has shown who it is, as of this transaction; raises InvalidClient."""
    client_id = proof.federation.connection if proof is not None else claim.client_id or ""
    client = credentials.find_client(tx, slug, client_id)
    if client is None or not client.enabled:
        # The same work as for a secret that is wrong, so that the time of the answer does not show that there is none.
        credentials.secrets(tx, client.workspace if client else strangers.NOWHERE, client.connection if client else "")
        hmac.compare_digest(NO_DIGEST, token_digest(claim.secret or "", SECRET_PREFIX) or NO_DIGEST)
        raise InvalidClient("there is no such client" if client is None else "the connection is switched off")
    if proof is not None:
        return _by_assertion(tx, client, proof)
    return _by_secret(tx, client, token_digest(claim.secret or "", SECRET_PREFIX) or NO_DIGEST)


def _by_secret(tx: Tx, client: credentials.Client, digest: str) -> Grant:
    found: str | None = None
    for secret in credentials.secrets(tx, client.workspace, client.connection):
        if hmac.compare_digest(secret.digest, digest):
            found = secret.id
    if found is None:
        raise InvalidClient("the client secret is wrong, revoked or expired")
    credentials.use_secret(tx, client.workspace, found)
    return Grant(client.workspace, client.connection, found)


def _by_assertion(tx: Tx, client: credentials.Client, proof: Proof) -> Grant:
    federation, verified = proof.federation, proof.verified
    still = [f for f in credentials.federations(tx, client.workspace, client.connection) if f.id == federation.id]
    if not still:
        raise InvalidClient("the federation was revoked")
    expires = timestamp(verified.expires)
    if not credentials.use_assertion(tx, client.workspace, federation.issuer, verified.digest, expires):
        raise InvalidClient("the assertion has been used before")
    credentials.use_federation(tx, client.workspace, federation.id)
    return Grant(client.workspace, client.connection, federation.id)


def _revoke(token: str, tx: Tx, grant: Grant) -> Response:
    """End an access token of the client; a token that is none of its is as good as ended (RFC 7009 §2.2)."""
    digest = token_digest(token)
    if digest is not None:
        credentials.delete_token(tx, grant.workspace, grant.connection, digest)
    tx.memo.clear()  # the next request of this batch shall find it gone
    return Response(200, NO_STORE)


def _entry(tx: Tx, request_id: str, connection: str | None, refusal: OAuthError | None) -> LogEntry:
    """A request for a token in the provisioning log: what was asked, never what was shown."""
    status = 200 if refusal is None else refusal.status
    return LogEntry(
        id=new_id(),
        at=tx.now,
        request_id=request_id,
        connection=connection,
        operation="POST /oauth/token",
        resource_type=None,
        resource_id=None,
        resource_name=None,
        outcome=Outcome.DONE if refusal is None else Outcome.REFUSED,
        status=status,
        code=None if refusal is None else refusal.error,
        detail=None if refusal is None else f"{refusal.error}: {refusal.reason}",
    )


def _answer(status: int, message: Json, headers: dict[str, str]) -> Response:
    return Response(status, {**JSON, **headers}, msgspec.json.encode(message))
