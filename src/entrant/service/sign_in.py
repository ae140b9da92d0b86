"""Signing in to the console: passwords, set-up links, and the sessions that follow (issue of the console, part 1).

Whoever is not let in gets one answer, whatever the reason: no such workspace, no such member, no password, a wrong one.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from entrant.db.engine import Database, Tx, timestamp
from entrant.scim.fold import fold
from entrant.store import accounts, audit, members, sessions, throttle, workspaces
from entrant.workspace.audit import Actor, Channel, Deed
from entrant.workspace.codes import Code
from entrant.workspace.errors import DomainError
from entrant.workspace.model import Member, Workspace

from . import devices, strangers
from .passwords import hash_password, verify_password
from .strangers import NOWHERE

IDLE = timedelta(hours=1)  # a session ends when it has not been used for that long
LIFETIME = timedelta(hours=12)  # and at that age in any case
NOTED = timedelta(minutes=5)  # how exactly the last use of a session is known: a write each time would cost more
LINK_LIFETIME = timedelta(days=7)
FRESH = timedelta(minutes=5)  # that whoever has shown who they are is not asked again before a dangerous form
WINDOW = timedelta(minutes=15)
MAX_TRIES = 10  # of one account from one address, or by one known browser, within WINDOW, until one is right
MAX_ADDRESS_TRIES = 100  # within WINDOW; an office, or a proxy, is one address for many people
MAX_ACCOUNT_TRIES = 1_000  # of one account within WINDOW, from everywhere but by browsers that are known to it
SECRET_BYTES = 32


class NotLetIn(DomainError):
    """E-mail address and password do not go together, or the link is no longer good."""

    code = Code.SIGN_IN_FAILED


class TooManyTries(DomainError):
    """The account or the address has been tried too often."""

    code = Code.TOO_MANY_ATTEMPTS

    def __init__(self) -> None:
        minutes = int(WINDOW.total_seconds() // 60)
        super().__init__(f"There were too many attempts to sign in; wait {minutes} minutes and try again")


@dataclass(frozen=True, slots=True)
class Seat:
    """Who is signed in, where. `member` is as they are now."""

    workspace: Workspace
    member: Member
    session: str = ""
    """The digest of the session, if it is by one."""
    fresh: bool = False
    """Whether they have shown who they are within `FRESH`."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The secret of a new session, and what the browser shows the next time to be known (`devices`)."""

    session: str
    device: str


def sign_in(
    database: Database, slug: str, email: str, password: str, address: str | None, device: str = ""
) -> SignedIn:
    """Begin a session; raises NotLetIn or TooManyTries.

    What comes before an answer is the same work whether or not there is such a workspace, member or password.
    """
    account = digest_of(fold(email.strip()))
    tried = database.write(slug, lambda tx: _attempt(tx, slug, email.strip(), Source(account, address, device)))
    if tried.too_many:
        raise TooManyTries
    right = verify_password(tried.hashed, password)
    signed_in = database.write(slug, lambda tx: _seat(tx, tried)) if right else None
    if signed_in is None:
        # Not waited for: it takes longer for the first ones of an hour, which are logged.
        database.submit_write(slug, partial(strangers.note_sign_in, workspace=tried.workspace), _forget)
        raise NotLetIn("The e-mail address or the password is not right")
    return signed_in


@dataclass(frozen=True, slots=True)
class Source:
    """Where a try comes from. `account` is a digest of the e-mail address, `device` the cookie of a known browser."""

    account: str
    address: str | None
    device: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """A try that has been counted, and whom it is about: None where there is nobody to let in."""

    too_many: bool
    workspace: Workspace | None = None
    member: Member | None = None
    hashed: str | None = None
    subjects: tuple[str, ...] = ()
    """What is counted again from none when it succeeds."""


def _attempt(tx: Tx, slug: str, email: str, source: Source) -> Attempt:
    """Look whom a try is about, and count it. Every statement runs in every case, if need be NOWHERE."""
    workspace = workspaces.find(tx, slug)
    home = workspace.id if workspace else NOWHERE
    by_name, by_email = members.find_by_user_name(tx, home, email), accounts.find_by_email(tx, home, email)
    member = by_name or by_email
    hashed = accounts.find_password(tx, home, member.id if member else "")
    known = devices.find(source.device, hashed, tx.now)
    limits = _limits(source, known)
    start = timestamp(datetime.fromisoformat(tx.now) - WINDOW)
    # `any` ends with the first that is reached: what one source sends in vain is not counted for the account.
    if any(throttle.count(tx, home, subject, start) > most for subject, most in limits):
        return Attempt(too_many=True)
    once = tuple(subject for subject, most in limits if most == MAX_TRIES)
    return Attempt(too_many=False, workspace=workspace, member=member, hashed=hashed, subjects=once)


def _limits(source: Source, known: str | None) -> list[tuple[str, int]]:
    """What a try is counted for, and how often that may be within WINDOW (decision 0026).

    A browser that has signed in to the account before is counted by itself alone, so that nobody else locks it out.
    """
    if known is not None:
        return [(f"device:{digest_of(known)}", MAX_TRIES)]
    by_account = (f"account:{source.account}", MAX_ACCOUNT_TRIES)
    if source.address is None:
        return [by_account]
    pair = f"pair:{digest_of(f'{source.address} {source.account}')}"
    return [(f"address:{source.address}", MAX_ADDRESS_TRIES), (pair, MAX_TRIES), by_account]


def _seat(tx: Tx, tried: Attempt) -> SignedIn | None:
    """A session for the member who knew the password, if they are still active."""
    workspace, member = tried.workspace, tried.member
    if workspace is None or member is None or tried.hashed is None:
        return None
    now = members.find(tx, workspace.id, member.id)
    if now is None or not now.active:
        return None
    for subject in tried.subjects:
        throttle.forget(tx, workspace.id, subject)
    return SignedIn(begin(tx, workspace, now, "password", tx.now), devices.make(tried.hashed, tx.now))


def open_session(database: Database, slug: str, secret: str) -> Seat | None:
    """Who has that session, while it lasts; its last use is noted."""
    digest = digest_of(secret)

    def look(tx: Tx) -> tuple[Seat, bool] | None:
        workspace = workspaces.find(tx, slug)
        session = sessions.find(tx, workspace.id if workspace else NOWHERE, digest)
        if workspace is None or session is None or not session.member.active:
            return None
        now = datetime.fromisoformat(tx.now)
        rest = now - datetime.fromisoformat(session.seen)
        if rest > IDLE or now - datetime.fromisoformat(session.created) > LIFETIME:
            return None
        fresh = session.confirmed is not None and now - datetime.fromisoformat(session.confirmed) <= FRESH
        return Seat(workspace, session.member, digest, fresh), rest > NOTED

    found = database.read(look)
    if found is None:
        return None
    seat, note = found
    if note:
        database.write(slug, lambda tx: sessions.touch(tx, seat.workspace.id, digest))
    return seat


def sign_out(database: Database, slug: str, secret: str) -> None:
    """End a session."""

    def work(tx: Tx) -> None:
        workspace = workspaces.find(tx, slug)
        if workspace is not None:
            sessions.delete(tx, workspace.id, digest_of(secret))

    database.write(slug, work)


def make_link(tx: Tx, workspace: Workspace, member_id: str) -> str:
    """The secret of a new set-up link for a member; it is the only one that works."""
    secret = _secret()
    accounts.end_links(tx, workspace.id, [member_id])
    expires = timestamp(datetime.fromisoformat(tx.now) + LINK_LIFETIME)
    accounts.insert_link(tx, workspace.id, digest_of(secret), member_id, expires)
    return secret


def find_link(database: Database, slug: str, secret: str) -> Seat | None:
    """Whose set-up link that is; None if it is used, ended or unknown."""
    return database.read(lambda tx: find_owner(tx, slug, secret))


def use_link(database: Database, slug: str, secret: str, password: str) -> str:
    """Set the password of the link's member and begin their session, the only one; raises NotLetIn, InvalidSetting."""
    seat = find_link(database, slug, secret)
    if seat is None:
        raise NotLetIn(LINK_ENDED)
    hashed = hash_password(password, seat.member.doc["userName"])

    def work(tx: Tx) -> str | None:
        held = find_owner(tx, slug, secret)
        if held is None or not accounts.take_link(tx, held.workspace.id, digest_of(secret)):
            return None
        accounts.set_password(tx, held.workspace.id, held.member.id, hashed)
        sessions.end_all(tx, held.workspace.id, [held.member.id])
        return begin(tx, held.workspace, held.member, "set-up link", tx.now)

    session = database.write(slug, work)
    if session is None:
        raise NotLetIn(LINK_ENDED)
    return session


def forget_tries(tx: Tx, workspace_id: str, names: Iterable[str]) -> None:
    """Forget how often it was tried to sign in by these addresses."""
    for name in names:
        throttle.forget(tx, workspace_id, f"account:{digest_of(fold(name.strip()))}")


LINK_ENDED = "This link has been used or has ended; ask an admin of the workspace for a new one"


def purge_sign_ins(database: Database) -> None:
    """Remove what has ended by its age: sessions, set-up links, counts of tries."""

    def work(tx: Tx) -> None:
        tx.everywhere()
        now = datetime.fromisoformat(tx.now)
        sessions.purge(tx, timestamp(now - LIFETIME))
        sessions.purge_kept(tx, timestamp(now - IDLE))
        throttle.purge(tx, timestamp(now - WINDOW))
        accounts.purge_links(tx)

    database.write("sign-in", work)


def find_owner(tx: Tx, slug: str, secret: str) -> Seat | None:
    """Whose set-up link that is, within a transaction."""
    workspace = workspaces.find(tx, slug)
    owner = accounts.find_link(tx, workspace.id if workspace else NOWHERE, digest_of(secret))
    member = None if workspace is None or owner is None else members.find(tx, workspace.id, owner)
    return None if workspace is None or member is None or not member.active else Seat(workspace, member)


def _forget(_result: None, _failure: BaseException | None) -> None:
    """A count that was lost is one in many."""


def begin(tx: Tx, workspace: Workspace, member: Member, by: str, confirmed: str | None, **about: str) -> str:
    """The secret of a new session, which the audit log tells of; `confirmed` is when they showed who they are."""
    secret = _secret()
    sessions.insert(tx, workspace.id, digest_of(secret), member.id, by, confirmed)
    workspaces.lock(tx, workspace.id)
    actor = Actor(Channel.CONSOLE, member.id, member.doc["userName"])
    audit.append(tx, workspace.id, actor, Deed("session.begin", member.id, {"by": by, **about}))
    return secret


def _secret() -> str:
    return secrets.token_urlsafe(SECRET_BYTES)


def digest_of(secret: str) -> str:
    """What is kept of the secret of a session or a link."""
    return hashlib.sha256(secret.encode()).hexdigest()
