"""Which member an issuer and its subject stand for, and in which domains a verified address may bind one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from entrant.db.engine import Row, Tx
from entrant.db.queries import load
from entrant.scim.fold import fold
from entrant.workspace.model import Member

from . import members

_SQL = load(__package__, "identities")


@dataclass(frozen=True, slots=True)
class BoundIdentity:
    """Who an issuer's subject is. `way` is by what it was bound, `email` the address if it was by one."""

    issuer: str
    subject: str
    member: str
    way: str
    email: str | None
    created: str
    last_used: str | None


def find_member(tx: Tx, workspace_id: str, issuer: str, subject: str) -> Member | None:
    """The member whom that subject stands for, active or not."""
    row = tx.one(_SQL["find"], workspace=workspace_id, issuer=issuer, subject=subject)
    return None if row is None else members.from_row(row)


def of_member(tx: Tx, workspace_id: str, member_id: str) -> list[BoundIdentity]:
    """The identities of a member, one of each issuer."""
    return [_identity(row) for row in tx.all(_SQL["of_member"], workspace=workspace_id, member=member_id)]


def page(tx: Tx, workspace_id: str, after: str, most: int) -> list[BoundIdentity]:
    """Identities of members after an id."""
    return [_identity(row) for row in tx.all(_SQL["page"], workspace=workspace_id, after=after, most=most)]


def insert(tx: Tx, workspace_id: str, identity: BoundIdentity) -> None:
    """Bind a subject that stands for nobody to a member who has none of that issuer."""
    tx.run(
        _SQL["insert"],
        workspace=workspace_id,
        issuer=identity.issuer,
        subject=identity.subject,
        member=identity.member,
        way=identity.way,
        email=identity.email,
        now=identity.created,
    )


def touch(tx: Tx, workspace_id: str, issuer: str, subject: str) -> None:
    """Remember that it was used."""
    tx.run(_SQL["touch"], workspace=workspace_id, issuer=issuer, subject=subject, now=tx.now)


def delete(tx: Tx, workspace_id: str, member_id: str, issuer: str, subject: str) -> bool:
    """End one; whether it was there."""
    found = tx.all(_SQL["delete"], workspace=workspace_id, member=member_id, issuer=issuer, subject=subject)
    return bool(found)


def delete_of_issuer(tx: Tx, workspace_id: str, member_id: str, issuer: str) -> None:
    """End what a member has of an issuer."""
    tx.run(_SQL["delete_of_issuer"], workspace=workspace_id, member=member_id, issuer=issuer)


def by_address(tx: Tx, workspace_id: str, address: str, most: int) -> list[Member]:
    """Active members whose userName or e-mail address is like this one: case ignored, and more than case."""
    rows = tx.all(_SQL["by_address"], workspace=workspace_id, key=fold(address), most=most)
    return [members.from_row(row) for row in rows]


def domains(tx: Tx, workspace_id: str) -> list[str]:
    """The domains in which a verified address binds."""
    return [row["domain"] for row in tx.all(_SQL["domains"], workspace=workspace_id)]


def set_domains(tx: Tx, workspace_id: str, names: Sequence[str]) -> None:
    """Put these in the place of all others."""
    tx.run(_SQL["clear_domains"], workspace=workspace_id)
    for name in names:
        tx.run(_SQL["add_domain"], workspace=workspace_id, domain=name)


def _identity(row: Row) -> BoundIdentity:
    return BoundIdentity(
        issuer=row["issuer"],
        subject=row["subject"],
        member=row["member"],
        way=row["way"],
        email=row["email"],
        created=row["created"],
        last_used=row["last_used"],
    )
