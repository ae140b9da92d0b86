"""The activity log: what people did in the console, by the command line and by the API."""

from __future__ import annotations

from entrant.service.admin import AuditView, list_audit, list_connections
from entrant.store.audit import LAST

from .render import Look, page
from .scim import PROVIDERS
from .visit import Reply, Visit

PATH = "activity"
PAGE = 50

ACTIONS = {
    "access.refused": "was refused access",
    "connection.create": "turned SCIM provisioning on",
    "connection.enable": "switched SCIM provisioning on",
    "connection.disable": "switched SCIM provisioning off",
    "connection.provider": "changed the provider of the connection",
    "connection.rotate": "regenerated the bearer token",
    "credential.revoke": "revoked a credential",
    "federation.create": "added a federated credential",
    "guard.approve": "approved a change that was held",
    "guard.hold": "held a change back",
    "guard.reject": "rejected a change that was held",
    "guard.set": "changed the mass-change guard",
    "identity.bind": "bound an account of the identity provider to a member",
    "identity.end": "ended an account of the identity provider for a member",
    "member.deactivate": "deactivated a member",
    "member.invite": "invited a member",
    "member.link": "made a set-up link for a member",
    "member.reinvite": "invited a member again",
    "member.erase": "erased a person",
    "audit.cut": "removed the beginning of the audit log",
    "member.role": "set a member's role",
    "rules.set": "changed the role rules",
    "schema.add": "added a schema",
    "schema.remove": "removed a schema",
    "secret.create": "created a client secret",
    "session.begin": "signed in",
    "session.confirm": "showed again who they are",
    "session.end": "ended sessions of a member",
    "sign-in.remove": "removed the sign-in provider",
    "sign-in.set": "set the sign-in provider",
    "workspace.create": "created the workspace",
    "workspace.set": "changed a setting of the workspace",
}
"""What each action is called; one that is not here is shown by its name."""


def show(visit: Visit) -> Reply:
    """A page of entries, newest first."""
    text = visit.query.get("before", "")
    before = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else LAST  # noqa: PLR2004  fits a BIGINT
    found = list_audit(visit.database, visit.slug, before=before, limit=PAGE + 1)
    more = len(found) > PAGE
    names = _connections(visit)
    return page(
        visit,
        "activity.html",
        Look("Activity log", "activity"),
        entries=[
            (entry, ACTIONS.get(entry.action, entry.action), _about(entry, visit, names)) for entry in found[:PAGE]
        ],
        newest=visit.url(PATH) if text else None,
        older=visit.url(PATH, before=str(found[PAGE - 1].sequence)) if more else None,
    )


def _connections(visit: Visit) -> dict[str, str]:
    """What the connections are called, by id; two of one kind are told apart by the end of it."""
    found = [(each.id, dict(PROVIDERS)[each.provider]) for each in list_connections(visit.database, visit.slug)]
    kinds = [kind for _, kind in found]
    return {id_: f"{kind} …{id_[-6:]}" if kinds.count(kind) > 1 else kind for id_, kind in found}


def _about(entry: AuditView, visit: Visit, connections: dict[str, str]) -> str:
    """Whom or what it concerned, by the name that people know."""
    seat, known = visit.seat, {entry.actor: entry.actor_name, **connections}
    if seat is not None:
        known |= {seat.workspace.id: seat.workspace.name, seat.member.id: seat.member.doc["userName"]}
    name = entry.details.get("userName") or entry.details.get("email") or known.get(entry.target or "")
    return str(name or entry.target or "")
