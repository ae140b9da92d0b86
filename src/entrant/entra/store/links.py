"""What a job has linked, and which members it has told its target of (entra-client 12.7, 9.14)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec

from entrant.db.engine import Row, Tx
from entrant.db.queries import load
from entrant.entra.model import Conflict, Kind, Link, Membership

_SQL = load(__package__, "links")
UNLINKED = ""  # no target has this id


def save(tx: Tx, job: str, link: Link) -> None:
    """Store a link in place of the object's former one; Conflict if the target is another object's."""
    rows = tx.all(_SQL["find_either"], job=job, object_id=link.object_id, kind=link.kind, target_id=link.target_id)
    targets = {row["object_id"]: row["target_id"] for row in rows}
    before = targets.pop(link.object_id, None)
    for owner in targets:
        raise Conflict(f"{link.target_id} of the target is linked to {owner} already")
    if before not in {None, link.target_id}:
        _forget(tx, job, link.object_id, link.target_id)
    tx.run(
        _SQL["save"],
        job=job,
        object_id=link.object_id,
        kind=link.kind,
        target_id=link.target_id,
        managed=int(link.managed),
        active=int(link.active),
        manager=link.manager,
        exported=msgspec.json.encode(link.exported).decode(),
    )
    if before is None:
        tx.run(_SQL["count"], job=job, kind=link.kind, more=1)


def remove(tx: Tx, job: str, object_id: str) -> None:
    """Forget that an object was linked, and where it was a member."""
    removed = tx.one(_SQL["remove"], job=job, object_id=object_id)
    if removed is not None:
        tx.run(_SQL["count"], job=job, kind=removed["kind"], more=-1)
        _forget(tx, job, object_id, UNLINKED)


def find(tx: Tx, job: str, object_id: str) -> Link | None:
    """The link of an object."""
    row = tx.one(_SQL["find"], job=job, object_id=object_id)
    return None if row is None else _link(row)


def find_target(tx: Tx, job: str, target_id: str) -> Link | None:
    """The link to an object of the target; a user's before a group's of the same id."""
    row = tx.one(_SQL["find_target"], job=job, target_id=target_id)
    return None if row is None else _link(row)


def find_many(tx: Tx, job: str, ids: Sequence[str]) -> dict[str, Link]:
    """The links of those objects that have one, by object id."""
    return {row["object_id"]: _link(row) for row in tx.all(_SQL["find_many"], job=job, ids=ids)}


def linked_to(tx: Tx, job: str, kind: Kind, target_id: str) -> str | None:
    """The id of the object that is linked to this target."""
    row = tx.one(_SQL["linked_to"], job=job, kind=kind, target_id=target_id)
    return None if row is None else str(row["object_id"])


def counts(tx: Tx, job: str) -> Mapping[Kind, int]:
    """How many objects of each kind are linked, or were when there were most: it does not go down (21.2.3)."""
    found = {Kind(row["kind"]): int(row["most"]) for row in tx.all(_SQL["counts"], job=job)}
    return {kind: found.get(kind, 0) for kind in Kind}


def page(tx: Tx, job: str, *, after: str = "", most: int = 100) -> list[Link]:
    """Links after an object id."""
    return [_link(row) for row in tx.all(_SQL["page"], job=job, after=after, most=most)]


def membership(tx: Tx, job: str, group_id: str, chosen: Collection[str] | None) -> Membership:
    """How the direct members of a group differ from those exported; with `chosen`, these alone (19.5)."""
    if chosen is not None:
        some = list(chosen)
        add = tx.all(_SQL["to_add_chosen"], job=job, group_id=group_id, chosen=some)
        unresolved = tx.all(_SQL["unresolved_chosen"], job=job, group_id=group_id, chosen=some)
        return Membership(_pairs(add), (), tuple(row["member_id"] for row in unresolved))
    return Membership(
        _pairs(tx.all(_SQL["to_add"], job=job, group_id=group_id)),
        _pairs(tx.all(_SQL["to_remove"], job=job, group_id=group_id)),
        tuple(row["member_id"] for row in tx.all(_SQL["unresolved"], job=job, group_id=group_id)),
    )


def export_members(
    tx: Tx, job: str, group_id: str, added: Sequence[tuple[str, str]], removed: Sequence[tuple[str, str]]
) -> None:
    """The target was told of members, each (object id, target id), or no longer has them."""
    if removed:
        tx.run(_SQL["forget_members"], job=job, group_id=group_id, ids=[member for member, _ in removed])
    if added:
        tx.many(
            _SQL["export_member"],
            [{"job": job, "group_id": group_id, "member_id": member, "target_id": target} for member, target in added],
        )


def clear(tx: Tx, job: str) -> None:
    """Forget every link of a job."""
    tx.run(_SQL["clear_members"], job=job)
    tx.run(_SQL["clear_counts"], job=job)
    tx.run(_SQL["clear"], job=job)


def _forget(tx: Tx, job: str, object_id: str, target_id: str) -> None:
    """An object has another target, or none: what was told of its place in groups, and of its members, is void."""
    tx.run(_SQL["forget_elsewhere"], job=job, object_id=object_id, target_id=target_id)
    tx.run(_SQL["forget_group"], job=job, object_id=object_id)


def _pairs(rows: Sequence[Row]) -> tuple[tuple[str, str], ...]:
    return tuple((row["member_id"], row["target_id"]) for row in rows)


def _link(row: Row) -> Link:
    return Link(
        object_id=row["object_id"],
        kind=Kind(row["kind"]),
        target_id=row["target_id"],
        managed=bool(row["managed"]),
        active=bool(row["active"]),
        manager=row["manager"],
        exported=msgspec.json.decode(row["exported"]),
    )
