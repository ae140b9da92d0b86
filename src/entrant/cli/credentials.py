"""`entrant connection oauth`, `federate`, `credentials`, `revoke`: what opens a connection beside its first token."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from entrant.config import Switch
from entrant.service import admin
from entrant.service.admin import CredentialView
from entrant.service.opening import public_url
from entrant.workspace.errors import InvalidSetting

from .connections import Connection
from .context import database, settings
from .output import AsJson, moment, print_facts, print_json, print_rows, say
from .workspaces import Slug

MAX_KEYS_FILE = 65_536  # bytes

KINDS = {"token": "bearer token", "secret": "client secret", "federation": "federation"}


def add_to(connection: typer.Typer) -> None:
    """Add the commands to `entrant connection`."""
    connection.command()(oauth)
    connection.command()(federate)
    connection.command("credentials")(list_)
    connection.command()(revoke)


def oauth(
    slug: Slug,
    connection: Connection = None,
    years: Annotated[int, typer.Option(min=1, max=3, help="How long the client secret lives.")] = 2,
    as_json: AsJson = False,
) -> None:
    """Print a new client secret for OAuth 2.0 client credentials. It is not shown again.

    A connection may have two of them at once, so that a provider can change over from one to the other.
    """
    with database() as db:
        url = public_url(db, settings())
        made = admin.create_secret(db, slug, connection, url, years)
    if as_json:
        print_json(made)
        return
    print_facts(
        {
            "SCIM Base Connector URL": f"{url}/scim/v2/{slug}",
            "Token endpoint": made.token_endpoint,
            "Client identifier": made.client_id,
            "Client secret": made.client_secret,
            "Scope": made.scope,
            "Expires": moment(made.expires_at),
        }
    )
    say("Keep the client secret now: it is stored as a digest only and cannot be shown again.")


def federate(
    slug: Slug,
    issuer: Annotated[
        str | None, typer.Option(help="Who signs the assertions: https://login.microsoftonline.com/TENANT/v2.0.")
    ] = None,
    audience: Annotated[str | None, typer.Option(help="The aud that they must have: api://APP.")] = None,
    subject: Annotated[str | None, typer.Option(help="The sub that they must have.")] = None,
    tenant: Annotated[str | None, typer.Option(help="The tid that they must have, if any.")] = None,
    keys: Annotated[
        str | None,
        typer.Option(metavar="URL|FILE", help="The signer's key set, if the issuer does not tell where it is."),
    ] = None,
    connection: Connection = None,
    as_json: AsJson = False,
) -> None:
    """Let a connection in by assertions that another issuer signs, without a secret.

    With --keys alone, the client signs for itself (private_key_jwt): issuer and subject are its client identifier, and
    the audience is the token endpoint.
    """
    config = settings()
    if keys is None and None in {issuer, audience, subject}:
        raise InvalidSetting("Say --issuer, --audience and --subject; or --keys for a client that signs for itself")
    with database() as db:
        url = public_url(db, config)
        made = admin.federate(
            db,
            slug,
            connection,
            url,
            issuer=issuer,
            audience=audience,
            subject=subject,
            tenant=tenant,
            keys=_read_keys(keys),
            private=config.private_issuers is Switch.ON,
        )
    if as_json:
        print_json(made)
        return
    print_facts(
        {
            "SCIM Base Connector URL": f"{url}/scim/v2/{slug}",
            "Token endpoint": made.token_endpoint,
            "Client identifier": made.client_id,
            "Scope": made.scope,
            "Issuer": made.issuer,
            "Audience": made.audience,
            "Subject": made.subject,
            "Tenant": made.tenant,
        }
    )


def list_(slug: Slug, as_json: AsJson = False) -> None:
    """List what opens the connections: tokens, client secrets, federations; when each was last used and ends."""
    with database() as db:
        rows = admin.list_credentials(db, slug)
    print_rows(
        rows,
        {
            "Connection": lambda c: c.connection,
            "Id": lambda c: c.id,
            "Kind": lambda c: KINDS[c.kind],
            "Shown": lambda c: c.shown,
            "Created": lambda c: moment(c.created),
            "Last used": lambda c: moment(c.last_used),
            "Expires": _expires,
        },
        as_json=as_json,
        empty="Nothing opens this workspace yet; make a connection with: entrant connection create",
    )


def revoke(
    slug: Slug,
    credential: Annotated[str, typer.Argument(metavar="ID", help="The credential, as `credentials` lists it.")],
    connection: Connection = None,
    as_json: AsJson = False,
) -> None:
    """End a token, a client secret or a federation at once, and every access token that was given for it."""
    with database() as db:
        admin.revoke_credential(db, slug, connection, credential)
    if as_json:
        print_json({"revoked": credential})
    else:
        say(f"Revoked {credential}.")


def _expires(credential: CredentialView) -> str:
    soon = "" if credential.warning is None else f" (within {credential.warning} days: make another)"
    return moment(credential.expires_at) + soon


def _read_keys(text: str | None) -> str | None:
    """The address of a key set as it is; a file's contents."""
    if text is None or text.startswith(("https://", "http://")):
        return text
    try:
        content = Path(text).read_bytes()
        if len(content) > MAX_KEYS_FILE:
            raise InvalidSetting(f"{text} is longer than {MAX_KEYS_FILE:,} bytes")
        return content.decode().strip()
    except (OSError, UnicodeDecodeError) as exc:
        raise InvalidSetting(f"{text} cannot be read as a key set") from exc
