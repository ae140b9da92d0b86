"""Guides to the other side: what to do in Entra or Okta, step by step, with the workspace's own values filled in."""

from __future__ import annotations

from entrant.service import admin
from entrant.workspace.errors import NoSuch

from .render import Look, page
from .scim import PATH, base_url
from .visit import Reply, Visit

GUIDES = {"entra": "Microsoft Entra ID", "okta": "Okta"}


def show(visit: Visit) -> Reply:
    """The guide for a provider."""
    provider = visit.params["provider"]
    if provider not in GUIDES:
        raise NoSuch("There is no guide for that provider")
    return page(
        visit,
        f"guide_{provider}.html",
        Look(f"Connect {GUIDES[provider]}", "scim", (("SCIM provisioning", PATH),)),
        base_url=base_url(visit),
        workspace=admin.show_workspace(visit.database, visit.slug),
        rules=admin.list_rules(visit.database, visit.slug),
    )
