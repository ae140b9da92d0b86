"""Connectivity: authentication method, Tenant URL, secrets, *Test connection*; saved only if the test succeeds."""

from __future__ import annotations

from dataclasses import replace

from entrant.entra.jobs import operations
from entrant.entra.jobs.connection import AUDIENCE, SCOPE, Method
from entrant.entra.jobs.secrets import MASKED
from entrant.scim.wire import Response

from .apps import app_of
from .render import Look, page
from .visit import Visit, redirect, url

METHODS = (
    (Method.BEARER, "Bearer authentication"),
    (Method.CLIENT_CREDENTIALS, "OAuth 2.0 client credentials grant"),
    (Method.FEDERATION, "Workload identity federation"),
)
FIELDS = {
    Method.BEARER: ("BaseAddress", "SecretToken"),
    Method.CLIENT_CREDENTIALS: (
        "BaseAddress", "Oauth2TokenExchangeUri", "Oauth2ClientId", "Oauth2ClientSecret", SCOPE,
    ),
    Method.FEDERATION: ("BaseAddress", "Oauth2TokenExchangeUri", "Oauth2ClientId", SCOPE, AUDIENCE),
}  # fmt: skip
"""The keys of a connection that each method has."""


def show(visit: Visit, *, succeeded: bool = False) -> Response:
    """The form for the method that was chosen, with what is saved or what was sent."""
    app = app_of(visit)
    job = operations.job_of(visit.p, app.id)
    saved = operations.get_secrets(visit.p, app.id)
    method = _method(visit.form("AuthenticationType") or visit.query("method") or saved.get("AuthenticationType", ""))
    if not visit.form("AuthenticationType") and not visit.query("method") and not saved.get("AuthenticationType"):
        method = Method.CLIENT_CREDENTIALS if saved.get("Oauth2ClientId") else Method.BEARER
    return page(
        visit,
        "connectivity.html",
        Look("Connectivity", "connectivity", (("Provisioning", url("apps", app.id, "provisioning")),), app),
        job=job,
        method=method,
        methods=METHODS,
        fields=FIELDS[method],
        given=_sent(visit, method) if visit.form_kept else saved,
        succeeded=succeeded,
        masked=MASKED,
        issuer=f"{visit.p.login_url}/{visit.p.tenant}/v2.0",
    )


def act(visit: Visit) -> Response:
    """Test the connection, or test and save it."""
    app = app_of(visit)
    values = _sent(visit, _method(visit.form("AuthenticationType")))
    if visit.form("do") == "save":
        operations.connect(visit.p, app.id, values)
        return redirect(url("apps", app.id, "provisioning", "connectivity", done="connected"))
    operations.validate_credentials(visit.p, app.id, values)
    return show(replace(visit, form_kept=True), succeeded=True)


def _method(text: str) -> Method:
    return next((each for each in Method if each == text), Method.BEARER)


def _sent(visit: Visit, method: Method) -> dict[str, str]:
    """The keys of the method as the form sends them; empty ones are not part of the connection."""
    given = {name: visit.form(name) for name in FIELDS[method]}
    return {"AuthenticationType": str(method)} | {name: value for name, value in given.items() if value}
