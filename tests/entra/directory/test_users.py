"""Users, the recycle bin and the change feed (entra-client F8 to F10, graph-surface 9.3)."""

from __future__ import annotations

import pytest

from entrant.db.engine import Database
from entrant.entra import directory
from entrant.entra.model import BadValue, Conflict, Kind, NotFound
from entrant.entra.store import clock, objects
from entrant.entra.store import tenant as tenants
from entrant.entra.store.clock import ClockState
from entrant.entra.store.objects import Place
from entrant.scim.wire import Json
from tests.support.tenant import add_group, add_user, changed_since


def names(database: Database, place: Place = Place.DIRECTORY, search: str = "") -> list[str]:
    return [user.name for user in directory.list_objects(database, Kind.USER, place=place, search=search)]


def test_a_user_is_found_by_id_upn_and_name(tenant: Database) -> None:
    anna = add_user(tenant, "anna")

    for name in (anna.id, anna.id.upper(), "ANNA@contoso.com", "Anna"):
        assert directory.update_user(tenant, name, {}) == anna


def test_a_second_user_with_a_upn_is_refused_whatever_its_case(tenant: Database) -> None:
    add_user(tenant, "anna")

    with pytest.raises(Conflict, match="userPrincipalName"):
        add_user(tenant, "ANNA")

    assert names(tenant) == ["anna@contoso.com"]


@pytest.mark.parametrize(
    ("properties", "complaint"),
    [
        ({"displayName": None}, "displayName"),
        ({"userPrincipalName": "anna"}, "name@domain"),
        ({"accountEnabled": "perhaps"}, "accountEnabled"),
        ({"businessPhones": ["1", "2"]}, "one number"),
        ({"shoeSize": "44"}, "shoeSize"),
        ({"jobTitle": {"a": 1}}, "jobTitle"),
    ],
)
def test_a_user_that_cannot_be_is_refused(tenant: Database, properties: dict[str, Json], complaint: str) -> None:
    with pytest.raises(BadValue, match=complaint):
        add_user(tenant, "anna", **properties)


def test_a_domain_is_refused_only_where_domains_are_verified(tenant: Database) -> None:
    add_user(tenant, "anna", userPrincipalName="anna@anywhere.example")
    tenant.write("directory", lambda tx: tenants.set_domains(tx, "contoso.com", ["Contoso.com"]))

    with pytest.raises(BadValue, match=r"anywhere\.example"):
        add_user(tenant, "bert", userPrincipalName="bert@anywhere.example")
    add_user(tenant, "carl")


def test_the_password_is_not_kept(tenant: Database) -> None:
    anna = add_user(tenant, "anna", passwordProfile={"password": "s3cret", "forceChangePasswordNextSignIn": "True"})

    assert "passwordProfile" not in anna.properties


def test_null_clears_and_a_change_of_nothing_leaves_no_trace(tenant: Database) -> None:
    anna = add_user(tenant, "anna", jobTitle="Cook")
    before = directory.position(tenant)

    directory.update_user(tenant, anna.id, {"jobTitle": "Cook"})
    assert changed_since(tenant, before) == set()
    after = directory.update_user(tenant, anna.id, {"jobTitle": None})
    assert changed_since(tenant, before) == {anna.id}
    assert "jobTitle" not in after.properties


def test_nobody_is_above_themselves(tenant: Database) -> None:
    anna, bert, carl = (add_user(tenant, name) for name in ("anna", "bert", "carl"))
    directory.set_manager(tenant, bert.id, "anna@contoso.com")
    directory.set_manager(tenant, carl.id, bert.id)

    for manager in (anna, bert, carl):
        with pytest.raises(BadValue):
            directory.set_manager(tenant, anna.id, manager.id)


def test_deleting_renames_and_frees_the_upn_and_ends_memberships(tenant: Database) -> None:
    """F8."""
    anna, bert = add_user(tenant, "anna"), add_user(tenant, "bert")
    directory.set_manager(tenant, bert.id, anna.id)
    group = add_group(tenant, "Cooks", anna)
    before = directory.position(tenant)

    gone = directory.delete_user(tenant, "anna@contoso.com")

    assert gone.name == f"{anna.id.replace('-', '')}anna@contoso.com"
    assert names(tenant, Place.RECYCLE_BIN) == [gone.name]
    assert names(tenant) == ["bert@contoso.com"]
    assert changed_since(tenant, before) == {anna.id, bert.id, group.id}
    assert directory.update_user(tenant, bert.id, {}).manager is None
    assert directory.list_members(tenant, "Cooks") == []


@pytest.mark.parametrize("name", ["{id}", "anna@contoso.com", "Anna", "{flat}anna@contoso.com"])
def test_a_deleted_user_is_restored_by_any_name_but_not_to_groups(tenant: Database, name: str) -> None:
    """F10."""
    boss, anna = add_user(tenant, "boss"), add_user(tenant, "anna")
    anna = directory.set_manager(tenant, anna.id, boss.id)
    add_group(tenant, "Cooks", anna)
    directory.delete_user(tenant, anna.id)

    restored = directory.restore_user(tenant, name.format(id=anna.id, flat=anna.id.replace("-", "")))

    assert restored == anna
    assert directory.list_members(tenant, "Cooks") == []


def test_a_user_whose_upn_was_taken_is_not_restored(tenant: Database) -> None:
    anna = directory.delete_user(tenant, add_user(tenant, "anna").id)
    add_user(tenant, "anna")

    with pytest.raises(Conflict, match="userPrincipalName"):
        directory.restore_user(tenant, anna.id)


def test_only_what_was_deleted_is_purged(tenant: Database) -> None:
    anna = add_user(tenant, "anna")

    with pytest.raises(Conflict, match="delete it first"):
        directory.purge_user(tenant, "anna@contoso.com")
    directory.delete_user(tenant, anna.id)
    assert directory.purge_user(tenant, "anna@contoso.com") == anna.id
    with pytest.raises(NotFound):
        directory.purge_user(tenant, anna.id)
    add_user(tenant, "anna")


def test_a_purged_user_stays_in_the_feed(tenant: Database) -> None:
    anna = directory.delete_user(tenant, add_user(tenant, "anna").id)
    before = directory.position(tenant)

    directory.purge_user(tenant, anna.id)

    (change,) = directory.deltas(tenant, Kind.USER, before)
    assert (change.object.id, change.object.place, change.object.object) == (anna.id, Place.PURGED, None)


def test_the_recycle_bin_is_emptied_after_thirty_days_of_the_clock(tenant: Database) -> None:
    """F9."""
    tenant.write("directory", lambda tx: clock.save(tx, ClockState(manual=True, at="2026-01-01T00:00:00.000000Z")))
    anna = directory.delete_user(tenant, add_user(tenant, "anna").id)
    tenant.write("directory", lambda tx: clock.save(tx, ClockState(manual=True, at="2026-01-30T23:59:59.000000Z")))
    assert directory.purge_expired(tenant) == 0

    tenant.write("directory", lambda tx: clock.save(tx, ClockState(manual=True, at="2026-01-31T00:00:00.000000Z")))

    assert directory.purge_expired(tenant) == 1
    stored = tenant.read(lambda tx: objects.find(tx, anna.id))
    assert stored is not None
    assert stored.object is None


def test_searching_looks_at_names_and_addresses_and_takes_wildcards_literally(tenant: Database) -> None:
    add_user(tenant, "anna", mail="queen@mail.example")
    add_user(tenant, "b_rt", displayName="100% Bert")

    assert names(tenant, search="QUEEN@") == ["anna@contoso.com"]
    assert names(tenant, search="b_") == ["b_rt@contoso.com"]
    assert names(tenant, search="0%") == ["b_rt@contoso.com"]
    assert names(tenant, search="a%a") == []
