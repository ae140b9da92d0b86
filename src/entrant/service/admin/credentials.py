"""What opens a connection beside its bearer tokens: client secrets and federations, made, listed and revoked.

Which of all credentials end soon is told here too, for the console, the log and the metrics.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from entrant.db.engine import Database, Tx, timestamp
from entrant.scim.wire import Json
from entrant.service.ids import new_id
from entrant.service.oauth.fetch import FetchError, require_address
from entrant.service.oauth.key_set import NoKey, PublicKey, read_key_set, write_key_set
from entrant.service.oauth.metadata import SCOPE, token_endpoint
from entrant.store import connections, credentials
from entrant.store.credentials import Ending
from entrant.workspace.audit import Deed
from entrant.workspace.errors import InvalidSetting, NoSuch
from entrant.workspace.model import ClientSecret, Connection, Federation, Token, Workspace
from entrant.workspace.tokens import SECRET_PREFIX, make_token, mask_token, token_digest

from .connections import get_connection
from .edit import Edit, read, write
from .views import CredentialView, EndingView, NewFederation, NewSecret

MAX_SECRETS = 2  # alive at once: one in use, one to change over to (entra-client 3.3)
MIN_YEARS, MAX_YEARS = 1, 3  # that a client secret lives (entra-client 3.3)
MAX_FEDERATIONS = 10  # of one connection
MAX_TEXT = 500  # characters of an issuer, audience, subject or tenant
MAX_KEY_SET = 65_536  # characters of a key set that is given instead of its address
ENDINGS = (30, 7, 1)  # days before its end that a credential is warned of
TOKEN_ID = 16  # characters of a token's digest: enough to name it among those of a connection


def create_secret(
    database: Database, slug: str, connection_id: str | None, public_url: str, years: int = 2
) -> NewSecret:
    """A new client secret of a connection; None is the only one. A second one may live beside the first."""
    if not MIN_YEARS <= years <= MAX_YEARS:
        raise InvalidSetting(f"A client secret lives for {MIN_YEARS} to {MAX_YEARS} years")

    def change(edit: Edit) -> NewSecret:
        connection = get_connection(edit.tx, edit.workspace, connection_id)
        if len(credentials.secrets(edit.tx, edit.workspace.id, connection.id)) >= MAX_SECRETS:
            raise InvalidSetting(f"The connection has {MAX_SECRETS} client secrets already; revoke one of them first")
        text = make_token(os.urandom, SECRET_PREFIX)
        digest = token_digest(text, SECRET_PREFIX)
        assert digest is not None, "a secret that was just made has a right checksum"  # noqa: S101  for the type checker
        expires = timestamp(datetime.fromisoformat(edit.tx.now) + timedelta(days=365 * years))
        secret = ClientSecret(new_id(), connection.id, digest, mask_token(text), edit.tx.now, expires)
        credentials.insert_secret(edit.tx, edit.workspace.id, secret)
        edit.note(connection.id, secret=secret.id, shown=secret.masked, expires=expires)
        return NewSecret(connection.id, text, token_endpoint(public_url, slug), SCOPE, expires)

    return write(database, slug, Deed("secret.create", connection_id), change)


def federate(
    database: Database,
    slug: str,
    connection_id: str | None,
    public_url: str,
    *,
    issuer: str | None = None,
    audience: str | None = None,
    subject: str | None = None,
    tenant: str | None = None,
    keys: str | None = None,
    private: bool = False,
) -> NewFederation:
    """Trust assertions of an issuer; None is the only connection.

    `keys` is the address of the issuer's key set, or the set itself; without it, the issuer is asked. What is left out
    is as a client that signs for itself has it (private_key_jwt, RFC 7523 §3): it is its own issuer and subject, and
    the audience is the token endpoint. `private` allows addresses inside the network. Raises InvalidSetting.
    """
    public = _public(keys)  # before the transaction: what somebody else has written shall not hold the workspace

    def change(edit: Edit) -> NewFederation:
        connection = get_connection(edit.tx, edit.workspace, connection_id)
        endpoint = token_endpoint(public_url, slug)
        federation = Federation(
            id=new_id(),
            connection=connection.id,
            issuer=issuer or connection.id,
            audience=audience or endpoint,
            subject=subject or connection.id,
            tenant=tenant,
            keys=public,
            created=edit.tx.now,
        )
        _require_federation(federation, private=private)
        if len(credentials.federations(edit.tx, edit.workspace.id, connection.id)) >= MAX_FEDERATIONS:
            raise InvalidSetting(f"The connection has {MAX_FEDERATIONS} federations already; revoke one of them first")
        credentials.insert_federation(edit.tx, edit.workspace.id, federation)
        edit.note(connection.id, federation=federation.id, tenant=tenant, keys=_shown_keys(keys))
        edit.note(issuer=federation.issuer, audience=federation.audience, subject=federation.subject)
        return NewFederation(
            id=federation.id,
            client_id=connection.id,
            token_endpoint=endpoint,
            scope=SCOPE,
            issuer=federation.issuer,
            audience=federation.audience,
            subject=federation.subject,
            tenant=tenant,
        )

    return write(database, slug, Deed("federation.create", connection_id), change)


def list_credentials(database: Database, slug: str) -> list[CredentialView]:
    """Everything that opens the connections of a workspace and is alive; access tokens are not listed."""

    def look(tx: Tx, workspace: Workspace) -> list[CredentialView]:
        return [
            view
            for connection in connections.list_all(tx, workspace.id)
            for view in _credentials(tx, workspace, connection)
        ]

    return read(database, slug, look)


def revoke_credential(database: Database, slug: str, connection_id: str | None, credential_id: str) -> None:
    """End a token, a client secret or a federation, and with it every access token that was given for it, at once."""

    def change(edit: Edit) -> None:
        tx, workspace, connection = edit.tx, edit.workspace.id, get_connection(edit.tx, edit.workspace, connection_id)
        edit.note(connection.id)
        for digest, _ in credentials.hand_tokens(tx, workspace, connection.id):
            if digest[:TOKEN_ID] == credential_id:
                credentials.end_token(tx, workspace, connection.id, digest)
                return
        if credentials.delete_secret(tx, workspace, connection.id, credential_id):
            return
        if not credentials.delete_federation(tx, workspace, connection.id, credential_id):
            raise NoSuch(f"The connection has no credential {credential_id}")

    write(database, slug, Deed("credential.revoke", connection_id, {"credential": credential_id[:MAX_TEXT]}), change)


def list_endings(database: Database) -> list[EndingView]:
    """The tokens and client secrets of all workspaces that end within 30 days and have no successor."""
    return [_ending_view(tx_now, end) for tx_now, end in database.read(_endings)]


def warn_of_endings(database: Database) -> list[EndingView]:
    """Those of which the log has not warned yet, by how few days are left; they count as warned of from now on."""

    def work(tx: Tx) -> list[EndingView]:
        tx.everywhere()
        found = []
        for now, end in _endings(tx):
            view = _ending_view(now, end)
            if (end.warned is None or end.warned > view.days) and credentials.warn(tx, end, view.days):
                found.append(view)
        return found

    return database.write("credentials", work)


def purge_credentials(database: Database) -> int:
    """Remove the access tokens and assertions that have ended; of how many tokens, and of how many issuers."""
    before = timestamp(database.clock.steady())

    def work(tx: Tx) -> int:
        tx.everywhere()
        return credentials.purge(tx, before)

    return database.write("credentials", work)


def days_left(now: str, expires: str) -> int | None:
    """The least of `ENDINGS` that is not less than the days that are left; None if more than all of them are."""
    left = datetime.fromisoformat(expires) - datetime.fromisoformat(now)
    return min((days for days in ENDINGS if left <= timedelta(days=days)), default=None)


def _endings(tx: Tx) -> list[tuple[str, Ending]]:
    before = timestamp(datetime.fromisoformat(tx.now) + timedelta(days=max(ENDINGS)))
    return [(tx.now, end) for end in credentials.ending(tx, before)]


def _ending_view(now: str, end: Ending) -> EndingView:
    kind = "secret" if end.is_secret else "token"
    days = days_left(now, end.expires) or max(ENDINGS)
    return EndingView(end.slug, end.connection, kind, end.masked, end.expires, days)


def _credentials(tx: Tx, workspace: Workspace, connection: Connection) -> list[CredentialView]:
    """What opens one connection."""
    tokens = credentials.hand_tokens(tx, workspace.id, connection.id)
    secrets = credentials.secrets(tx, workspace.id, connection.id)
    last_token, last_secret = _last(token for _, token in tokens), _last(secrets)
    views = [
        CredentialView(
            connection=connection.id,
            id=digest[:TOKEN_ID],
            kind="token",
            shown=token.masked,
            created=token.created,
            last_used=token.last_used,
            expires_at=token.expires,
            warning=days_left(tx.now, token.expires) if token.expires and token.expires == last_token else None,
        )
        for digest, token in tokens
    ]
    views += [
        CredentialView(
            connection=connection.id,
            id=secret.id,
            kind="secret",
            shown=secret.masked,
            created=secret.created,
            last_used=secret.last_used,
            expires_at=secret.expires,
            warning=days_left(tx.now, secret.expires) if secret.expires == last_secret else None,
        )
        for secret in secrets
    ]
    views += [
        CredentialView(
            connection=connection.id,
            id=federation.id,
            kind="federation",
            shown=f"{federation.issuer} {federation.subject}",
            created=federation.created,
            last_used=federation.last_used,
            expires_at=None,
            warning=None,
        )
        for federation in credentials.federations(tx, workspace.id, connection.id)
    ]
    return views


def _last(some: Iterable[Token | ClientSecret]) -> str | None:
    """When the one that lives longest ends; None if one does not end, or there is none."""
    ends = [one.expires for one in some]
    known = [end for end in ends if end is not None]
    return max(known) if known and len(known) == len(ends) else None


def _require_federation(federation: Federation, *, private: bool) -> None:
    """Raise InvalidSetting for what could never be used."""
    for name, text in (
        ("issuer", federation.issuer),
        ("audience", federation.audience),
        ("subject", federation.subject),
        ("tenant", federation.tenant or "-"),
    ):
        if not text.strip() or len(text) > MAX_TEXT or not text.isprintable():
            raise InvalidSetting(f"The {name} needs from 1 to {MAX_TEXT} characters that can be printed")
    keys = federation.keys
    try:
        if keys is None:
            require_address(federation.issuer, private=private)
        elif not keys.startswith("{"):
            require_address(keys, private=private)
    except FetchError as exc:
        raise InvalidSetting(f"The keys of the issuer cannot be fetched: {exc}") from exc


def _public(keys: str | None) -> str | None:
    """A key set that is given, with nothing in it but public keys that may sign; an address as it is."""
    if keys is None or not keys.startswith("{"):
        return keys
    if len(keys) > MAX_KEY_SET:
        raise InvalidSetting(f"A key set has at most {MAX_KEY_SET:,} characters")
    try:
        found = [key for key in read_key_set(_json(keys)) if _is_usable(key)]
    except FetchError as exc:
        raise InvalidSetting(f"The key set cannot be used: {exc}") from exc
    if not found:
        raise InvalidSetting("The key set has no public key that could sign an assertion")
    return write_key_set(found)


def _is_usable(key: PublicKey) -> bool:
    try:
        key.build()
    except NoKey:
        return False
    return True


def _shown_keys(keys: str | None) -> str | None:
    """For the audit log: where the keys are, or that they were given."""
    return "given" if keys is not None and keys.startswith("{") else keys


def _json(text: str) -> Json:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as exc:
        raise InvalidSetting("The key set is not JSON") from exc
