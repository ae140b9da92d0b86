"""Members of a workspace, whatever their source (product.md §2).

Whatever writes a member records it in the `changes` of its write, from which the rules about people are derived: a
caller cannot forget them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import msgspec

from entrant.db.engine import Row, Tx
from entrant.db.queries import load
from entrant.scim.fold import fold
from entrant.scim.schema import ResourceType
from entrant.workspace.changes import MemberChange
from entrant.workspace.mapping import MAX_INDEXED, Keys, Value, member_keys, member_values
from entrant.workspace.model import Member, Role, RoleChange, Source

from . import memberships
from .recorded import recorded
from .roles import ROLES

_SQL = load(__package__, "members")
SOURCES = {source.value: source for source in Source}
ROWS = 10  # indexed values in one statement; few users have more


def insert(tx: Tx, workspace_id: str, member: Member, type_: ResourceType, *, changes: list[MemberChange]) -> None:
    """Add a member whose userName is free. One statement, one more if values are indexed."""
    keys = member_keys(member.doc, type_)
    tx.run(
        _SQL["insert"],
        **_columns(workspace_id, member, keys),
        created=member.created,
        access_since=tx.steady if member.role else None,
        admin_since=tx.steady if member.role is Role.ADMIN else None,
    )
    _insert_values(tx, workspace_id, member.id, keys.values)
    changes.append(MemberChange(None, member))
    _record(tx, member, None, member.role)


def update(
    tx: Tx, workspace_id: str, member: Member, type_: ResourceType, before: Member, *, changes: list[MemberChange]
) -> None:
    """Write a member's document and state. One statement, two or three more if indexed values changed."""
    keys = member_keys(member.doc, type_)
    tx.run(_SQL["update"], **_columns(workspace_id, member, keys))
    if keys.values != member_values(before.doc, type_):
        tx.run(_SQL["clear_values"], workspace=workspace_id, id=member.id)
        _insert_values(tx, workspace_id, member.id, keys.values)
    changes.append(MemberChange(before, member))
    _record(tx, member, before.role, member.role)


def update_state(tx: Tx, workspace_id: str, member: Member, before: Member, *, changes: list[MemberChange]) -> None:
    """Write a member's roles and activity, and no more: what SCIM shows has not changed. One statement."""
    tx.run(
        _SQL["update_state"],
        workspace=workspace_id,
        id=member.id,
        active=int(member.active),
        reinvited=int(member.reinvited),
        hand_role=member.hand_role,
        role=member.role,
        protected=int(member.protected),
        deactivated_by=member.deactivated_by,
    )
    changes.append(MemberChange(before, member))
    _record(tx, member, before.role, member.role)


def delete(tx: Tx, workspace_id: str, member: Member, revision: int, *, changes: list[MemberChange]) -> None:
    """Remove a member, their indexed values and password, and their place in every group, which gets a new version."""
    memberships.forget(tx, workspace_id, member.id, revision)
    tx.run(_SQL["clear_values"], workspace=workspace_id, id=member.id)
    tx.run(_SQL["forget_password"], workspace=workspace_id, id=member.id)
    tx.run(_SQL["forget_identities"], workspace=workspace_id, id=member.id)
    tx.run(_SQL["delete"], workspace=workspace_id, id=member.id)
    changes.append(MemberChange(member, None))
    _record(tx, member, member.role, None)


def protected(tx: Tx, workspace_id: str, ids: Sequence[str]) -> str | None:
    """The userName of a protected member among these; None if there is none. One statement."""
    row = tx.one(_SQL["protected"], workspace=workspace_id, ids=ids)
    return None if row is None else str(msgspec.json.decode(row["doc"])["userName"])


def has_protected(tx: Tx, workspace_id: str) -> bool:
    """Whether any member is protected. One statement."""
    return tx.one(_SQL["has_protected"], workspace=workspace_id) is not None


def end_protection(tx: Tx, workspace_id: str, ids: Sequence[str]) -> list[str]:
    """Take the protection from those of these members who have it; their ids. One statement."""
    return [row["id"] for row in tx.all(_SQL["end_protection"], workspace=workspace_id, ids=ids)]


def ahead(tx: Tx, workspace_id: str, member_id: str, groups: int | None = None) -> None:
    """Ask ahead for what `find` will look for."""
    sql, parameters = _find(tx, groups)
    tx.ahead(sql, workspace=workspace_id, id=member_id, **parameters)


def find(tx: Tx, workspace_id: str, member_id: str, groups: int | None = None) -> Member | None:
    """The member with that id, whatever the source; with their groups, if they are in no more than so many."""
    sql, parameters = _find(tx, groups)
    row = tx.one(sql, workspace=workspace_id, id=member_id, **parameters)
    return None if row is None else from_row(row, groups)


def _find(tx: Tx, groups: int | None) -> tuple[str, dict[str, int]]:
    """The statement that finds a member by id, and its other parameters."""
    return (_SQL["find"], {}) if groups is None else (_find_with_groups(tx.engine), {"places": groups + 1})


@cache
def _find_with_groups(engine: str) -> str:
    return (
        f"SELECT m.*, {memberships.places_column(engine)} FROM member m WHERE m.workspace = :workspace AND m.id = :id"
    )


def find_by_user_name(tx: Tx, workspace_id: str, user_name: str) -> Member | None:
    """The member with that userName, case ignored, whatever the source."""
    row = tx.one(_SQL["find_by_user_name"], workspace=workspace_id, user_name_key=fold(user_name))
    return None if row is None else from_row(row)


def find_claimed(
    tx: Tx, workspace_id: str, user_name: str, addresses: Sequence[str], external_id: str | None
) -> list[Member]:
    """The members that a new user may be, case ignored. One statement.

    That is the one with the userName, those who were invited by hand to one of the e-mail addresses, and up to two
    provisioned ones with the externalId: more than one is as good as none.
    """
    rows = tx.all(
        _SQL["find_claimed"],
        workspace=workspace_id,
        user_name_key=fold(user_name),
        addresses=[key for key in map(fold, addresses) if len(key) <= MAX_INDEXED],
        external_id=external_id,
    )
    return [from_row(row) for row in rows]


def page(tx: Tx, workspace_id: str, *, everyone: bool, after: str = "", most: int = 1_000) -> list[Member]:
    """Members after an id, in the order of ids; those without access only if `everyone`."""
    sql = _SQL["page_all" if everyone else "page"]
    return [from_row(row) for row in tx.all(sql, workspace=workspace_id, after=after, most=most)]


def from_row(row: Row, groups: int | None = None) -> Member:
    """A row of the table as a value; with `places_column`, of up to so many groups, if a number is given."""
    return Member(
        id=row["id"],
        source=SOURCES[row["source"]],
        active=bool(row["active"]),
        reinvited=bool(row["reinvited"]),
        hand_role=ROLES[row["hand_role"]],
        role=ROLES[row["role"]],
        revision=row["revision"],
        created=row["created"],
        modified=row["modified"],
        doc=msgspec.json.decode(row["doc"]),
        protected=bool(row["protected"]),
        deactivated_by=row["deactivated_by"],
        access_since=row["access_since"],
        admin_since=row["admin_since"],
        groups=None if groups is None else memberships.places_of(row["places"], groups),
    )


def _record(tx: Tx, member: Member, before: Role | None, after: Role | None) -> None:
    if before is not after:
        name = member.doc["userName"]
        recorded(tx).role(RoleChange(member.id, name, before, after, member.access_since, member.admin_since))


def _columns(workspace_id: str, member: Member, keys: Keys) -> dict[str, str | int | None]:
    return {
        "workspace": workspace_id,
        "id": member.id,
        "source": member.source,
        "active": int(member.active),
        "reinvited": int(member.reinvited),
        "hand_role": member.hand_role,
        "role": member.role,
        "user_name_key": keys.name,
        "external_id": keys.external_id,
        "display_key": keys.display,
        "revision": member.revision,
        "modified": member.modified,
        "doc": keys.doc,
        "folded": keys.folded,
        "protected": int(member.protected),
        "deactivated_by": member.deactivated_by,
    }


def _insert_values(tx: Tx, workspace_id: str, member_id: str, values: Sequence[Value]) -> None:
    """One statement for up to ROWS values: a statement per row would be a round trip per row."""
    for start in range(0, len(values), ROWS):
        rows = values[start : start + ROWS]
        columns = {
            f"{name}_{n}": text
            for n, v in enumerate(rows)
            for name, text in (("path", v.path), ("value_key", v.value_key), ("type_key", v.type_key))
        }
        tx.run(_insert_rows(len(rows)), workspace=workspace_id, member=member_id, **columns)


@cache
def _insert_rows(count: int) -> str:
    """The statement that inserts so many values."""
    row = "(:workspace, :member, :path_{0}, :value_key_{0}, :type_key_{0})"
    return f"{_SQL['insert_values']} VALUES {', '.join(row.format(n) for n in range(count))}"
