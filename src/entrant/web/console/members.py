"""Members: searched, filtered, one by one with their role and why, and what an admin can do to them."""

from __future__ import annotations

from collections.abc import Callable

from entrant.scim.wire import Json
from entrant.service import admin, shown_once
from entrant.service.admin.browse import browse_members, roles_of, show_member
from entrant.service.passwords import MIN_LENGTH
from entrant.store.browse import MemberFilter
from entrant.workspace.errors import InvalidSetting

from . import access
from .attributes import attributes
from .render import Look, page
from .visit import Reply, Visit, redirect

PATH = "members"
MAX_SEARCH = 200  # characters
STATES = (("", "Any role"), ("admin", "Admins"), ("member", "Members"), ("any", "Active"), ("none", "Inactive"))
SOURCES = (("", "Any source"), ("provisioned", "Provisioned"), ("local", "Invited by hand"))
ROLES = (("", "The workspace's default"), ("member", "Member"), ("admin", "Admin"))


def show_list(visit: Visit) -> Reply:
    """A page of members, newest first, or those whose name begins with a text."""
    wanted = MemberFilter(
        text=visit.query.get("q", "").strip()[:MAX_SEARCH],
        state=_one_of(visit.query.get("state", ""), STATES),
        source=_one_of(visit.query.get("source", ""), SOURCES),
    )
    before = visit.query.get("before", "")
    found = browse_members(visit.database, visit.slug, wanted, before)

    def address(start: str | None) -> str:
        return visit.url(PATH, q=wanted.text, state=wanted.state, source=wanted.source, before=start)

    return page(
        visit,
        "members.html",
        Look("Members", "members"),
        found=found,
        wanted=wanted,
        states=STATES,
        sources=SOURCES,
        newest=address(None) if before else None,
        older=address(found.older) if found.older else None,
    )


def show_invite(visit: Visit) -> Reply:
    """The form of an invitation."""
    return page(
        visit,
        "invite.html",
        Look("Invite a member", "members", (("Members", PATH),)),
        roles=ROLES,
        email=visit.form.get("email", ""),
        role=visit.form.get("role", ""),
    )


def invite(visit: Visit) -> Reply:
    """Invite a member, and go on to the page that shows the link for them, once."""
    view = admin.invite(visit.database, visit.slug, visit.form.get("email", "").strip(), visit.form.get("role") or None)
    return _make_link(visit, view.id, invited=True)


def show(visit: Visit) -> Reply:
    """A member's page."""
    detail = show_member(visit.database, visit.slug, visit.params["id"])
    member = detail.member
    return page(
        visit,
        "member.html",
        Look(member.doc.get("displayName") or member.doc["userName"], "members", (("Members", PATH),)),
        detail=detail,
        member=member,
        attributes=attributes(member.doc),
        from_group=bool(roles_of(detail.groups)),
        sure=visit.query.get("sure") == "deactivate",
        sure_erase=visit.query.get("sure") == "erase",
        sessions=admin.list_sessions(visit.database, visit.slug, member.id),
        identities=admin.list_identities(visit.database, visit.slug, member.id),
    )


def act(visit: Visit) -> Reply:
    """Carry out one of the forms of a member's page."""
    member_id, path = visit.params["id"], f"{PATH}/{visit.params['id']}"
    match visit.form.get("do"):
        case "link":
            return _make_link(visit, member_id, invited=False)
        case "role":
            admin.set_role(visit.database, visit.slug, member_id, visit.form.get("role", ""))
            return redirect(visit.url(path, done="role"))
        case "deactivate":
            admin.deactivate(visit.database, visit.slug, member_id)
            return redirect(visit.url(path, done="deactivated"))
        case "erase":
            admin.erase_member(visit.database, visit.slug, member_id)
            return redirect(visit.url(PATH, done="erased"))
        case "reinvite":
            admin.reinvite(visit.database, visit.slug, member_id)
            return redirect(visit.url(path, done="reinvited"))
        case "protect":
            admin.protect(visit.database, visit.slug, member_id)
            return redirect(visit.url(path, done="protected"))
        case "unprotect":
            admin.unprotect(visit.database, visit.slug, member_id)
            return redirect(visit.url(path, done="unprotected"))
        case "end-sessions":
            access.end_sessions(visit, member_id)
            return redirect(visit.url(path, done="session-ended"))
        case "end-identity":
            access.end_identity(visit, member_id)
            return redirect(visit.url(path, done="identity-ended"))
        case _:
            raise InvalidSetting("The form does not say what to do")


def show_link(visit: Visit) -> Reply:
    """The link that was just made; a reload says that it is shown no more, and makes no other."""
    path = f"{PATH}/{visit.params['id']}"
    kept = shown_once.take(visit.database, visit.seat) if visit.seat else {}
    if kept.get("member") != visit.params["id"]:
        return redirect(visit.url(path))
    return page(
        visit,
        "link.html",
        Look("Invitation" if kept["invited"] else "Set-up link", "members", (("Members", PATH),)),
        user_name=kept["userName"],
        link=kept["link"],
        member_id=visit.params["id"],
        invited=kept["invited"],
        least=MIN_LENGTH,
    )


def _make_link(visit: Visit, member_id: str, *, invited: bool) -> Reply:
    made = admin.create_setup_link(visit.database, visit.slug, member_id)
    link = visit.site.config.public_url + made.path
    kept: dict[str, Json] = {"member": member_id, "userName": made.user_name, "link": link, "invited": invited}
    if visit.seat is not None:
        shown_once.keep(visit.database, visit.seat, kept)
    return redirect(visit.url(f"{PATH}/{member_id}/link"))


def _one_of(value: str, options: tuple[tuple[str, str], ...]) -> str:
    known: Callable[[str], bool] = {key for key, _ in options}.__contains__
    return value if known(value) else ""
