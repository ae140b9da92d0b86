"""How members sign in by password: its hash, and the one-time links with which it is set."""

from __future__ import annotations

from collections.abc import Sequence

from entrant.db.engine import Tx
from entrant.db.queries import load
from entrant.scim.fold import fold
from entrant.workspace.mapping import MAX_INDEXED
from entrant.workspace.model import Member

from . import members

_SQL = load(__package__, "accounts")


def find_password(tx: Tx, workspace_id: str, member_id: str) -> str | None:
    """The hash of a member's password, if they have one."""
    row = tx.one(_SQL["find_password"], workspace=workspace_id, member=member_id)
    return None if row is None else row["password"]


def set_password(tx: Tx, workspace_id: str, member_id: str, password: str) -> None:
    """Put this hash in the place of any other."""
    tx.run(_SQL["set_password"], workspace=workspace_id, member=member_id, password=password, now=tx.now)


def insert_link(tx: Tx, workspace_id: str, digest: str, member_id: str, expires: str) -> None:
    """Add a set-up link, by its digest alone."""
    tx.run(_SQL["insert_link"], workspace=workspace_id, digest=digest, member=member_id, expires=expires)


def find_link(tx: Tx, workspace_id: str, digest: str) -> str | None:
    """Whose set-up link that is, while it has not ended."""
    row = tx.one(_SQL["find_link"], workspace=workspace_id, digest=digest)
    return None if row is None or row["expires"] <= tx.now else row["member"]


def take_link(tx: Tx, workspace_id: str, digest: str) -> bool:
    """Use a set-up link up; whether it was still there."""
    return bool(tx.all(_SQL["take_link"], workspace=workspace_id, digest=digest))


def end_links(tx: Tx, workspace_id: str, ids: Sequence[str]) -> None:
    """End all set-up links of these members."""
    tx.run(_SQL["end_links"], workspace=workspace_id, members=ids)


def find_by_email(tx: Tx, workspace_id: str, address: str) -> Member | None:
    """The one member who has a password and this e-mail address, case ignored."""
    key = fold(address)
    if len(key) > MAX_INDEXED:  # nobody is found by the beginning of an address
        return None
    rows = tx.all(_SQL["find_by_email"], workspace=workspace_id, value_key=key)
    return members.from_row(rows[0]) if len(rows) == 1 else None


def purge_links(tx: Tx) -> int:
    """Remove the set-up links that have ended; how many those were."""
    return tx.changed(_SQL["purge_links"], now=tx.now)
