"""Pages with their frame: the navigation of the console, who is signed in, and what has just been done."""

from __future__ import annotations

from dataclasses import dataclass

from entrant.ui import Account, Frame, NavItem, NavSection
from entrant.ui.headers import PAGE

from .visit import Reply, Visit

PRODUCT = "Entrant"

SECTIONS: tuple[tuple[str | None, tuple[tuple[str, str, str], ...]], ...] = (
    (
        None,
        (
            ("overview", "Overview", ""),
            ("members", "Members", "members"),
            ("groups", "Groups", "groups"),
            ("log", "Provisioning log", "log"),
            ("activity", "Activity log", "activity"),
        ),
    ),
    (
        "Settings",
        (
            ("scim", "SCIM provisioning", "settings/scim"),
            ("roles", "Roles", "settings/roles"),
            ("sign-in", "Sign-in", "settings/sign-in"),
        ),
    ),
)
"""The navigation: name, label and path of each page."""

DONE = {
    "role": "The role has been set.",
    "erased": "The person has been erased: from the members, and from the logs, which say a pseudonym instead.",
    "deactivated": "The member has been deactivated, and their sessions have ended.",
    "confirmed": "You have shown who you are. Send the form again.",
    "session-ended": "The sessions have ended.",
    "identity-ended": "That account signs nobody in any more, and the member's sessions have ended.",
    "reinvited": "The member may return.",
    "protected": "Admin protected: no SCIM request can change them.",
    "unprotected": "Protection removed.",
    "enabled": "SCIM provisioning is on.",
    "disabled": "SCIM provisioning is off. Every request is refused from now on; nothing was removed.",
    "provider": "The provider has been changed.",
    "rules": "The role rules are in force.",
    "sign-in": "Members can sign in by this provider now.",
    "sign-in-removed": "Nobody can sign in by the provider any more.",
    "signed-out": "You are signed out.",
    "approved": "The change may be made now; the provider repeats it in its next cycle.",
    "rejected": "The change stays refused.",
    "federated": "The connection trusts these assertions now.",
    "guard": "The limits are in force.",
    "revoked": "The credential is refused from now on.",
}
"""What a page says after a form has been carried out, by the value of `done` in its address."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a page adds to the frame: its title, its place in the navigation, and the pages above it."""

    title: str
    current: str = ""
    trail: tuple[tuple[str, str], ...] = ()
    """Label and path of each."""


def page(visit: Visit, template: str, look: Look, *, status: int = 200, **values: object) -> Reply:
    """A page. A refusal of the visit makes it 409 and is shown on it."""
    frame = Frame(
        title=look.title,
        product=PRODUCT,
        home=visit.url() if visit.seat else f"{visit.site.root}/",
        place=visit.seat.workspace.name if visit.seat else None,
        sections=_sections(visit, look.current),
        account=_account(visit),
        csrf=visit.csrf,
        trail=tuple(NavItem(label, visit.url(path)) for label, path in look.trail),
    )
    body = visit.site.pages.html(
        template,
        frame,
        url=visit.url,
        visit=visit,
        refusal=visit.refusal,
        done=DONE.get(visit.query.get("done", "")),
        **values,
    )
    return Reply(409 if visit.refusal and status == 200 else status, body, PAGE)  # noqa: PLR2004


def message(visit: Visit, status: int, title: str, text: str, *, request_id: str = "") -> Reply:
    """A page that says one thing."""
    return page(visit, "message.html", Look(title), status=status, text=text, request_id=request_id)


def _sections(visit: Visit, current: str) -> tuple[NavSection, ...]:
    if not visit.is_admin:
        return ()
    return tuple(
        NavSection(label, tuple(NavItem(text, visit.url(path), name == current) for name, text, path in items))
        for label, items in SECTIONS
    )


def _account(visit: Visit) -> Account | None:
    if visit.seat is None:
        return None
    return Account(visit.seat.member.doc["userName"], visit.url("profile"), visit.url("sign-out"))
