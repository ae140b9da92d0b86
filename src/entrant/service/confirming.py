"""Showing again who one is, before what could hand the workspace to somebody else: new links, secrets, marks.

A browser that was left open, or a session that was stolen, must not be enough for these. Whoever showed who they are
within `sign_in.FRESH` is not asked again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from entrant.db.engine import Database, Tx, timestamp
from entrant.store import accounts, audit, identities, sessions, sign_in, throttle, workspaces
from entrant.workspace.audit import Actor, Channel, Deed
from entrant.workspace.model import Outcome

from .passwords import verify_password
from .sign_in import MAX_TRIES, WINDOW, NotLetIn, Seat, TooManyTries


@dataclass(frozen=True, slots=True)
class Ways:
    """By what somebody can show who they are."""

    password: bool
    provider: bool


def ways_to_confirm(database: Database, seat: Seat) -> Ways:
    """What this member has."""

    def look(tx: Tx) -> Ways:
        workspace, member = seat.workspace.id, seat.member.id
        provider = sign_in.find(tx, workspace)
        bound = [each.issuer.rstrip("/") for each in identities.of_member(tx, workspace, member)]
        return Ways(
            accounts.find_password(tx, workspace, member) is not None,
            provider is not None and provider.issuer.rstrip("/") in bound,
        )

    return database.read(look)


def confirm_by_password(database: Database, seat: Seat, password: str) -> None:
    """Remember that whoever has the session has just given its member's password; raises NotLetIn, TooManyTries."""
    workspace, member = seat.workspace.id, seat.member
    key = f"confirm:{member.id}"  # counted apart from signing in, so that this locks nobody out

    def attempt(tx: Tx) -> tuple[int, str | None]:
        start = timestamp(datetime.fromisoformat(tx.now) - WINDOW)
        return throttle.count(tx, workspace, key, start), accounts.find_password(tx, workspace, member.id)

    def note(tx: Tx, outcome: Outcome) -> None:
        workspaces.lock(tx, workspace)
        if outcome is Outcome.DONE:
            throttle.forget(tx, workspace, key)
            sessions.confirm(tx, workspace, seat.session, tx.now)
        actor = Actor(Channel.CONSOLE, member.id, member.doc["userName"])
        audit.append(tx, workspace, actor, Deed("session.confirm", member.id, {"by": "password"}), outcome)

    slug = seat.workspace.slug
    tries, hashed = database.write(slug, attempt)
    if tries > MAX_TRIES:
        raise TooManyTries
    outcome = Outcome.DONE if verify_password(hashed, password) else Outcome.REFUSED
    database.write(slug, lambda tx: note(tx, outcome))
    if outcome is Outcome.REFUSED:
        raise NotLetIn("The password is not right")
