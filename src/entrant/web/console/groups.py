"""Groups: with the role they give and the rule that says so, their members, and what another name would do."""

from __future__ import annotations

from entrant.service.admin.browse import browse_groups, describe_rule, show_group
from entrant.service.admin.preview import preview_rename

from .render import Look, page
from .visit import Reply, Visit

PATH = "groups"
MAX_SEARCH = 200  # characters
MAX_NAME = 4_096  # characters of a name that is tried


def show_list(visit: Visit) -> Reply:
    """A page of groups, newest first, or those whose name begins with a text."""
    text, before = visit.query.get("q", "").strip()[:MAX_SEARCH], visit.query.get("before", "")
    only_roles = visit.query.get("roles") == "on"
    found = browse_groups(visit.database, visit.slug, text, before, roles=only_roles)

    def address(start: str | None) -> str:
        return visit.url(PATH, q=text, roles="on" if only_roles else None, before=start)

    return page(
        visit,
        "groups.html",
        Look("Groups", "groups"),
        found=found,
        text=text,
        only_roles=only_roles,
        describe=describe_rule,
        newest=address(None) if before else None,
        older=address(found.older) if found.older else None,
    )


def show(visit: Visit) -> Reply:
    """A group's page; `rename` in the address asks what that name would do."""
    group_id, after = visit.params["id"], visit.query.get("after", "")
    detail = show_group(visit.database, visit.slug, group_id, after)
    name = visit.query.get("rename", "").strip()[:MAX_NAME]
    path = f"{PATH}/{group_id}"
    return page(
        visit,
        "group.html",
        Look(detail.row.group.doc["displayName"], "groups", (("Groups", PATH),)),
        detail=detail,
        group=detail.row.group,
        rename=name,
        preview=preview_rename(visit.database, visit.slug, group_id, name) if name else None,
        describe=describe_rule,
        newest=visit.url(path) if after else None,
        older=visit.url(path, after=detail.after) if detail.after else None,
    )
