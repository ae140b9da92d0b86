"""Groups, applications, assignments, and whom a change of them concerns (entra-client 12.2, graph-surface 9.4, 9.6)."""

from __future__ import annotations

import pytest

from entrant.db.engine import Database
from entrant.entra import directory
from entrant.entra.directory import Principal
from entrant.entra.directory.apps import ACCESS_ROLE, USER_ROLE
from entrant.entra.model import DEFAULT_ACCESS, BadValue, Conflict, Kind, NotFound
from tests.support.tenant import add_group, add_user, changed_since


def test_groups_with_one_name_are_told_apart_by_id(tenant: Database) -> None:
    first, second = add_group(tenant, "Cooks"), add_group(tenant, "cooks")

    with pytest.raises(Conflict, match=f"{min(first.id, second.id)}, {max(first.id, second.id)}"):
        directory.delete_group(tenant, "COOKS")
    directory.delete_group(tenant, first.id)
    assert directory.rename_group(tenant, "Cooks", "Chefs").id == second.id


def test_members_are_added_once_and_removed_once(tenant: Database) -> None:
    anna, bert = add_user(tenant, "anna"), add_user(tenant, "bert")
    group = add_group(tenant, "Cooks", anna)

    assert directory.add_members(tenant, "Cooks", ["anna@contoso.com", "Bert"]) == [bert.id]
    with pytest.raises(Conflict):
        directory.add_members(tenant, "Cooks", [bert.id], strict=True)
    assert directory.remove_members(tenant, group.id, [anna.id]) == [anna.id]
    with pytest.raises(NotFound, match="not a member"):
        directory.remove_members(tenant, group.id, [anna.id])
    with pytest.raises(NotFound, match="nobody"):
        directory.add_members(tenant, "Cooks", ["nobody"])


def test_a_group_is_not_in_itself(tenant: Database) -> None:
    inner = add_group(tenant, "Inner")
    middle = add_group(tenant, "Middle", inner)
    outer = add_group(tenant, "Outer", middle)

    for group in (inner, middle, outer):
        with pytest.raises(BadValue, match="in itself"):
            directory.add_members(tenant, inner.id, [group.id])


def test_an_application_begins_with_the_roles_of_the_template(tenant: Database) -> None:
    """Entra-client 1.2."""
    app = directory.create_app(tenant, "Shop")

    assert [(role.id, role.display_name) for role in app.app_roles] == [
        (USER_ROLE, "User"),
        (ACCESS_ROLE, "msiam_access"),
    ]
    assert [each for _, each in directory.list_apps(tenant)] == [app]


def test_a_role_is_assigned_once_and_must_be_known(tenant: Database) -> None:
    """Graph-surface 9.6."""
    directory.create_app(tenant, "Shop")
    anna = Principal(Kind.USER, add_user(tenant, "anna").id)

    assert directory.assign(tenant, "shop", anna).app_role == USER_ROLE
    assert directory.assign(tenant, "shop", anna, DEFAULT_ACCESS).app_role == DEFAULT_ACCESS
    with pytest.raises(Conflict, match="already"):
        directory.assign(tenant, "shop", anna, "user")
    with pytest.raises(BadValue, match="Emperor"):
        directory.assign(tenant, "shop", anna, "Emperor")
    assert len(directory.unassign(tenant, "shop", anna)) == 2
    with pytest.raises(NotFound, match="not assigned"):
        directory.unassign(tenant, "shop", anna)


def test_an_assignment_concerns_one_application_and_a_groups_direct_members(tenant: Database) -> None:
    """Entra-client 12.2.1, 23.6.3."""
    anna, bert = add_user(tenant, "anna"), add_user(tenant, "bert")
    nested = add_group(tenant, "Nested", bert)
    group = add_group(tenant, "Cooks", anna, nested)
    app, other = directory.create_app(tenant, "Shop"), directory.create_app(tenant, "Other")
    before = directory.position(tenant)

    directory.assign(tenant, app.id, Principal(Kind.GROUP, group.id))

    assert changed_since(tenant, before, app.id) == {group.id, anna.id}
    assert changed_since(tenant, before) == changed_since(tenant, before, other.id) == set()


def test_a_new_member_of_an_assigned_group_is_concerned_and_the_old_ones_are_not(tenant: Database) -> None:
    anna, bert = add_user(tenant, "anna"), add_user(tenant, "bert")
    group = add_group(tenant, "Cooks", anna)
    app = directory.create_app(tenant, "Shop")
    for role in ("User", "msiam_access"):
        directory.assign(tenant, app.id, Principal(Kind.GROUP, group.id), role)
    before = directory.position(tenant)

    directory.add_members(tenant, group.id, [bert.id])

    assert changed_since(tenant, before, app.id) == {bert.id}
    assert changed_since(tenant, before) == {group.id}


def test_deleting_a_group_concerns_whom_it_entitled(tenant: Database) -> None:
    anna = add_user(tenant, "anna")
    group = add_group(tenant, "Cooks", anna)
    outer = add_group(tenant, "Outer", group)
    app = directory.create_app(tenant, "Shop")
    directory.assign(tenant, app.id, Principal(Kind.GROUP, group.id))
    before = directory.position(tenant)

    directory.delete_group(tenant, group.id)

    assert changed_since(tenant, before, app.id) == {anna.id}
    assert changed_since(tenant, before) == {group.id, outer.id}
    with pytest.raises(NotFound):
        directory.list_members(tenant, group.id)


def test_a_group_that_ceases_to_be_a_security_group_entitles_nobody(tenant: Database) -> None:
    """Entra-client 12.2.2."""
    anna = add_user(tenant, "anna")
    group = add_group(tenant, "Cooks", anna)
    app = directory.create_app(tenant, "Shop")
    directory.assign(tenant, app.id, Principal(Kind.GROUP, group.id))
    before = directory.position(tenant)

    directory.update_group(tenant, group.id, {"securityEnabled": False, "mailEnabled": True})

    assert changed_since(tenant, before, app.id) == {anna.id}
