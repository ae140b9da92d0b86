"""A person can be erased: nothing that was sent of them is left in any table, and the audit log verifies (product 2.11)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote_plus

import pytest

from entrant.db.engine import Database, Tx
from entrant.scim.wire import Json
from entrant.service import admin
from entrant.service.admin import acting, erase
from entrant.service.sign_in import NotLetIn, sign_in, use_link
from entrant.store import settings
from entrant.workspace.audit import Actor, Channel
from entrant.workspace.errors import InvalidSetting, LastAdmin, NoSuch
from tests.service.test_canary import rows
from tests.support.idp import ENTERPRISE
from tests.support.workspaces import NewWorkspace, new_workspace

MARK = "Zqx"
"""What each of the person's values begins with."""
MEDIA: dict[str, Json] = {"value": f"https://x.example/{MARK}photo", "type": "photo"}
PERSON: dict[str, Json] = {
    "externalId": f"{MARK}external",
    "displayName": f"{MARK}display Person",
    "nickName": f"{MARK}nick",
    "profileUrl": f"https://x.example/{MARK}profile",
    "title": f"{MARK}title",
    "userType": f"{MARK}type",
    "preferredLanguage": "en",
    "name": {
        "formatted": f"{MARK}formatted", "familyName": f"{MARK}family", "givenName": f"{MARK}given",
        "middleName": f"{MARK}middle",
    },
    "emails": [{"value": f"{MARK}mail@example.com", "type": "work", "primary": True}],
    "phoneNumbers": [{"value": f"+1 {MARK}phone", "type": "mobile"}],
    "addresses": [{"streetAddress": f"{MARK}street 1", "locality": f"{MARK}town", "type": "work"}],
    "photos": [MEDIA],
    ENTERPRISE: {"employeeNumber": f"{MARK}number", "department": f"{MARK}department"},
}  # fmt: skip


@pytest.fixture
def acme(database: Database) -> NewWorkspace:
    """A workspace with an admin and somebody else."""
    workspace = new_workspace(database)
    admin.invite(database, workspace.slug, "owner@example.com", "admin")
    workspace.idp.user("other", displayName="Other Person", name={"familyName": "Otherson"})
    return workspace


def live(acme: NewWorkspace) -> str:
    """All that can be done with a person, done; their id."""
    idp, db, slug = acme.idp, acme.database, acme.slug
    user = idp.user(f"{MARK}login@example.com", **PERSON)
    everything: dict[str, Any] = {"userName": f"{MARK}login@example.com", **PERSON}
    idp.request("POST", "/Users", everything)
    idp.request("POST", "/Users", everything | {"userName": f"{MARK}other", "active": "never"})
    group = idp.group("Everybody", user)
    idp.request("PATCH", f"/Groups/{group}", {"Operations": [
        {"op": "add", "path": "members", "value": [{"value": user, "display": f"{MARK}display Person"}]}
    ]})  # fmt: skip
    admins = idp.group("Some Admins", user)
    idp.request("POST", "/Groups", {"displayName": "Some Members", "members": [{"value": user}]})
    idp.patch(f"/Users/{user}", {"op": "replace", "path": "userName", "value": f"{MARK}renamed@example.com"})
    idp.patch(f"/Users/{user}", {"op": "replace", "value": {"displayName": f"{MARK}second", "title": f"{MARK}boss"}})
    idp.patch(f"/Users/{user}", {"op": "replace", "path": "active", "value": f"{MARK}active"})
    idp.patch(f"/Users/{user}", {"op": "replace", "path": f'emails[type eq "{MARK}"].value', "value": f"{MARK}2"})
    idp.request("PUT", f"/Users/{user}", everything | {"userName": f"{MARK}put@example.com"})
    idp.request("PUT", f"/Users/{user}", everything | {"userName": {"x": 7}})
    for name in ("userName", "emails.value", "name.familyName", "title", "nothing"):
        for value in (f"{MARK}login@example.com", f"{MARK}family", f"{MARK}title"):
            idp.get("/Users?filter=" + quote_plus(f'{name} eq "{value}"'))
    bulk = [
        {"method": "POST", "path": "/Users", "bulkId": "b", "data": everything | {"userName": f"{MARK}put@example.com"}}
    ]
    bulk.append({"method": "PATCH", "path": f"/Users/{user}", "data": {"Operations": [
        {"op": "replace", "path": "nickName", "value": f"{MARK}bulk"}]}})  # fmt: skip
    idp.request("POST", "/Bulk", {"Operations": bulk})
    link = admin.create_setup_link(db, slug, user).path.rpartition("#")[2]
    use_link(db, slug, link, "a password of some length")
    with pytest.raises(NotLetIn):
        sign_in(db, slug, f"{MARK}mail@example.com", "wrong", "192.0.2.1")
    with acting(Actor(Channel.CONSOLE, user, f"{MARK}put@example.com")):
        admin.invite(db, slug, "guest@example.com")
        with pytest.raises(NoSuch):
            admin.set_role(db, slug, f"{MARK}login@example.com", "member")
    idp.remove(admins, user)
    admin.set_role(db, slug, user, "admin")
    admin.deactivate(db, slug, user)
    return user


def left(url: str) -> list[str]:
    """The rows that still hold something of the person."""
    return [row for row in rows(url) if MARK.lower() in row.lower()]


def test_nothing_of_them_is_left_in_any_table(acme: NewWorkspace, database_url: str) -> None:
    user = live(acme)
    assert len(left(database_url)) > 20, "the test would prove nothing"

    erased = admin.erase_member(acme.database, acme.slug, user)

    assert left(database_url) == []
    assert [row for row in rows(database_url) if user in row] == []
    (check,) = admin.verify_audit(acme.database, acme.slug)
    assert check.problem is None
    entry = admin.list_audit(acme.database, acme.slug)[0]
    assert (entry.action, entry.target) == ("member.erase", erased.pseudonym)
    assert any(e.actor == erased.pseudonym for e in admin.list_audit(acme.database, acme.slug, limit=1_000))
    logged = repr(admin.list_log(acme.database, acme.slug, limit=1_000))
    assert erased.pseudonym in logged
    assert "Otherson" in logged, "what is about others stays"
    assert acme.idp.find("/Users", 'userName eq "other"')


def test_somebody_who_is_no_member_any_more_is_erased_too(acme: NewWorkspace, database_url: str) -> None:
    user = live(acme)
    acme.idp.request("DELETE", f"/Users/{user}")
    assert left(database_url)

    admin.erase_member(acme.database, acme.slug, user)

    assert left(database_url) == []
    assert admin.verify_audit(acme.database, acme.slug)[0].problem is None
    with pytest.raises(NoSuch):
        admin.erase_member(acme.database, acme.slug, user)


def test_two_who_are_in_the_same_entries_are_erased_one_after_the_other(acme: NewWorkspace, database_url: str) -> None:
    user = live(acme)
    second = acme.idp.user("second@example.com", displayName=f"{MARK}twin")
    with acting(Actor(Channel.CONSOLE, second, "second@example.com")):
        admin.reinvite(acme.database, acme.slug, user)
        admin.erase_member(acme.database, acme.slug, user)

    admin.erase_member(acme.database, acme.slug, second)

    assert left(database_url) == []
    assert [row for row in rows(database_url) if "second@example.com" in row] == []
    assert admin.verify_audit(acme.database, acme.slug)[0].problem is None


def test_an_erasure_that_was_interrupted_is_finished(
    acme: NewWorkspace, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = live(acme)

    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(erase, "_finish", interrupted)
        with pytest.raises(KeyboardInterrupt):
            admin.erase_member(acme.database, acme.slug, user)
    assert left(database_url)

    assert admin.finish_erasures(acme.database) == 1

    assert left(database_url) == []
    assert acme.database.read(lambda tx: settings.beginning(tx, erase.PENDING)) == []


def test_the_last_admin_is_not_erased(acme: NewWorkspace) -> None:
    with pytest.raises(LastAdmin):
        admin.erase_member(acme.database, acme.slug, "owner@example.com")

    assert "owner@example.com" in [m.user_name for m in admin.list_members(acme.database, acme.slug)]


def test_nobody_erases_themselves(acme: NewWorkspace) -> None:
    user = acme.idp.user("ben")
    with acting(Actor(Channel.CONSOLE, user, "ben")), pytest.raises(InvalidSetting):
        admin.erase_member(acme.database, acme.slug, user)


def test_a_name_that_is_part_of_another_word_is_left(acme: NewWorkspace) -> None:
    ben = acme.idp.user("ben", displayName="Ann")
    acme.idp.user("benefit", displayName="Anna")

    admin.erase_member(acme.database, acme.slug, ben)

    logged = repr(admin.list_log(acme.database, acme.slug, limit=1_000))
    assert "benefit" in logged
    assert "Anna" in logged


def test_who_says_that_an_entry_was_erased_without_an_erasure_is_seen(acme: NewWorkspace) -> None:
    def work(tx: Tx) -> None:
        tx.everywhere()
        tx.run("UPDATE audit SET salt = NULL, erased = 9, target = 'x' WHERE sequence = 2")

    acme.database.write(acme.slug, work)

    assert admin.verify_audit(acme.database, acme.slug)[0].problem == "entry 2 is not as it was written"


def test_what_others_are_called_too_stays_where_the_log_is_not_about_the_person(
    acme: NewWorkspace, database_url: str
) -> None:
    """Product 2.11, 4.7: whoever makes a user chooses its values, and must not launder the audit log by that."""
    idp, db, slug = acme.idp, acme.database, acme.slug
    with acting(Actor(Channel.CONSOLE, "0", "owner@example.com")):
        admin.invite(db, slug, "guest@example.com")
    idp.group("Corp-Admins", idp.user("chief@example.com"))
    emails = [{"type": "other", "value": "owner@example.com"}, {"type": "work", "value": "evil@example.com"}]
    idp.user("evil@example.com", displayName="Corp-Admins", emails=emails)
    before = [entry for entry in admin.list_audit(db, slug, limit=1_000) if entry.target is not None]

    admin.erase_member(db, slug, "evil@example.com")

    after = {entry.sequence: entry for entry in admin.list_audit(db, slug, limit=1_000)}
    assert [after[entry.sequence] for entry in before] == before
    assert admin.verify_audit(db, slug)[0].problem is None
    said = repr(list(rows(database_url))).lower()
    assert "evil@example.com" not in said
    assert "owner@example.com" in said


def test_an_invited_member_who_is_erased_was_never_counted(acme: NewWorkspace) -> None:
    db, slug = acme.database, acme.slug
    admin.invite(db, slug, "guest@example.com")
    before = admin.show_workspace(db, slug)

    admin.erase_member(db, slug, "guest@example.com")

    assert admin.show_workspace(db, slug) == before
