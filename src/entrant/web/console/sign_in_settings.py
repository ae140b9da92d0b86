"""Settings → Sign-in: the OpenID provider by which members get into the console."""

from __future__ import annotations

from entrant.service.admin import list_domains, list_identities, remove_sign_in, set_sign_in, show_sign_in
from entrant.service.admin.identities import IDENTITIES
from entrant.workspace.errors import InvalidSetting

from .openid import BACK, SignInFailed, discover
from .render import Look, page
from .visit import Reply, Visit, redirect

PATH = "settings/sign-in"


def show(visit: Visit) -> Reply:
    """The settings."""
    view = show_sign_in(visit.database, visit.slug)
    found = list_identities(visit.database, visit.slug, after=visit.query.get("after", ""))
    form = visit.form if visit.method == "POST" else {}
    return page(
        visit,
        "sign_in_settings.html",
        Look("Sign-in", "sign-in"),
        view=view,
        issuer=form.get("issuer", view.issuer if view else ""),
        client_id=form.get("client_id", view.client_id if view else ""),
        back=visit.public_url(BACK),
        domains=list_domains(visit.database, visit.slug),
        identities=found[:IDENTITIES],
        more=visit.url(PATH, after=found[IDENTITIES - 1].member) if len(found) > IDENTITIES else None,
    )


def act(visit: Visit) -> Reply:
    """Save or remove it. A provider that cannot be found is not saved."""
    if visit.form.get("do") == "remove":
        remove_sign_in(visit.database, visit.slug)
        return redirect(visit.url(PATH, done="sign-in-removed"))
    issuer = visit.form.get("issuer", "").strip()
    try:
        discover(visit, issuer)
    except SignInFailed as failed:
        raise InvalidSetting(str(failed)) from failed
    set_sign_in(
        visit.database, visit.slug, issuer, visit.form.get("client_id", ""), visit.form.get("client_secret", "")
    )
    return redirect(visit.url(PATH, done="sign-in"))
