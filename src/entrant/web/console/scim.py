"""Settings → SCIM provisioning: the switch, base URL and token, the provider, and the last test that arrived."""

from __future__ import annotations

from datetime import timedelta

from entrant.scim.leniency import ENTRA_CLASSIC, ENTRA_FLAG
from entrant.service import admin
from entrant.service.admin import NewConnection
from entrant.service.admin.overview import ConnectionState, list_connection_states
from entrant.workspace.errors import InvalidSetting
from entrant.workspace.model import Provider

from .render import Look, page
from .visit import Reply, Visit, redirect

PATH = "settings/scim"
PROVIDERS = (
    (Provider.ENTRA.value, "Microsoft Entra ID"),
    (Provider.OKTA.value, "Okta"),
    (Provider.GENERIC.value, "Another provider"),
    (Provider.STRICT.value, "Another provider, by the standard alone"),
)
OVERLAPS = (("0", "at once"), ("1", "after 1 hour"), ("4", "after 4 hours"), ("24", "after 24 hours"))
DIALECTS = {
    ENTRA_CLASSIC: "Entra's own spelling",
    ENTRA_FLAG: "Entra with aadOptscim062020: the standard",
}


def show(visit: Visit) -> Reply:
    """The settings as they are."""
    return _page(visit, None)


def act(visit: Visit) -> Reply:
    """Carry out one of the forms. A new token is on the page that answers, and never again."""
    connection = visit.form.get("connection") or None
    database, slug = visit.database, visit.slug
    match visit.form.get("do"):
        case "create":
            return _page(visit, admin.create_connection(database, slug, visit.form.get("provider", "")))
        case "enable":
            admin.set_enabled(database, slug, connection, enabled=True)
            return redirect(visit.url(PATH, done="enabled"))
        case "disable":
            admin.set_enabled(database, slug, connection, enabled=False)
            return redirect(visit.url(PATH, done="disabled"))
        case "provider":
            admin.set_provider(database, slug, connection, visit.form.get("provider", ""))
            return redirect(visit.url(PATH, done="provider"))
        case "rotate":
            hours = visit.form.get("overlap", "0")
            if hours not in {key for key, _ in OVERLAPS}:
                raise InvalidSetting("Choose when the old token ends")
            return _page(visit, admin.rotate_token(database, slug, connection, timedelta(hours=int(hours))))
        case "secret":
            made = admin.create_secret(database, slug, connection, visit.site.config.public_url)
            return _page(visit, None, secret=made)
        case "revoke":
            admin.revoke_credential(database, slug, connection, visit.form.get("credential", ""))
            return redirect(visit.url(PATH, done="revoked"))
        case _:
            raise InvalidSetting("The form does not say what to do")


def base_url(visit: Visit) -> str:
    """The SCIM Base Connector URL of the workspace (product.md 1.2)."""
    return f"{visit.site.config.public_url}/scim/v2/{visit.slug}"


def _page(visit: Visit, made: NewConnection | None, secret: object = None) -> Reply:
    states = list_connection_states(visit.database, visit.slug)
    return page(
        visit,
        "scim.html",
        Look("SCIM provisioning", "scim"),
        states=states,
        made=made,
        secret=secret,
        credentials=admin.list_credentials(visit.database, visit.slug),
        base_url=base_url(visit),
        providers=PROVIDERS,
        provider_names=dict(PROVIDERS),
        overlaps=OVERLAPS,
        dialect=_dialect,
    )


def _dialect(state: ConnectionState) -> str:
    spelling = state.connection.last_spelling
    return DIALECTS.get(spelling, spelling) if spelling else ""
