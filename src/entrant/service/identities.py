"""Signing in by an OpenID provider: an issuer and its subject stand for one member, bound once (product.md 9.6).

By a set-up link, or by an e-mail address that the issuer says is verified, in a domain that the operator has allowed
for the workspace, and that is one active member's alone. Nothing else that a provider says of a person names a member:
it may let people choose it themselves. Addresses are compared as they are, but for A to Z.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from string import ascii_lowercase, ascii_uppercase

from entrant.db.engine import Database, Tx, timestamp
from entrant.store import accounts, audit, identities, sessions, sign_in, workspaces
from entrant.store.identities import BoundIdentity
from entrant.workspace.audit import Actor, Channel, Deed
from entrant.workspace.model import Member, Workspace

from .sign_in import LINK_ENDED, NotLetIn, begin, digest_of, find_owner

MAX_EMAIL = 320  # characters: RFC 5321 §4.5.3.1, 64 before the @ and 255 after it
MAX_ALIKE = 20  # members with an address that differs by no more than case, accents and the like
_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)

NOT_BOUND = (
    "You are signed in at your identity provider, but that account signs nobody in here. "
    "Ask an admin of the workspace for a set-up link, and choose on its page to sign in by the provider"
)
OF_ANOTHER = (
    "That account of the identity provider is bound to another member already. "
    "An admin of the workspace can end that on the member's page"
)


@dataclass(frozen=True, slots=True)
class Person:
    """Whom an identity token is about. `verified_email` is None unless the issuer says that it is verified.

    `age` is how long ago they showed the issuer who they are, if it says so (`auth_time`): a length and not a time,
    since its clock is not ours.
    """

    issuer: str
    subject: str
    verified_email: str | None
    age: timedelta | None


def sign_in_as(database: Database, slug: str, person: Person) -> str:
    """The secret of a new session for the active member for whom that person stands; raises NotLetIn."""

    def work(tx: Tx) -> str | None:
        workspace = _lock(tx, slug, person)
        if workspace is None:
            return None
        member = identities.find_member(tx, workspace.id, person.issuer, person.subject)
        if member is None:
            member = _bind_by_address(tx, workspace, person)
        if member is None or not member.active:
            return None
        return _begin(tx, workspace, member, person)

    secret = database.write(slug, work)
    if secret is None:
        raise NotLetIn(NOT_BOUND)
    return secret


def bind_by_link(database: Database, slug: str, link: str, person: Person) -> str:
    """Bind that person to the link's member, and begin their session, the only one; raises NotLetIn."""

    def work(tx: Tx) -> str | NotLetIn:
        workspace = _lock(tx, slug, person)
        owner = find_owner(tx, slug, link)
        if workspace is None or owner is None:
            return NotLetIn(LINK_ENDED)
        member = owner.member
        before = identities.find_member(tx, workspace.id, person.issuer, person.subject)
        if before is not None and before.id != member.id:
            return NotLetIn(OF_ANOTHER)
        accounts.take_link(tx, workspace.id, digest_of(link))
        identities.delete_of_issuer(tx, workspace.id, member.id, person.issuer)
        _bind(tx, workspace, member, person, "set-up link", None)
        sessions.end_all(tx, workspace.id, [member.id])
        return _begin(tx, workspace, member, person)

    found = database.write(slug, work)
    if isinstance(found, NotLetIn):
        raise found
    return found


def confirm_by_identity(database: Database, slug: str, session: str, person: Person) -> bool:
    """Remember that whoever has the session has just shown the provider who they are; whether they are its member."""

    def work(tx: Tx) -> bool:
        workspace = _lock(tx, slug, person)
        held = None if workspace is None else sessions.find(tx, workspace.id, digest_of(session))
        if workspace is None or held is None or person.age is None:
            return False
        member = identities.find_member(tx, workspace.id, person.issuer, person.subject)
        if member is None or member.id != held.member.id:
            return False
        sessions.confirm(tx, workspace.id, digest_of(session), _confirmed(tx, person.age))
        return True

    return database.write(slug, work)


def verified_address(address: str | None, verified: object) -> str | None:
    """An address in the form in which it is compared; None unless the issuer says by a Boolean that it is verified."""
    if verified is not True or not address or len(address) > MAX_EMAIL or not address.isprintable():
        return None
    return address.translate(_LOWER)


def addresses_of(member: Member) -> set[str]:
    """The addresses that are a member's, in the form in which they are compared: the userName may be one."""
    given = [member.doc["userName"], *(email.get("value") for email in member.doc.get("emails", ()))]
    return {text.translate(_LOWER) for text in given if isinstance(text, str)}


def _lock(tx: Tx, slug: str, person: Person) -> Workspace | None:
    """The workspace, locked so that nobody is bound twice; None unless the person is of its provider."""
    found = workspaces.find(tx, slug)
    provider = None if found is None else sign_in.find(tx, found.id)
    if found is None or provider is None or provider.issuer.rstrip("/") != person.issuer.rstrip("/"):
        return None
    return workspaces.lock(tx, found.id)[1]


def _bind_by_address(tx: Tx, workspace: Workspace, person: Person) -> Member | None:
    """The one active member whose address it is, bound from now on."""
    address = person.verified_email
    if address is None or address.rpartition("@")[2] not in identities.domains(tx, workspace.id):
        return None
    alike = identities.by_address(tx, workspace.id, address, MAX_ALIKE + 1)
    owners = [member for member in alike if address in addresses_of(member)]
    if len(alike) > MAX_ALIKE or len(owners) != 1:
        return None
    member = owners[0]
    if any(each.issuer == person.issuer for each in identities.of_member(tx, workspace.id, member.id)):
        return None  # an address that was passed on to somebody else
    _bind(tx, workspace, member, person, "verified email", address)
    return member


def _bind(tx: Tx, workspace: Workspace, member: Member, person: Person, way: str, email: str | None) -> None:
    identity = BoundIdentity(person.issuer, person.subject, member.id, way, email, tx.now, None)
    identities.insert(tx, workspace.id, identity)
    actor = Actor(Channel.CONSOLE, member.id, member.doc["userName"])
    details = {"issuer": person.issuer, "subject": person.subject, "by": way, "userName": member.doc["userName"]}
    audit.append(tx, workspace.id, actor, Deed("identity.bind", member.id, details))


def _begin(tx: Tx, workspace: Workspace, member: Member, person: Person) -> str:
    identities.touch(tx, workspace.id, person.issuer, person.subject)
    about = {"issuer": person.issuer, "subject": person.subject}
    return begin(tx, workspace, member, "identity provider", _confirmed(tx, person.age), **about)


def _confirmed(tx: Tx, age: timedelta | None) -> str | None:
    """When that was, by the clock by which sessions are measured."""
    return None if age is None else timestamp(datetime.fromisoformat(tx.now) - age)
