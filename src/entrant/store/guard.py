"""What the mass-change guard counts and holds (workspace/guard.py). All of it under the workspace's lock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from entrant.db.engine import Row, Tx
from entrant.db.queries import load
from entrant.workspace.guard import Change, Guard, HeldState, Loss

_SQL = load(__package__, "guard")
DEFAULT = Guard()


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is counted and held: a kind of change, by a connection, in a group or in the whole workspace."""

    workspace: str
    connection: str
    change: Change
    scope: str

    @property
    def key(self) -> dict[str, str]:
        """The columns."""
        return {"workspace": self.workspace, "connection": self.connection, "kind": self.change, "scope": self.scope}


@dataclass(frozen=True, slots=True)
class Counter:
    """Sums of the bucket now running and of the one before. `base` is None until it has been counted."""

    bucket: int
    recent: int
    earlier: int
    base: int | None


@dataclass(frozen=True, slots=True)
class HeldChange:
    """A change that is held, or was and has been decided. `last` is when it was sent last, or decided."""

    id: str
    place: Place
    state: HeldState
    first: str
    last: str
    decided_by: str | None


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a held change concerns. `weight` is more than 1 where one id stands for many."""

    id: str
    name: str | None
    weight: int


def set_guard(tx: Tx, workspace_id: str, connection_id: str, guard: Guard) -> None:
    """Write the settings of a connection, and count anew."""
    text = msgspec.json.encode(guard.to_json()).decode()
    tx.run(_SQL["set_guard"], workspace=workspace_id, connection=connection_id, guard=text)
    tx.run(_SQL["forget_counts"], workspace=workspace_id, connection=connection_id)


def read_guard(text: str | None) -> Guard:
    """The settings in a connection's row."""
    return DEFAULT if text is None else Guard.from_json(msgspec.json.decode(text))


def count(tx: Tx, place: Place, bucket: int, amount: int, base: int | None) -> Counter:
    """Add to what is counted in a place; the sums afterwards. One statement."""
    row = tx.all(_SQL["count"], **place.key, bucket=bucket, amount=amount, base=base)[0]
    return Counter(row["bucket"], row["recent"], row["earlier"], row["base"])


def uncount(tx: Tx, place: Place, amount: int) -> None:
    """Take back what was counted just now."""
    tx.run(_SQL["uncount"], **place.key, amount=amount)


def forget_count(tx: Tx, place: Place) -> None:
    """A place that is no more."""
    tx.run(_SQL["forget_count"], **place.key)


def count_base(tx: Tx, place: Place, gone: int) -> int:
    """Count the members with access, and remember how many that were before `gone` of them lost it."""
    base: int = tx.all(_SQL["with_access"], workspace=place.workspace)[0]["members"] + gone
    tx.run(_SQL["set_base"], **place.key, base=base)
    return base


def older(tx: Tx, workspace_id: str, ids: Sequence[str], before: str) -> list[str]:
    """Which of these members were there before a time."""
    return [row["id"] for row in tx.all(_SQL["older"], workspace=workspace_id, ids=ids, before=before)]


def decided(tx: Tx, place: Place, subjects: Sequence[str], since: str) -> dict[str, set[HeldState]]:
    """What has been said about each of these subjects since a time."""
    found: dict[str, set[HeldState]] = {}
    for row in tx.all(_SQL["decided"], **place.key, subjects=list(subjects), since=since):
        found.setdefault(row["subject"], set()).add(HeldState(row["state"]))
    return found


def consume(tx: Tx, place: Place, subjects: Sequence[str]) -> None:
    """Use up the approval of these subjects."""
    tx.run(_SQL["consume"], **place.key, subjects=list(subjects))


def hold(tx: Tx, place: Place, loss: Loss, new_id: str) -> bool:
    """Add subjects to the change that waits in a place, or make one with `new_id`; whether it was made."""
    row = tx.one(_SQL["find_waiting"], **place.key)
    if row is None:
        tx.run(_SQL["hold"], **place.key, id=new_id, now=tx.now)
    else:
        tx.run(_SQL["touch"], workspace=place.workspace, id=row["id"], now=tx.now)
    held = new_id if row is None else row["id"]
    weight = loss.weight if len(loss.subjects) == 1 else 1
    rows = [{"workspace": place.workspace, "held": held, "subject": s, "weight": weight} for s in loss.subjects]
    tx.many(_SQL["hold_subject"], rows)
    return row is None


def list_held(tx: Tx, workspace_id: str, since: str) -> list[HeldChange]:
    """The changes that were sent or decided since a time, oldest first."""
    return [_held(row) for row in tx.all(_SQL["list_held"], workspace=workspace_id, since=since)]


def subjects(tx: Tx, workspace_id: str, held_id: str) -> list[Subject]:
    """Whom a held change concerns."""
    rows = tx.all(_SQL["subjects"], workspace=workspace_id, held=held_id)
    return [Subject(row["subject"], _name(row), row["weight"]) for row in rows]


def decide(tx: Tx, workspace_id: str, held_id: str, state: HeldState, by: str) -> None:
    """Write down what an administrator has said."""
    tx.run(_SQL["decide"], workspace=workspace_id, id=held_id, state=state, now=tx.now, by=by)


def forget(tx: Tx, workspace_id: str, before: str) -> None:
    """Remove what was neither sent nor decided since a time."""
    tx.run(_SQL["forget_subjects"], workspace=workspace_id, before=before)
    tx.run(_SQL["forget_held"], workspace=workspace_id, before=before)


def _held(row: Row) -> HeldChange:
    return HeldChange(
        id=row["id"],
        place=Place(row["workspace"], row["connection"], Change(row["kind"]), row["scope"]),
        state=HeldState(row["state"]),
        first=row["first"],
        last=row["last"],
        decided_by=row["decided_by"],
    )


def _name(row: Row) -> str | None:
    if row["user_doc"] is not None:
        return str(msgspec.json.decode(row["user_doc"])["userName"])
    return None if row["group_doc"] is None else str(msgspec.json.decode(row["group_doc"])["displayName"])


def forget_person(tx: Tx, workspace_id: str, member_id: str, names: Iterable[str], pseudonym: str) -> None:
    """Keep nothing of somebody: as whom a held change concerns, or as who decided about one."""
    tx.run(_SQL["forget_subject"], workspace=workspace_id, subject=member_id)
    begin = f'["{member_id}"'  # of the scope of an adoption, which says who asks
    tx.run(_SQL["forget_adoptions"], workspace=workspace_id, begin=begin, length=len(begin))
    tx.run(_SQL["rename_decider"], workspace=workspace_id, names=[member_id, *sorted(names)], pseudonym=pseudonym)
