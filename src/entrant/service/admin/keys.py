"""The keys that seal and sign: listed, and replaced by new ones (product.md 9.10, decision 0023)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial

from entrant.db.engine import Database, Lane, Tx, timestamp
from entrant.scim.listing import CURSOR_LIFETIME
from entrant.service.cursors import REFRESH_SECONDS
from entrant.service.sealing import seal, sealed_by, unseal
from entrant.store import keys, sign_in, workspaces
from entrant.store.keys import Key, Purpose
from entrant.workspace.model import Workspace

from .views import KeyView

CURSORS_END = timedelta(seconds=CURSOR_LIFETIME + REFRESH_SECONDS)
"""After which no cursor of a key that was replaced can be alive."""


def list_keys(database: Database) -> list[KeyView]:
    """Every key, by what it is for: the one that seals or signs first."""

    def look(tx: Tx) -> list[KeyView]:
        return [KeyView.of(purpose, key) for purpose in Purpose for key in keys.ring(tx, purpose)]

    return database.read(look)


def rotate_keys(database: Database, purposes: Iterable[Purpose] = Purpose) -> list[KeyView]:
    """Replace the keys for these purposes; all keys that there are then.

    Secrets are sealed with the new key one workspace at a time. If that was interrupted the last time, it is finished
    now, and no newer key is made.
    """
    for purpose in dict.fromkeys(purposes):
        if purpose is Purpose.SEALING:
            _rotate_sealing(database)
        else:
            database.write("keys", partial(_replace, purpose=purpose))
    return list_keys(database)


def purge_keys(database: Database) -> int:
    """Remove the keys of cursors that have all expired; how many those were."""
    return database.write("keys", _purge_cursors)


def _replace(tx: Tx, purpose: Purpose) -> None:
    keys.add(tx, purpose)
    if purpose is Purpose.AUDIT:
        keys.forget_secrets(tx, purpose)  # what it has signed is checked by its public half
    else:
        _purge_cursors(tx)


def _purge_cursors(tx: Tx) -> int:
    return keys.remove_retired(tx, Purpose.CURSORS, timestamp(datetime.fromisoformat(tx.now) - CURSORS_END))


def _rotate_sealing(database: Database) -> None:
    def begin(tx: Tx) -> list[Key]:
        before = keys.ring(tx, Purpose.SEALING)
        if not before or before[-1].retired is None:  # else there is one that still has to be replaced
            keys.add(tx, Purpose.SEALING)
        return [key for key in keys.ring(tx, Purpose.SEALING) if key.retired is not None]

    def end(tx: Tx) -> None:
        for key in retired:
            keys.remove(tx, Purpose.SEALING, key.id)

    retired = database.write("keys", begin)
    # Every workspace is locked in its turn, one without such a secret too: whoever is sealing there has done so then.
    for workspace in database.read(workspaces.list_all, Lane.SLOW):
        database.write(workspace.slug, partial(_reseal, workspace=workspace))
    database.write("keys", end)


def _reseal(tx: Tx, workspace: Workspace) -> None:
    """Seal the secrets of a workspace with the key that seals now."""
    workspaces.lock(tx, workspace.id)
    provider = sign_in.find(tx, workspace.id)
    if provider is None or sealed_by(provider.sealed_secret) == keys.current(tx, Purpose.SEALING).id:
        return
    sealed = seal(tx, unseal(tx, provider.sealed_secret))
    sign_in.put(tx, workspace.id, sign_in.SignInProvider(provider.issuer, provider.client_id, sealed))
