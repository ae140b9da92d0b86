"""`entrant entra app connect`, `test` and `scope`: where an application's users are provisioned to."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from entrant.cli.output import AsJson, print_json, say
from entrant.config import ConfigError
from entrant.entra.jobs import operations
from entrant.entra.jobs.connection import AUDIENCE, SCOPE, Method
from entrant.entra.store import DEFAULT_DATABASE

from .opening import App, DatabaseUrl, emulator, find_app


class OAuth(StrEnum):
    """How tokens are had from the target's token endpoint."""

    CLIENT_CREDENTIALS = "client-credentials"
    FEDERATED = "federated"


class ScopeChoice(StrEnum):
    """Whom an application provisions."""

    ASSIGNED = "assigned"
    ALL = "all"


SECRET_TOKEN, TARGET_SECRET = "ENTRANT_ENTRA_SECRET_TOKEN", "ENTRANT_ENTRA_TARGET_SECRET"
METHODS = {OAuth.CLIENT_CREDENTIALS: Method.CLIENT_CREDENTIALS, OAuth.FEDERATED: Method.FEDERATION}


def add_to(apps: typer.Typer) -> None:
    """Add the commands to `entrant entra app`."""
    apps.command()(connect)
    apps.command("test")(probe)
    apps.command()(scope)


def connect(
    app: App,
    tenant_url: Annotated[
        str, typer.Option(metavar="URL", help="The target's SCIM base URL, with ?aadOptscim062020 if you like.")
    ],
    secret_token: Annotated[
        str | None,
        typer.Option(
            metavar="TOKEN",
            envvar=SECRET_TOKEN,
            help="A bearer token; left out, the emulator issues one itself.",
        ),
    ] = None,
    oauth: Annotated[OAuth | None, typer.Option(help="Get tokens from the target's token endpoint instead.")] = None,
    token_endpoint: Annotated[str | None, typer.Option(metavar="URL", help="OAuth: the token endpoint.")] = None,
    client_id: Annotated[str | None, typer.Option(help="OAuth: the client's id.")] = None,
    client_secret: Annotated[
        str | None,
        typer.Option(metavar="SECRET", envvar=TARGET_SECRET, help="OAuth: the client's secret."),
    ] = None,
    oauth_scope: Annotated[
        str | None, typer.Option(metavar="SCOPE", help="OAuth: the scope, if one is asked for.")
    ] = None,
    audience: Annotated[
        str | None, typer.Option(help="Federation: whom assertions are for; otherwise api:// and the app's id.")
    ] = None,
    database: DatabaseUrl = DEFAULT_DATABASE,
    as_json: AsJson = False,
) -> None:
    """Test a connection and save it if the target answers as it must."""
    given = {
        "BaseAddress": tenant_url,
        "SecretToken": secret_token,
        "AuthenticationType": METHODS[oauth] if oauth else None,
        "Oauth2TokenExchangeUri": token_endpoint,
        "Oauth2ClientId": client_id,
        "Oauth2ClientSecret": client_secret,
        SCOPE: oauth_scope,
        AUDIENCE: audience,
    }
    if oauth is None and any((token_endpoint, client_id, client_secret, oauth_scope, audience)):
        raise ConfigError("say --oauth client-credentials or --oauth federated with the options of OAuth")
    with emulator(database) as p:
        principal = find_app(p, app)
        operations.connect(p, principal.id, {key: str(value) for key, value in given.items() if value})
        method = METHODS[oauth] if oauth else Method.BEARER
        if as_json:
            print_json({"tenantUrl": tenant_url, "authenticationType": method, "saved": True})
        else:
            say(f"{principal.display_name} is connected to {tenant_url}.")


def probe(app: App, database: DatabaseUrl = DEFAULT_DATABASE, as_json: AsJson = False) -> None:
    """Test the saved connection, as *Test Connection* does."""
    with emulator(database) as p:
        principal = find_app(p, app)
        try:
            operations.validate_credentials(p, principal.id, {}, use_saved=True)
        except operations.CredentialsRejected as refused:
            if not as_json:
                raise
            print_json({"result": "Failure", "errorCode": refused.code, "errorMessage": str(refused)})
            raise typer.Exit(1) from refused
    if as_json:
        print_json({"result": "Success", "errorCode": None, "errorMessage": None})
    else:
        say("The connection works.")


def scope(
    app: App,
    whom: Annotated[ScopeChoice, typer.Argument(metavar="assigned|all", help="Whom to provision.")],
    database: DatabaseUrl = DEFAULT_DATABASE,
    as_json: AsJson = False,
) -> None:
    """Provision everybody, or only users and groups that are assigned."""
    with emulator(database) as p:
        operations.set_scope(p, find_app(p, app).id, sync_all=whom is ScopeChoice.ALL)
    if as_json:
        print_json({"scope": whom})
    elif whom is ScopeChoice.ALL:
        say("All users and groups are in scope, from the next cycle.")
    else:
        say("Assigned users and groups are in scope. Restart provisioning to deprovision the others.")
