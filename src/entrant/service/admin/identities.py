"""Who signs in as whom: the sessions of members, the identities that are bound to them, and where addresses bind."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from msgspec import Struct

from entrant.db.engine import Database, Tx, timestamp
from entrant.service.sign_in import IDLE, LIFETIME
from entrant.store import identities, members, sessions
from entrant.store.identities import BoundIdentity
from entrant.workspace.audit import Deed
from entrant.workspace.errors import InvalidSetting, NoSuch
from entrant.workspace.model import Workspace

from .edit import Edit, read, write
from .members import get_member

MOST_SESSIONS = 50  # of one member that are shown
IDENTITIES = 50  # on a page
MAX_DOMAINS = 50
MAX_DOMAIN = 253  # characters: RFC 1035 §2.3.4, without the dot at the end
DOMAIN = re.compile(r"[^\s@,.A-Z]{1,63}(\.[^\s@,.A-Z]{1,63})+")  # as addresses have it after the @: compared as it is


class SessionView(Struct, frozen=True, rename="camel"):
    """A session that has not ended. `method` is None for one that began before it was noted."""

    id: str
    created: str
    seen: str
    method: str | None


class IdentityView(Struct, frozen=True, rename="camel"):
    """A subject of an issuer, and the member for whom it stands. `way` says by what it was bound."""

    member: str
    user_name: str
    issuer: str
    subject: str
    way: str
    email: str | None
    created: str
    last_used: str | None


def list_sessions(database: Database, slug: str, member_id: str) -> list[SessionView]:
    """The sessions of a member that go on, newest first."""

    def look(tx: Tx, workspace: Workspace) -> list[SessionView]:
        now = datetime.fromisoformat(tx.now)
        since, idle = timestamp(now - LIFETIME), timestamp(now - IDLE - timedelta(minutes=1))
        rows = sessions.of_member(tx, workspace.id, member_id, since, MOST_SESSIONS)
        return [SessionView(row.id, row.created, row.seen, row.method) for row in rows if row.seen > idle]

    return read(database, slug, look)


def end_sessions(database: Database, slug: str, member: str, *, session: str | None = None, but: str = "") -> None:
    """End all sessions of a member but the one with the digest `but`, or the one with that id; raises NoSuch."""

    def change(edit: Edit) -> None:
        found = get_member(edit, member)
        if session is None:
            edit.note(ended=sessions.end_others(edit.tx, edit.workspace.id, found.id, but))
        elif sessions.end_one(edit.tx, edit.workspace.id, found.id, session):
            edit.note(ended=1)
        else:
            raise NoSuch("That session has ended already")

    write(database, slug, Deed("session.end", member), change)


def list_identities(database: Database, slug: str, member_id: str | None = None, after: str = "") -> list[IdentityView]:
    """The identities of a member, or a page of those of all members, in the order of the members' ids."""

    def look(tx: Tx, workspace: Workspace) -> list[IdentityView]:
        if member_id is None:
            found = identities.page(tx, workspace.id, after, IDENTITIES + 1)
        else:
            found = identities.of_member(tx, workspace.id, member_id)
        return [_view(tx, workspace, each) for each in found]

    return read(database, slug, look)


def end_identity(database: Database, slug: str, member: str, issuer: str, subject: str) -> None:
    """Let a subject stand for a member no longer, and end the member's sessions; raises NoSuch."""

    def change(edit: Edit) -> None:
        found = get_member(edit, member)
        edit.note(issuer=issuer[:2_000], subject=subject[:255])
        if not identities.delete(edit.tx, edit.workspace.id, found.id, issuer, subject):
            raise NoSuch("That account of the identity provider is not bound to the member")
        sessions.end_all(edit.tx, edit.workspace.id, [found.id])

    write(database, slug, Deed("identity.end", member), change)


def list_domains(database: Database, slug: str) -> list[str]:
    """The domains in which a verified e-mail address signs in the member who has it."""
    return read(database, slug, lambda tx, workspace: identities.domains(tx, workspace.id))


def set_domains(database: Database, slug: str, names: list[str]) -> None:
    """Allow these domains and no others. The operator answers for it: an address there names its member."""
    known = sorted({name.strip().lower() if name.isascii() else name.strip() for name in names})
    wrong = next((name for name in known if not DOMAIN.fullmatch(name) or len(name) > MAX_DOMAIN), None)
    if wrong is not None or len(known) > MAX_DOMAINS:
        raise InvalidSetting(
            f'"{wrong}" is no domain' if wrong is not None else f"There are at most {MAX_DOMAINS} domains"
        )
    deed = Deed("workspace.set", "sign-in-domains", {"value": ",".join(known)})
    write(database, slug, deed, lambda edit: identities.set_domains(edit.tx, edit.workspace.id, known))


def _view(tx: Tx, workspace: Workspace, each: BoundIdentity) -> IdentityView:
    member = members.find(tx, workspace.id, each.member)
    return IdentityView(
        member=each.member,
        user_name=member.doc["userName"] if member else each.member,
        issuer=each.issuer,
        subject=each.subject,
        way=each.way,
        email=each.email,
        created=each.created,
        last_used=each.last_used,
    )
