"""Client secrets and federations of connections, and the access tokens given for them (RFC 6749, RFC 7523).

A secret is stored and compared as a digest, an access token is a row of `token` that remembers what it was given for.
"""

from __future__ import annotations

from dataclasses import dataclass

from entrant.db.engine import Row, Tx
from entrant.db.queries import load
from entrant.workspace.model import ClientSecret, Federation, Token

_SQL = load(__package__, "credentials")
MAX_ASSERTIONS = 1_000  # of one issuer in a workspace that are remembered; Entra asks for a token once an hour


@dataclass(frozen=True, slots=True)
class Client:
    """What a client id names in a workspace."""

    workspace: str
    connection: str
    enabled: bool


@dataclass(frozen=True, slots=True)
class Ending:
    """A token or client secret that ends soon and has no successor. `id` is a token's digest or a secret's id."""

    slug: str
    workspace: str
    connection: str
    id: str
    masked: str
    expires: str
    warned: int | None
    is_secret: bool


def find_client(tx: Tx, slug: str, client_id: str) -> Client | None:
    """The connection that a client id names, one that is switched off too."""
    row = tx.one(_SQL["find_client"], slug=slug, client=client_id)
    return None if row is None else Client(row["workspace_id"], row["connection"], bool(row["enabled"]))


def insert_secret(tx: Tx, workspace_id: str, secret: ClientSecret) -> None:
    """Add a client secret, by its digest alone."""
    tx.run(
        _SQL["insert_secret"],
        workspace=workspace_id,
        id=secret.id,
        connection=secret.connection,
        digest=secret.digest,
        masked=secret.masked,
        created=secret.created,
        expires=secret.expires,
    )


def secrets(tx: Tx, workspace_id: str, connection_id: str) -> list[ClientSecret]:
    """The client secrets of a connection that are alive, oldest first."""
    rows = tx.all(_SQL["secrets"], workspace=workspace_id, connection=connection_id, now=tx.now)
    return [
        ClientSecret(r["id"], r["connection"], r["digest"], r["masked"], r["created"], r["expires"], r["last_used"])
        for r in rows
    ]


def delete_secret(tx: Tx, workspace_id: str, connection_id: str, secret_id: str) -> bool:
    """Remove a client secret and the access tokens given for it; whether there was one."""
    if not tx.changed(_SQL["delete_secret"], workspace=workspace_id, connection=connection_id, id=secret_id):
        return False
    tx.run(_SQL["delete_access_tokens"], workspace=workspace_id, credential=secret_id)
    return True


def use_secret(tx: Tx, workspace_id: str, secret_id: str) -> None:
    """Remember that a client secret was used now."""
    tx.run(_SQL["use_secret"], workspace=workspace_id, id=secret_id, now=tx.now)


def insert_federation(tx: Tx, workspace_id: str, federation: Federation) -> None:
    """Add a federation."""
    tx.run(
        _SQL["insert_federation"],
        workspace=workspace_id,
        id=federation.id,
        connection=federation.connection,
        issuer=federation.issuer,
        audience=federation.audience,
        subject=federation.subject,
        tenant=federation.tenant,
        keys=federation.keys,
        created=federation.created,
    )


def federations(tx: Tx, workspace_id: str, connection_id: str) -> list[Federation]:
    """The federations of a connection, oldest first."""
    rows = tx.all(_SQL["federations"], workspace=workspace_id, connection=connection_id)
    return [_federation(row) for row in rows]


def federations_of(tx: Tx, slug: str, issuer: str, subject: str) -> list[Federation]:
    """Those of a workspace's connections that are switched on, for an issuer and subject, oldest first."""
    rows = tx.all(_SQL["federations_of"], slug=slug, issuer=issuer, subject=subject)
    return [_federation(row) for row in rows]


def delete_federation(tx: Tx, workspace_id: str, connection_id: str, federation_id: str) -> bool:
    """Remove a federation and the access tokens given for it; whether there was one."""
    if not tx.changed(_SQL["delete_federation"], workspace=workspace_id, connection=connection_id, id=federation_id):
        return False
    tx.run(_SQL["delete_access_tokens"], workspace=workspace_id, credential=federation_id)
    return True


def use_federation(tx: Tx, workspace_id: str, federation_id: str) -> None:
    """Remember that a federation was used now."""
    tx.run(_SQL["use_federation"], workspace=workspace_id, id=federation_id, now=tx.now)


def use_assertion(tx: Tx, workspace_id: str, issuer: str, digest: str, expires: str) -> bool:
    """Remember an assertion; whether it may be used: for the first time, and above the floor of its issuer.

    Of each issuer the `MAX_ASSERTIONS` that end last are remembered. The floor rises to those that are removed.
    """
    key = {"workspace": workspace_id, "issuer": issuer}
    if not tx.changed(_SQL["use_assertion"], **key, digest=digest, expires=expires):
        return False
    # Looked at afterwards: what another process has just forgotten is below the floor that it has raised.
    if tx.one(_SQL["floor"], **key, expires=expires):
        return False
    if row := tx.one(_SQL["beyond"], **key, most=MAX_ASSERTIONS):
        _raise_floor(tx, workspace_id, issuer, row["expires"])
    return True


def _raise_floor(tx: Tx, workspace_id: str, issuer: str, expires: str) -> None:
    key = {"workspace": workspace_id, "issuer": issuer, "expires": expires}
    tx.run(_SQL["raise_floor"], **key)
    tx.run(_SQL["forget_assertions"], **key)


def delete_dead_tokens(tx: Tx, workspace_id: str, connection_id: str) -> None:
    """Remove the access tokens of a connection that have ended."""
    tx.run(_SQL["delete_dead_tokens"], workspace=workspace_id, connection=connection_id, now=tx.now)


def delete_token(tx: Tx, workspace_id: str, connection_id: str, digest: str) -> bool:
    """Remove an access token of a connection; whether there was one."""
    return bool(tx.changed(_SQL["delete_token"], workspace=workspace_id, connection=connection_id, digest=digest))


def end_token(tx: Tx, workspace_id: str, connection_id: str, digest: str) -> bool:
    """End a token that was given by hand; whether there was one."""
    key = {"workspace": workspace_id, "connection": connection_id, "digest": digest}
    return bool(tx.changed(_SQL["end_token"], **key, now=tx.now))


def hand_tokens(tx: Tx, workspace_id: str, connection_id: str) -> list[tuple[str, Token]]:
    """The tokens of a connection that were given by hand and are alive, newest first, each after its digest."""
    rows = tx.all(_SQL["hand_tokens"], workspace=workspace_id, connection=connection_id, now=tx.now)
    return [
        (r["digest"], Token(r["connection"], r["masked"], r["created"], r["expires"], r["last_used"])) for r in rows
    ]


def ending(tx: Tx, before: str) -> list[Ending]:
    """The tokens and client secrets of all workspaces that end before a time and have no successor."""
    times = {"now": tx.now, "before": before}
    return [
        Ending(
            slug=row["slug"],
            workspace=row["workspace"],
            connection=row["connection"],
            id=row["id"],
            masked=row["masked"],
            expires=row["expires"],
            warned=row["warned"],
            is_secret=is_secret,
        )
        for is_secret in (False, True)
        for row in tx.all(_SQL["expiring_secrets" if is_secret else "expiring_tokens"], **times)
    ]


def warn(tx: Tx, end: Ending, days: int) -> bool:
    """Remember that the log warns of an end within so many days; whether it has not done so before."""
    sql = _SQL["warn_secret" if end.is_secret else "warn_token"]
    return bool(tx.changed(sql, workspace=end.workspace, id=end.id, days=days))


def purge(tx: Tx, before: str) -> int:
    """Remove the tokens that have ended, and the assertions that end before a time; of how many tokens and issuers."""
    removed = tx.changed(_SQL["purge_tokens"], now=tx.now)
    for row in tx.all(_SQL["floors"], before=before):
        _raise_floor(tx, row["workspace"], row["issuer"], row["expires"])
        removed += 1
    return removed


def _federation(row: Row) -> Federation:
    return Federation(
        id=row["id"],
        connection=row["connection"],
        issuer=row["issuer"],
        audience=row["audience"],
        subject=row["subject"],
        tenant=row["tenant"],
        keys=row["keys"],
        created=row["created"],
        last_used=row["last_used"],
    )
