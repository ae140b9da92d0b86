"""What the next page of a session shows, once: a new secret, so that no reload makes another one (product.md 1.7)."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from cryptography.fernet import InvalidToken

from entrant.db.engine import Database, Tx, timestamp
from entrant.scim.wire import Json
from entrant.store import sessions

from .sealing import seal, unseal
from .sign_in import Seat

LASTS = timedelta(minutes=5)  # after that nobody has looked


def keep(database: Database, seat: Seat, value: dict[str, Json]) -> None:
    """Keep this for the session's next page, in the place of what was kept before."""
    text = msgspec.json.encode(value).decode()
    database.write(seat.workspace.slug, lambda tx: sessions.keep(tx, seat.workspace.id, seat.session, seal(tx, text)))


def take(database: Database, seat: Seat) -> dict[str, Json]:
    """What was kept, which is forgotten by that; empty if there is nothing, or nothing any more."""

    def work(tx: Tx) -> dict[str, Json]:
        since = timestamp(datetime.fromisoformat(tx.now) - LASTS)
        sealed = sessions.take(tx, seat.workspace.id, seat.session, since)
        if sealed is None:
            return {}
        try:
            value: dict[str, Json] = msgspec.json.decode(unseal(tx, sealed))
        except InvalidToken:  # the key has been replaced and removed since
            return {}
        return value

    return database.write(seat.workspace.slug, work)
