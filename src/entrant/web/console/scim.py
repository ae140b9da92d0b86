"""Settings → SCIM provisioning: the switch, base URL and token, the provider, and the last test that arrived."""

from __future__ import annotations

import msgspec

from entrant.scim.dialect import ENTRA_CLASSIC, ENTRA_FLAG
from entrant.service import admin, shown_once
from entrant.service.admin import NewConnection, NewSecret
from entrant.service.admin.overview import ConnectionState, list_connection_states
from entrant.workspace.model import Provider

from .render import Look, page
from .visit import Reply, Visit

PATH = "settings/scim"
PROVIDERS = (
    (Provider.ENTRA.value, "Microsoft Entra ID"),
    (Provider.OKTA.value, "Okta"),
    (Provider.GENERIC.value, "Another provider"),
    (Provider.STRICT.value, "Another provider, by the standard alone"),
)
OVERLAPS = (("0", "at once"), ("1", "after 1 hour"), ("4", "after 4 hours"), ("24", "after 24 hours"))
GUARD = {
    "deactivations": "Most members deactivated, in per cent, or off",
    "removals": "Most members removed from one group, in per cent, or off",
    "promotions": "Most members who become admins, or off",
    "demotions": "Most admins who lose that role, or off",
    "share": "Or that many members or admins, in per cent",
    "minimum": "Workspaces of fewer members are not guarded; groups of fewer are guarded together",
    "window": "Changes add up within a time such as 1h",
}
"""The limits of the mass-change guard, by their names."""
DIALECTS = {
    ENTRA_CLASSIC: "Entra's own spelling",
    ENTRA_FLAG: "Entra with aadOptscim062020: the standard",
}


def show(visit: Visit) -> Reply:
    """The settings as they are; with a token or a client secret that has just been made, once."""
    kept = shown_once.take(visit.database, visit.seat) if visit.seat and visit.query.get("made") else {}
    made = msgspec.convert(kept["token"], NewConnection) if "token" in kept else None
    secret = msgspec.convert(kept["secret"], NewSecret) if "secret" in kept else None
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
        overlap_names=dict(OVERLAPS),
        overlap=_overlap(visit),
        sure=(visit.query.get("sure", ""), visit.query.get("connection", "")),
        dialect=_dialect,
        guards={state.connection.id: _limits(visit, state.connection.id) for state in states},
        guard_names=GUARD,
    )


def base_url(visit: Visit) -> str:
    """The SCIM Base Connector URL of the workspace (product.md 1.2)."""
    return f"{visit.site.config.public_url}/scim/v2/{visit.slug}"


def _overlap(visit: Visit) -> str:
    """When the old token shall end, as it was chosen before the question whether it shall."""
    chosen = visit.query.get("overlap", "")
    return chosen if chosen in dict(OVERLAPS) else OVERLAPS[0][0]


def _limits(visit: Visit, connection_id: str) -> dict[str, str]:
    """The limits as the form has them."""
    view = admin.show_guard(visit.database, visit.slug, connection_id)
    limits = {
        "deactivations": view.deactivations,
        "removals": view.removals,
        "promotions": view.promotions,
        "demotions": view.demotions,
    }
    shown = {name: "off" if limit is None else str(limit) for name, limit in limits.items()}
    return shown | {"share": str(view.share), "minimum": str(view.minimum), "window": _span(view.window)}


def _span(seconds: int) -> str:
    """A time in the largest unit that is whole."""
    size, unit = next((s, u) for s, u in ((86_400, "d"), (3_600, "h"), (60, "m")) if seconds % s == 0)
    return f"{seconds // size}{unit}"


def _dialect(state: ConnectionState) -> str:
    spelling = state.connection.last_spelling
    return DIALECTS.get(spelling, spelling) if spelling else ""
