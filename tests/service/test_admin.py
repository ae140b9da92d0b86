"""What an administrator does by hand, on both engines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from entrant.db.engine import Database
from entrant.scim.wire import Json
from entrant.service import admin
from entrant.service.admin import MemberView
from entrant.workspace.errors import (
    AlreadyExists,
    DomainError,
    InvalidRule,
    InvalidSetting,
    LastAdmin,
    NameTaken,
    NoSuch,
    RoleFromGroup,
    RoleReserved,
)
from entrant.workspace.roles import parse_rule
from entrant.workspace.tokens import mask_token
from tests.support.workspaces import NewWorkspace, new_workspace

OWNER = "owner@example.com"
BADGE = "urn:example:params:scim:schemas:extension:badge:2.0:User"
BADGE_SCHEMA = {
    "id": BADGE,
    "name": "Badge",
    "description": "What opens the doors.",
    "attributes": [{"name": "number", "type": "string", "multiValued": False}],
}


@pytest.fixture
def acme(database: Database) -> NewWorkspace:
    """A workspace without members, and a provider."""
    return new_workspace(database)


def members(workspace: NewWorkspace) -> dict[str, MemberView]:
    """Everyone in a workspace, active or not, by userName."""
    return {member.user_name: member for member in admin.list_members(workspace.database, workspace.slug, all_=True)}


def role(workspace: NewWorkspace, user_name: str) -> str | None:
    return members(workspace)[user_name].role


def test_a_workspace_is_made_with_its_first_admin(database: Database) -> None:
    made = admin.create_workspace(database, "acme", "Acme Inc.", OWNER)

    assert admin.list_workspaces(database) == [made] == [admin.show_workspace(database, "acme")]
    assert (made.slug, made.name, made.default_role, made.reactivation, made.adoption) == (
        "acme",
        "Acme Inc.",
        "member",
        "allow",
        True,
    )
    (owner,) = admin.list_members(database, "acme")
    assert (owner.user_name, owner.email, owner.role, owner.active, owner.source) == (
        OWNER,
        OWNER,
        "admin",
        True,
        "local",
    )


@pytest.mark.parametrize("slug", ["", "Acme", "acme inc", "-acme", "acme-", "a/b", "ä", "a" * 64, "acme\n"])
def test_a_slug_must_fit_into_an_address(database: Database, slug: str) -> None:
    with pytest.raises(InvalidSetting):
        admin.create_workspace(database, slug, "Acme")


def test_a_slug_is_given_once(acme: NewWorkspace) -> None:
    with pytest.raises(AlreadyExists, match=acme.slug):
        admin.create_workspace(acme.database, acme.slug, "Another")


@pytest.mark.parametrize("email", ["", "owner", "@", "owner@", "@example.com", "a b@example.com", "x" * 400 + "@b"])
def test_an_invitation_needs_an_address(acme: NewWorkspace, email: str) -> None:
    with pytest.raises(InvalidSetting):
        admin.invite(acme.database, acme.slug, email)


@pytest.mark.parametrize(
    "call",
    [
        lambda db: admin.show_workspace(db, "nowhere"),
        lambda db: admin.set_adoption(db, "nowhere", adoption=True),
        lambda db: admin.list_rules(db, "nowhere"),
        lambda db: admin.list_connections(db, "nowhere"),
        lambda db: list(admin.list_members(db, "nowhere")),
        lambda db: list(admin.list_groups(db, "nowhere")),
        lambda db: admin.list_log(db, "nowhere"),
        lambda db: admin.list_schemas(db, "nowhere"),
        lambda db: admin.invite(db, "nowhere", OWNER),
    ],
)
def test_an_unknown_workspace_is_said_by_its_name(database: Database, call: object) -> None:
    with pytest.raises(NoSuch, match='There is no workspace "nowhere"'):
        call(database)  # type: ignore[operator]  # a function of a database


def test_settings_are_kept(acme: NewWorkspace) -> None:
    """Product 2.2, 2.5, 2.6."""
    admin.set_adoption(acme.database, acme.slug, adoption=False)
    admin.set_reactivation(acme.database, acme.slug, "reinvite")
    admin.set_default_role(acme.database, acme.slug, "admin")

    shown = admin.show_workspace(acme.database, acme.slug)

    assert (shown.adoption, shown.reactivation, shown.default_role) == (False, "reinvite", "admin")


def test_a_new_default_role_is_theirs_who_have_no_other(acme: NewWorkspace) -> None:
    """Product 2.6, 4.3."""
    plain, grouped = acme.idp.user("plain"), acme.idp.user("grouped")
    acme.idp.group("Members", grouped)
    admin.invite(acme.database, acme.slug, "byhand@example.com", "member")

    admin.set_default_role(acme.database, acme.slug, "admin")

    assert plain
    assert {name: m.role for name, m in members(acme).items()} == {
        "plain": "admin",
        "grouped": "member",
        "byhand@example.com": "member",
    }


def test_the_last_admin_by_default_stays(acme: NewWorkspace) -> None:
    """Product 4.5."""
    acme.idp.user("plain")
    admin.set_default_role(acme.database, acme.slug, "admin")

    with pytest.raises(LastAdmin):
        admin.set_default_role(acme.database, acme.slug, "member")

    assert admin.show_workspace(acme.database, acme.slug).default_role == "admin"
    assert role(acme, "plain") == "admin"


def test_rules_are_the_default_ones_until_they_are_set(acme: NewWorkspace) -> None:
    """Product 4.1."""
    assert [str(rule) for rule in admin.list_rules(acme.database, acme.slug)] == [
        "contains:admin=admin",
        "contains:member=member",
    ]


def test_new_rules_change_all_roles_at_once(acme: NewWorkspace) -> None:
    """Product 4.1, 4.3."""
    user = acme.idp.user("ada")
    acme.idp.group("Bosses", user)
    acme.idp.group("Administration")

    admin.set_rules(acme.database, acme.slug, [parse_rule("equals:bosses=admin")])

    assert role(acme, "ada") == "admin"
    assert {g.display_name: g.role for g in admin.list_groups(acme.database, acme.slug)} == {
        "Bosses": "admin",
        "Administration": None,
    }


def test_a_group_made_later_follows_the_rules(acme: NewWorkspace) -> None:
    admin.set_rules(acme.database, acme.slug, [parse_rule("prefix:boss=admin")])

    acme.idp.group("Bosses", acme.idp.user("ada"))

    assert role(acme, "ada") == "admin"


def test_rules_that_would_give_someone_two_roles_are_refused_as_a_whole(acme: NewWorkspace) -> None:
    """Product 4.4: the refusal names the user and a group."""
    user = acme.idp.user("ada")
    acme.idp.group("Members", user)
    acme.idp.group("Bosses", user)

    with pytest.raises(RoleReserved, match=r'"ada".*(Members|Bosses)'):
        admin.set_rules(
            acme.database, acme.slug, [parse_rule("equals:members=member"), parse_rule("equals:bosses=admin")]
        )

    assert role(acme, "ada") == "member"
    assert len(admin.list_rules(acme.database, acme.slug)) == 2
    assert {g.role for g in admin.list_groups(acme.database, acme.slug)} == {"member", None}


def test_rules_that_would_leave_no_admin_are_refused(acme: NewWorkspace) -> None:
    """Product 4.5."""
    acme.idp.group("Admins", acme.idp.user("ada"))

    with pytest.raises(LastAdmin):
        admin.set_rules(acme.database, acme.slug, [parse_rule("contains:member=member")])

    assert role(acme, "ada") == "admin"


@pytest.mark.parametrize("count", [0, 101])
def test_there_is_a_bound_on_rules(acme: NewWorkspace, count: int) -> None:
    with pytest.raises(InvalidRule):
        admin.set_rules(acme.database, acme.slug, [parse_rule("contains:admin=admin")] * count)


def test_a_role_by_hand_is_effective_at_once(acme: NewWorkspace) -> None:
    """Product 4.3."""
    user = acme.idp.user("ada")

    by_id = admin.set_role(acme.database, acme.slug, user, "admin")

    assert by_id.role == "admin"
    acme.idp.user("ben")
    assert admin.set_role(acme.database, acme.slug, "BEN", "admin").role == "admin"
    assert admin.set_role(acme.database, acme.slug, user, "member").role == "member"


def test_a_role_by_hand_does_not_change_the_version_of_the_resource(acme: NewWorkspace) -> None:
    user = acme.idp.user("ada")
    before = acme.idp.get(f"/Users/{user}").json()["meta"]

    admin.set_role(acme.database, acme.slug, user, "admin")

    assert acme.idp.get(f"/Users/{user}").json()["meta"] == before


def test_a_role_by_hand_is_refused_while_a_group_decides(acme: NewWorkspace) -> None:
    """Product 4.3."""
    user = acme.idp.user("ada")
    acme.idp.group("Members of Staff", user)

    with pytest.raises(RoleFromGroup, match='member from the group "Members of Staff"'):
        admin.set_role(acme.database, acme.slug, user, "admin")


def test_a_role_by_hand_comes_back_when_the_group_is_left(acme: NewWorkspace) -> None:
    """Product 4.3."""
    user = acme.idp.user("ada")
    admin.invite(acme.database, acme.slug, OWNER, "admin")
    admin.set_role(acme.database, acme.slug, user, "admin")
    group = acme.idp.group("Members", user)
    assert role(acme, "ada") == "member"

    acme.idp.remove(group, user)

    assert role(acme, "ada") == "admin"


@pytest.mark.parametrize(
    "leave",
    [
        lambda acme: admin.set_role(acme.database, acme.slug, OWNER, "member"),
        lambda acme: admin.deactivate(acme.database, acme.slug, OWNER),
    ],
    ids=["set_role", "deactivate"],
)
def test_the_last_admin_stays(acme: NewWorkspace, leave: Callable[[NewWorkspace], object]) -> None:
    """Product 4.5, by hand."""
    admin.invite(acme.database, acme.slug, OWNER, "admin")

    with pytest.raises(LastAdmin, match="Cannot remove the last workspace admin"):
        leave(acme)

    assert role(acme, OWNER) == "admin"


def test_an_unknown_member_or_role_is_refused(acme: NewWorkspace) -> None:
    admin.invite(acme.database, acme.slug, OWNER)

    with pytest.raises(NoSuch, match='no member "nobody"'):
        admin.set_role(acme.database, acme.slug, "nobody", "admin")
    with pytest.raises(InvalidSetting, match='"owner" is not a role'):
        admin.set_role(acme.database, acme.slug, OWNER, "owner")


def test_a_user_name_is_given_once(acme: NewWorkspace) -> None:
    acme.idp.user("Owner@Example.com")

    with pytest.raises(NameTaken):
        admin.invite(acme.database, acme.slug, OWNER)


def test_a_deactivated_member_is_out_but_keeps_their_groups(acme: NewWorkspace) -> None:
    """Product 2.4."""
    user = acme.idp.user("ada")
    group = acme.idp.group("Team", user)

    after = admin.deactivate(acme.database, acme.slug, "ada")

    assert (after.active, after.role) == (False, None)
    assert list(admin.list_members(acme.database, acme.slug)) == []
    assert acme.idp.get(f"/Users/{user}").json()["active"] is False
    assert acme.idp.members(group) == {user}


def test_a_provisioned_member_returns_after_a_new_invitation_when_the_provider_says_so(acme: NewWorkspace) -> None:
    """Product 2.5."""
    user = acme.idp.user("ada")
    admin.set_reactivation(acme.database, acme.slug, "reinvite")
    acme.idp.set_active(user, active=False)
    assert acme.idp.set_active(user, active=True).status == 403

    assert admin.reinvite(acme.database, acme.slug, "ada").active is False

    assert acme.idp.set_active(user, active=True).status == 200
    assert role(acme, "ada") == "member"


def test_a_local_member_returns_at_once(acme: NewWorkspace) -> None:
    admin.invite(acme.database, acme.slug, "ada@example.com", "admin")
    admin.invite(acme.database, acme.slug, OWNER, "admin")
    admin.deactivate(acme.database, acme.slug, "ada@example.com")

    back = admin.reinvite(acme.database, acme.slug, "ada@example.com")

    assert (back.active, back.role) == (True, "admin")
    with pytest.raises(InvalidSetting, match="is active"):
        admin.reinvite(acme.database, acme.slug, "ada@example.com")


def test_a_local_member_is_adopted_with_their_id(acme: NewWorkspace) -> None:
    """Product 2.2."""
    invited = admin.invite(acme.database, acme.slug, "ada@example.com", "member")
    assert acme.idp.find("/Users", 'userName eq "ada@example.com"') == []

    adopted = acme.idp.user("Ada@example.com", displayName="Ada")

    assert adopted == invited.id
    (shown,) = admin.list_members(acme.database, acme.slug)
    assert (shown.display_name, shown.source, shown.role) == ("Ada", "provisioned", "member")


def test_lists_read_all_their_pages(acme: NewWorkspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("entrant.service.admin.members.PAGE", 3)
    monkeypatch.setattr("entrant.service.admin.edit.PAGE", 3)
    names = [f"user{n}@example.com" for n in range(9)]
    for name in names:
        admin.invite(acme.database, acme.slug, name)

    assert [m.user_name for m in admin.list_members(acme.database, acme.slug)] == names


def test_groups_are_listed_with_their_roles(acme: NewWorkspace) -> None:
    users = [acme.idp.user(name) for name in ("ada", "ben")]
    acme.idp.group("Admins", *users)
    acme.idp.group("Team")

    listed = [(g.display_name, g.role, g.member_count) for g in admin.list_groups(acme.database, acme.slug)]

    assert listed == [("Admins", "admin", 2), ("Team", None, 0)]


def test_a_token_is_shown_once_and_masked_afterwards(acme: NewWorkspace) -> None:
    """Product 1.3."""
    made = admin.create_connection(acme.database, acme.slug, "okta")

    shown = {c.id: c for c in admin.list_connections(acme.database, acme.slug)}[made.id]

    assert (shown.provider, shown.enabled) == ("okta", True)
    assert [token.masked for token in shown.tokens] == [mask_token(made.token)]
    assert made.token not in str(shown)


def test_a_connection_knows_when_it_was_used_and_what_it_needed(acme: NewWorkspace) -> None:
    """Product 6.4."""
    user = acme.idp.user("ada")
    acme.idp.set_active(user, active=False)

    (shown,) = admin.list_connections(acme.database, acme.slug)

    assert shown.last_contact is not None
    assert shown.tokens[0].last_used is not None
    assert shown.last_spelling == "entra"
    assert shown.tolerances


def test_a_connection_that_is_off_is_closed_at_once_and_opens_with_the_same_token(acme: NewWorkspace) -> None:
    """Product 1.3."""
    acme.idp.user("ada")

    admin.set_enabled(acme.database, acme.slug, None, enabled=False)
    assert acme.idp.get("/Users").status == 401

    admin.set_enabled(acme.database, acme.slug, None, enabled=True)
    assert acme.idp.get("/Users").json()["totalResults"] == 1


def test_a_rotated_token_dies_at_once(acme: NewWorkspace) -> None:
    """Product 1.3."""
    new = admin.rotate_token(acme.database, acme.slug, None)

    assert acme.idp.get("/Users").status == 401
    assert replace(acme.idp, token=new.token).get("/Users").status == 200


def test_a_rotated_token_lives_on_for_the_overlap(acme: NewWorkspace) -> None:
    """Product 1.3."""
    new = admin.rotate_token(acme.database, acme.slug, None, timedelta(hours=1))

    assert acme.idp.get("/Users").status == 200
    assert replace(acme.idp, token=new.token).get("/Users").status == 200
    newest, oldest = admin.list_connections(acme.database, acme.slug)[0].tokens
    assert newest.expires_at is None
    assert oldest.expires_at is not None
    left = datetime.fromisoformat(oldest.expires_at) - datetime.fromisoformat(newest.created)
    assert left == timedelta(hours=1)


@pytest.mark.parametrize("overlap", [timedelta(seconds=-1), timedelta(hours=24, seconds=1)])
def test_an_overlap_has_bounds(acme: NewWorkspace, overlap: timedelta) -> None:
    with pytest.raises(InvalidSetting):
        admin.rotate_token(acme.database, acme.slug, None, overlap)


def test_which_of_several_connections_must_be_said(acme: NewWorkspace) -> None:
    second = admin.create_connection(acme.database, acme.slug, "okta")

    with pytest.raises(NoSuch, match="2 connections"):
        admin.rotate_token(acme.database, acme.slug, None)

    assert admin.rotate_token(acme.database, acme.slug, second.id).id == second.id
    with pytest.raises(NoSuch, match="no connection nothing"):
        admin.rotate_token(acme.database, acme.slug, "nothing")


def test_a_workspace_without_a_connection_says_so(database: Database) -> None:
    admin.create_workspace(database, "acme", "Acme")

    with pytest.raises(NoSuch, match="acme has no connection yet"):
        admin.rotate_token(database, "acme", None)


def test_an_unknown_kind_of_provider_is_refused(acme: NewWorkspace) -> None:
    with pytest.raises(InvalidSetting, match="entra, okta, generic, strict"):
        admin.create_connection(acme.database, acme.slug, "google")


def test_a_custom_schema_is_part_of_users_from_then_on(acme: NewWorkspace) -> None:
    """Product 5.5."""
    added = admin.add_schema(acme.database, acme.slug, BADGE_SCHEMA)

    user = acme.idp.user("ada", **{BADGE: {"number": "7"}})

    assert admin.list_schemas(acme.database, acme.slug) == (added,)
    assert acme.idp.get(f"/Users/{user}").json()[BADGE] == {"number": "7"}
    assert [u["id"] for u in acme.idp.find("/Users", f'{BADGE}:number eq "7"')] == [user]


def test_a_schema_that_is_removed_goes_with_its_values(acme: NewWorkspace) -> None:
    admin.add_schema(acme.database, acme.slug, BADGE_SCHEMA)
    user = acme.idp.user("ada", **{BADGE: {"number": "7"}})

    admin.remove_schema(acme.database, acme.slug, BADGE.upper())

    shown = acme.idp.get(f"/Users/{user}").json()
    assert BADGE not in shown
    assert BADGE not in shown["schemas"]
    assert acme.idp.get(f"/Users?filter={BADGE}:number+eq+%227%22").status == 400
    with pytest.raises(NoSuch):
        admin.remove_schema(acme.database, acme.slug, BADGE)


@pytest.mark.parametrize("schema", [None, {}, {"id": "x"}, {**BADGE_SCHEMA, "attributes": [{"name": "a b"}]}])
def test_what_is_no_schema_is_refused(acme: NewWorkspace, schema: Json) -> None:
    with pytest.raises(InvalidSetting):
        admin.add_schema(acme.database, acme.slug, schema)


@pytest.mark.parametrize(
    "urn",
    [BADGE, "URN:IETF:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
)
def test_a_schema_is_added_once(acme: NewWorkspace, urn: str) -> None:
    admin.add_schema(acme.database, acme.slug, BADGE_SCHEMA)

    with pytest.raises(AlreadyExists):
        admin.add_schema(acme.database, acme.slug, {**BADGE_SCHEMA, "id": urn})


def test_the_log_is_read_oldest_first_and_by_outcome(acme: NewWorkspace) -> None:
    """Product 8.1."""
    acme.idp.user("ada")
    acme.idp.post_user("ada", active=True)
    acme.idp.user("ben")

    entries = admin.list_log(acme.database, acme.slug)

    assert [(e.status, e.outcome, e.resource_name) for e in entries] == [
        (201, "done", "ada"),
        (409, "refused", "ada"),
        (201, "done", "ben"),
    ]
    assert admin.list_log(acme.database, acme.slug, failed=True) == entries[1:2]
    assert admin.list_log(acme.database, acme.slug, limit=1) == entries[2:]


def test_a_follower_sees_each_entry_once(acme: NewWorkspace) -> None:
    acme.idp.user("ada")
    follower = admin.follow_log(acme.database, acme.slug)
    assert [e.resource_name for e in next(follower)] == ["ada"]
    assert next(follower) == []

    acme.idp.user("ben")
    acme.idp.user("cleo")

    assert [e.resource_name for e in next(follower)] == ["ben", "cleo"]
    assert next(follower) == []


def test_old_entries_are_removed(acme: NewWorkspace) -> None:
    acme.idp.user("ada")
    assert admin.purge_log(acme.database, 1) == 0
    assert len(admin.list_log(acme.database, acme.slug)) == 1

    assert admin.purge_log(acme.database, -1) == 1
    assert admin.list_log(acme.database, acme.slug) == []


def test_every_refusal_is_a_sentence(acme: NewWorkspace) -> None:
    with pytest.raises(DomainError) as refused:
        admin.set_reactivation(acme.database, acme.slug, "sometimes")

    assert refused.value.detail == '"sometimes" is not a way to return; use allow or reinvite'
