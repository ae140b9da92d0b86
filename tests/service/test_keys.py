"""Every key that seals or signs can be replaced, and nothing that it has sealed is lost (product 9.10)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from entrant.config import Config
from entrant.db import Clock, open_database
from entrant.db.clock import SECOND
from entrant.db.engine import Database, Tx
from entrant.service import admin, cursors, sealing
from entrant.service.admin import keys as admin_keys
from entrant.service.scim import Service
from entrant.store import MIGRATIONS, keys, sign_in, workspaces
from entrant.store.keys import Purpose
from entrant.workspace.model import Workspace
from tests.support.idp import Idp
from tests.support.workspaces import NewWorkspace, new_workspace


class Interrupted(Exception):
    """The command was ended in the middle."""


def with_secret(database: Database, secret: str) -> NewWorkspace:
    """A workspace whose sign-in provider knows us by a secret."""
    made = new_workspace(database)

    def work(tx: Tx) -> None:
        workspace = workspaces.find(tx, made.slug)
        assert workspace is not None
        provider = sign_in.SignInProvider("https://i.example", "us", sealing.seal(tx, secret))
        sign_in.put(tx, workspace.id, provider)

    database.write(made.slug, work)
    return made


def secrets(database: Database) -> list[str]:
    """The secrets of all workspaces, by slug."""

    def work(tx: Tx) -> list[str]:
        tx.everywhere()
        found = [sign_in.find(tx, each.id) for each in workspaces.list_all(tx)]
        return [sealing.unseal(tx, each.sealed_secret) for each in found if each]

    return sorted(database.read(work))


def ids(database: Database, purpose: Purpose) -> list[str]:
    """The keys for a purpose."""
    return [key.id for key in database.read(lambda tx: keys.ring(tx, purpose))]


def test_what_was_sealed_is_sealed_with_the_new_key_and_the_old_one_is_gone(database: Database) -> None:
    with_secret(database, "one")
    with_secret(database, "two")
    new_workspace(database)
    before = ids(database, Purpose.SEALING)

    admin.rotate_keys(database)

    after = ids(database, Purpose.SEALING)
    assert len(after) == 1
    assert after != before
    assert secrets(database) == ["one", "two"]


@pytest.mark.parametrize("done", [0, 1, 2])
def test_a_rotation_that_was_interrupted_is_finished_by_the_next(
    database: Database, monkeypatch: pytest.MonkeyPatch, done: int
) -> None:
    for name in ("one", "two", "three"):
        with_secret(database, name)
    reseal, turns = admin_keys._reseal, iter(range(100))

    def interrupted(tx: Tx, workspace: Workspace) -> None:
        if next(turns) == done:
            raise Interrupted
        reseal(tx, workspace)

    with monkeypatch.context() as patched:
        patched.setattr(admin_keys, "_reseal", interrupted)
        with pytest.raises(Interrupted):
            admin.rotate_keys(database, [Purpose.SEALING])
    begun = ids(database, Purpose.SEALING)
    assert len(begun) == 2
    assert secrets(database) == ["one", "three", "two"]

    admin.rotate_keys(database, [Purpose.SEALING])

    assert ids(database, Purpose.SEALING) == begun[:1]
    assert secrets(database) == ["one", "three", "two"]


def test_a_secret_that_was_sealed_before_keys_had_numbers_is_still_read(database: Database) -> None:
    with_secret(database, "old")

    def as_before(tx: Tx) -> None:
        tx.everywhere()
        tx.run("UPDATE service_key SET id = '00000000' WHERE purpose = 'sealing'")
        (row,) = tx.all("SELECT sealed_secret FROM sign_in_provider")
        tx.run("UPDATE sign_in_provider SET sealed_secret = :text", text=row["sealed_secret"].partition(":")[2])

    database.write("keys", as_before)
    assert secrets(database) == ["old"]

    admin.rotate_keys(database)

    assert secrets(database) == ["old"]


def next_page(idp: Idp, cursor: str) -> int:
    """The status of the answer to a cursor."""
    return idp.get(f"/Users?cursor={cursor}&count=1").status


def first_cursor(idp: Idp) -> str:
    """The cursor after the first page."""
    text: str = idp.get("/Users?cursor&count=1").json()["nextCursor"]
    return text


def test_a_cursor_of_the_key_before_is_good_until_it_expires(database_url: str) -> None:
    ahead = 0
    start = 1_790_000_000 * SECOND
    database = open_database(database_url, MIGRATIONS, clock=Clock(lambda: start + ahead, lambda: ahead))
    acme = new_workspace(database)
    acme.idp.user("ada")
    acme.idp.user("ben")
    here, there = acme.idp, replace(acme.idp, send=Service(database, Config()).handle)
    before = first_cursor(here)

    admin.rotate_keys(database, [Purpose.CURSORS])
    elsewhere = replace(acme.idp, send=Service(database, Config()).handle)
    after = first_cursor(elsewhere)

    assert after.partition(".")[0] != before.partition(".")[0]
    for idp in (here, there, elsewhere):  # one that knows the old key alone hears of the new one
        assert [next_page(idp, before), next_page(idp, after)] == [200, 200]
    ahead = 3_700 * SECOND
    assert next_page(here, before) == 400
    assert admin.purge_keys(database) == 1
    assert len(ids(database, Purpose.CURSORS)) == 1
    database.close()


def test_a_running_process_makes_cursors_with_the_new_key_within_a_minute(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    acme = new_workspace(database)
    acme.idp.user("ada")
    acme.idp.user("ben")
    before = first_cursor(acme.idp)
    admin.rotate_keys(database, [Purpose.CURSORS])
    monkeypatch.setattr(cursors, "REFRESH_SECONDS", 0.0)

    assert first_cursor(acme.idp).partition(".")[0] == ids(database, Purpose.CURSORS)[0] != before.partition(".")[0]


def test_a_cursor_that_names_another_key_or_none_is_refused(database: Database) -> None:
    acme = new_workspace(database)
    acme.idp.user("ada")
    acme.idp.user("ben")
    text = first_cursor(acme.idp).partition(".")[2]

    for cursor in (f"ffffffff.{text}", text, f".{text}", f"{text}.", ".", "x"):
        assert next_page(acme.idp, cursor) == 400


def test_of_a_key_that_has_signed_the_public_half_stays(database: Database) -> None:
    old = database.write("keys", lambda tx: keys.current(tx, Purpose.AUDIT))

    admin.rotate_keys(database, [Purpose.AUDIT])

    new, kept = database.read(lambda tx: keys.ring(tx, Purpose.AUDIT))
    assert (kept.id, kept.secret, kept.public) == (old.id, None, old.public)
    assert new.secret is not None


def test_no_secret_of_a_key_is_shown(database: Database) -> None:
    with_secret(database, "one")
    admin.rotate_keys(database)

    shown = repr(admin.list_keys(database)) + repr(database.read(lambda tx: keys.ring(tx, Purpose.SEALING)))
    for purpose in Purpose:
        for key in database.read(partial(keys.ring, purpose=purpose)):
            assert key.secret is None or key.secret.hex() not in shown
            assert repr(key.secret) not in shown
