"""The forms of Settings → SCIM provisioning, each carried out by one function.

A new token or client secret is on the next page, and never again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import msgspec

from entrant.config import Switch
from entrant.service import admin, shown_once
from entrant.service.admin import NewConnection, NewSecret
from entrant.service.room import Limits
from entrant.workspace.errors import InvalidSetting

from .scim import GUARD, OVERLAPS, PATH
from .visit import Reply, Visit, redirect


def act(visit: Visit) -> Reply:
    """Carry out the form that was sent."""
    form = FORMS.get(visit.form.get("do", ""))
    if form is None:
        raise InvalidSetting("The form does not say what to do")
    return form(visit)


def _connection(visit: Visit) -> str | None:
    return visit.form.get("connection") or None


def _done(visit: Visit, what: str) -> Reply:
    return redirect(visit.url(PATH, done=what))


def _made(visit: Visit, what: str, value: NewConnection | NewSecret) -> Reply:
    """Go on to the page that shows a new secret, once."""
    if visit.seat is not None:
        shown_once.keep(visit.database, visit.seat, {what: msgspec.to_builtins(value)})
    return redirect(visit.url(PATH, made=what))


def _create(visit: Visit) -> Reply:
    provider, limits = visit.form.get("provider", ""), Limits.of(visit.site.config)
    return _made(visit, "token", admin.create_connection(visit.database, visit.slug, provider, limits))


def _enable(visit: Visit) -> Reply:
    admin.set_enabled(visit.database, visit.slug, _connection(visit), enabled=True)
    return _done(visit, "enabled")


def _disable(visit: Visit) -> Reply:
    admin.set_enabled(visit.database, visit.slug, _connection(visit), enabled=False)
    return _done(visit, "disabled")


def _set_provider(visit: Visit) -> Reply:
    admin.set_provider(visit.database, visit.slug, _connection(visit), visit.form.get("provider", ""))
    return _done(visit, "provider")


def _rotate(visit: Visit) -> Reply:
    hours = visit.form.get("overlap", "0")
    if hours not in {key for key, _ in OVERLAPS}:
        raise InvalidSetting("Choose when the old token ends")
    overlap = timedelta(hours=int(hours))
    return _made(visit, "token", admin.rotate_token(visit.database, visit.slug, _connection(visit), overlap))


def _create_secret(visit: Visit) -> Reply:
    url = visit.site.config.public_url
    return _made(visit, "secret", admin.create_secret(visit.database, visit.slug, _connection(visit), url))


def _federate(visit: Visit) -> Reply:
    names = ("issuer", "audience", "subject", "tenant", "keys")
    given = {name: visit.form.get(name, "").strip() or None for name in names}
    if given["keys"] is None and None in {given["issuer"], given["audience"], given["subject"]}:
        raise InvalidSetting("Enter issuer, audience and subject, as the provider names them")
    config = visit.site.config
    private = config.private_issuers is Switch.ON
    admin.federate(visit.database, visit.slug, _connection(visit), config.public_url, **given, private=private)
    return _done(visit, "federated")


def _set_guard(visit: Visit) -> Reply:
    for name in GUARD:
        limit = visit.form.get(name, "").strip()
        if limit != visit.form.get(f"was-{name}"):
            admin.set_guard(visit.database, visit.slug, _connection(visit), name, limit)
    return _done(visit, "guard")


def _revoke(visit: Visit) -> Reply:
    admin.revoke_credential(visit.database, visit.slug, _connection(visit), visit.form.get("credential", ""))
    return _done(visit, "revoked")


FORMS: dict[str, Callable[[Visit], Reply]] = {
    "create": _create,
    "enable": _enable,
    "disable": _disable,
    "provider": _set_provider,
    "rotate": _rotate,
    "secret": _create_secret,
    "federate": _federate,
    "guard": _set_guard,
    "revoke": _revoke,
}
"""By the value of the field `do`."""
