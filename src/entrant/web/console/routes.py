"""Every page of the console, and who may see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from . import (
    access,
    activity,
    confirm,
    groups,
    guides,
    held,
    log,
    members,
    openid,
    overview,
    profile,
    roles,
    scim,
    scim_forms,
    sign_in,
    sign_in_settings,
)
from .visit import Reply, Visit


class Who(StrEnum):
    """Who may see a page."""

    ANYONE = "anyone"
    MEMBER = "member"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Page:
    """A page: what shows it, and what carries out the forms that are sent to it."""

    path: str
    who: Who
    show: Callable[[Visit], Reply]
    act: Callable[[Visit], Reply] | None = None
    fresh: frozenset[str] = frozenset()
    """The forms, by the value of their field `do`, before which whoever sends them shows again who they are.

    EVERY is every form of the page. For whatever makes a link, a credential or a mark that could hand over the
    workspace.
    """

    def asks_again(self, form: Mapping[str, str]) -> bool:
        """Whether this form is one of them."""
        return EVERY in self.fresh or form.get("do", "") in self.fresh


EVERY = "*"
GRANTS = frozenset({"link", "role", "deactivate", "reinvite", "erase", "protect", "unprotect"})
"""What gives a member access or a role, or ends the protection of one, by itself or in two steps."""


PAGES = (
    Page("/", Who.ANYONE, sign_in.choose),
    Page("/{slug}/sign-in", Who.ANYONE, sign_in.show, sign_in.act),
    Page("/{slug}/sign-in/openid", Who.ANYONE, openid.begin),
    Page("/{slug}/sign-in/openid/back", Who.ANYONE, openid.finish),
    Page("/{slug}/set-up", Who.ANYONE, sign_in.show_set_up, sign_in.set_up),
    Page("/{slug}/set-up/openid", Who.ANYONE, openid.begin_set_up),
    Page("/{slug}/set-up/{link}", Who.ANYONE, sign_in.show_old_link),
    Page("/{slug}/sign-out", Who.MEMBER, profile.show, sign_in.sign_out),
    Page("/{slug}/profile", Who.MEMBER, profile.show, access.act_on_own),
    Page("/{slug}/confirm", Who.MEMBER, confirm.show, confirm.act),
    Page("/{slug}/confirm/openid", Who.MEMBER, openid.begin_confirming),
    Page("/{slug}/", Who.ADMIN, overview.show, overview.act, frozenset({"approve"})),
    Page("/{slug}/held/{id}", Who.ADMIN, held.show),
    Page("/{slug}/members", Who.ADMIN, members.show_list),
    Page("/{slug}/members/invite", Who.ADMIN, members.show_invite, members.invite, frozenset({EVERY})),
    Page("/{slug}/members/{id}", Who.ADMIN, members.show, members.act, GRANTS),
    Page("/{slug}/members/{id}/link", Who.ADMIN, members.show_link),
    Page("/{slug}/groups", Who.ADMIN, groups.show_list),
    Page("/{slug}/groups/{id}", Who.ADMIN, groups.show),
    Page("/{slug}/log", Who.ADMIN, log.show_list),
    Page("/{slug}/log/{id}", Who.ADMIN, log.show),
    Page("/{slug}/activity", Who.ADMIN, activity.show),
    Page(
        "/{slug}/settings/scim",
        Who.ADMIN,
        scim.show,
        scim_forms.act,
        frozenset({"create", "rotate", "secret", "federate"}),
    ),
    Page("/{slug}/settings/scim/guide/{provider}", Who.ADMIN, guides.show),
    Page("/{slug}/settings/roles", Who.ADMIN, roles.show, roles.act, frozenset({"save"})),
    Page("/{slug}/settings/sign-in", Who.ADMIN, sign_in_settings.show, sign_in_settings.act, frozenset({"save"})),
)
