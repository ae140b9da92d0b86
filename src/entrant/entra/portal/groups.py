"""Groups: list, create, rename, members (groups among them), delete."""

from __future__ import annotations

from entrant.db.engine import Tx
from entrant.entra import directory
from entrant.entra.directory import finding
from entrant.entra.model import Assignment, BadValue, DirectoryObject, Kind
from entrant.entra.store import memberships
from entrant.scim.wire import Response

from .paging import PAGE, choices, listed, objects_page, search_of
from .render import Look, page
from .users import MOST_SHOWN, assignments
from .visit import Visit, redirect, url

TRAIL = (("Groups", url("groups")),)


def show_list(visit: Visit) -> Response:
    """A page of groups, in the order of display names."""
    found = objects_page(visit, Kind.GROUP, ("groups",))
    return page(visit, "groups.html", Look("Groups", "groups"), found=found, q=search_of(visit))


def show_new(visit: Visit) -> Response:
    """The form for a new group."""
    return page(visit, "group_new.html", Look("New group", "groups", TRAIL))


def create(visit: Visit) -> Response:
    """Create a security group with assigned membership."""
    made = directory.create_group(visit.db, _sent(visit))
    return redirect(url("groups", made.id, done="created"))


def show(visit: Visit) -> Response:
    """One group: name, members, groups it is in, assignments."""
    group, members, above, assigned = visit.db.read(lambda tx: _read(tx, visit.params["id"], visit.query("after")))
    return page(
        visit,
        "group.html",
        Look(group.properties["displayName"], "groups", TRAIL),
        group=group,
        given=_sent(visit) if visit.form_kept and visit.form("do") == "save" else group.properties,
        members=listed(members, visit, ("groups", group.id), lambda each: (each.id, "")),
        member_of=above,
        assigned=assigned,
        sure=visit.query("sure") == "delete",
    )


def act(visit: Visit) -> Response:
    """Save, remove a member or delete."""
    group = visit.params["id"]
    match visit.form("do"):
        case "delete":
            directory.delete_group(visit.db, group)
            return redirect(url("groups", done="deleted"))
        case "remove":
            directory.remove_members(visit.db, group, [visit.form("member")])
            return redirect(url("groups", group, done="member-removed"))
        case _:
            directory.update_group(visit.db, group, _sent(visit))
            return redirect(url("groups", group, done="saved"))


def show_add(visit: Visit) -> Response:
    """Users and groups to choose members from."""
    group = visit.db.read(lambda tx: finding.get_object(tx, Kind.GROUP, visit.params["id"]))
    name = group.properties["displayName"]
    return page(
        visit,
        "group_add.html",
        Look("Add members", "groups", (*TRAIL, (name, url("groups", group.id)))),
        group=group,
        q=search_of(visit),
        found=[each for each in choices(visit) if each.id != group.id],
    )


def add(visit: Visit) -> Response:
    """Add those that were chosen."""
    group, chosen = visit.params["id"], visit.all("object")
    if not chosen:
        raise BadValue("choose at least one user or group")
    directory.add_members(visit.db, group, chosen)
    return redirect(url("groups", group, done="members-added"))


def _sent(visit: Visit) -> dict[str, str | None]:
    return {"displayName": visit.form("displayName") or None, "description": visit.form("description") or None}


def _read(
    tx: Tx, id: str, after: str
) -> tuple[DirectoryObject, list[DirectoryObject], list[DirectoryObject], list[tuple[Assignment, str]]]:
    group = finding.get_object(tx, Kind.GROUP, id)
    return (
        group,
        memberships.members(tx, group.id, after=after, most=PAGE + 1),
        memberships.groups_of(tx, group.id, most=MOST_SHOWN),
        assignments(tx, group.id),
    )
