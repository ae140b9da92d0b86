"""What the mass-change guard counts and holds (workspace/guard.py). All of it under the workspace's lock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from entrant.db.engine import Row, Tx, Value
from entrant.db.queries import load
from entrant.workspace.guard import Change, Guard, HeldState, Loss, Window

_SQL = load(__package__, "guard")
DEFAULT = Guard()


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is held: a kind of change, by a connection, in a group or in the whole workspace."""

    workspace: str
    connection: str
    change: Change
    scope: str

    @property
    def key(self) -> dict[str, str]:
        """The columns."""
        return {"workspace": self.workspace, "connection": self.connection, "kind": self.change, "scope": self.scope}


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
    tx.run(_SQL["forget_counted"], workspace=workspace_id, connection=connection_id)


def read_guard(text: str | None) -> Guard:
    """The settings in a connection's row."""
    return DEFAULT if text is None else Guard.from_json(msgspec.json.decode(text))


def windows(tx: Tx, workspace_id: str, connection_id: str, scopes: Sequence[str]) -> dict[tuple[Change, str], Window]:
    """What a connection has been counted for in these scopes. One statement."""
    rows = tx.all(_SQL["windows"], workspace=workspace_id, connection=connection_id, scopes=scopes)
    return {(Change(row["kind"]), row["scope"]): _window(row) for row in rows}


def save_windows(tx: Tx, workspace_id: str, connection_id: str, counted: Mapping[tuple[Change, str], Window]) -> None:
    """Write what a connection has been counted for. One statement."""
    columns = {"workspace": workspace_id, "connection": connection_id}
    tx.many(
        _SQL["save_window"],
        [
            {
                **columns,
                "scope": scope,
                "kind": change,
                "step": window.step,
                "sums": msgspec.json.encode(window.sums).decode(),
                "floor": window.floor,
            }
            for (change, scope), window in counted.items()
        ],
    )


def forget_windows(tx: Tx, workspace_id: str, group_ids: Sequence[str]) -> None:
    """Remove what was counted of groups that are no more."""
    tx.run(_SQL["forget_windows"], workspace=workspace_id, scopes=group_ids)


def count_members(tx: Tx, workspace_id: str, since: str, most: int) -> int:
    """How many members have had access since before a time; those after `most` are not looked at."""
    return _count(tx, "count_members", workspace=workspace_id, since=since, most=most)


def count_admins(tx: Tx, workspace_id: str, since: str, most: int) -> int:
    """How many members have been admins since before a time."""
    return _count(tx, "count_admins", workspace=workspace_id, since=since, most=most)


def count_places(tx: Tx, workspace_id: str, group_id: str, since: str, most: int) -> int:
    """How many have been in a group since before a time."""
    return _count(tx, "count_places", workspace=workspace_id, group_id=group_id, since=since, most=most)


def count_small_places(tx: Tx, workspace_id: str, minimum: int, since: str, most: int) -> int:
    """How many places have been held since before a time in groups of fewer than `minimum`."""
    return _count(tx, "count_small_places", workspace=workspace_id, minimum=minimum, since=since, most=most)


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
    key = {"workspace": place.workspace, "held": held}
    known = {each["subject"] for each in tx.all(_SQL["held_of"], **key, subjects=list(loss.subjects))}
    if new := [subject for subject in loss.subjects if subject not in known]:
        _, last = extent(tx, place.workspace, held)
        weight = loss.weight if len(loss.subjects) == 1 else 1
        rows = [
            {**key, "subject": subject, "weight": weight, "position": position}
            for position, subject in enumerate(new, last + 1)
        ]
        tx.many(_SQL["hold_subject"], rows)
    return row is None


def list_held(tx: Tx, workspace_id: str, since: str) -> list[HeldChange]:
    """The changes that were sent or decided since a time, oldest first."""
    return [_held(row) for row in tx.all(_SQL["list_held"], workspace=workspace_id, since=since)]


def extent(tx: Tx, workspace_id: str, held_id: str) -> tuple[int, int]:
    """How many a held change concerns, and the position of whom it got last."""
    row = tx.all(_SQL["extent"], workspace=workspace_id, held=held_id)[0]
    return int(row["weight"] or 0), row["last"] or 0


def subjects(tx: Tx, workspace_id: str, held_id: str, most: int) -> list[Subject]:
    """Whom a held change concerns, in the order in which it got them."""
    rows = tx.all(_SQL["subjects"], workspace=workspace_id, held=held_id, most=most)
    return [Subject(row["subject"], _name(row), row["weight"]) for row in rows]


def decide(tx: Tx, workspace_id: str, held_id: str, state: HeldState, by: str) -> None:
    """Write down what an administrator has said."""
    tx.run(_SQL["decide"], workspace=workspace_id, id=held_id, state=state, now=tx.now, by=by)


def split(tx: Tx, workspace_id: str, held_id: str, position: int, new_id: str) -> None:
    """Let those who were added to a held change after a position wait in another one, `new_id`."""
    tx.run(_SQL["copy"], workspace=workspace_id, id=held_id, other=new_id, now=tx.now)
    tx.run(_SQL["split"], workspace=workspace_id, held=held_id, position=position, other=new_id)


def forget(tx: Tx, workspace_id: str, before: str) -> None:
    """Remove what was neither sent nor decided since a time."""
    tx.run(_SQL["forget_subjects"], workspace=workspace_id, before=before)
    tx.run(_SQL["forget_held"], workspace=workspace_id, before=before)


def _count(tx: Tx, name: str, **values: Value) -> int:
    found: int = tx.all(_SQL[name], **values)[0]["found"]
    return found


def _window(row: Row) -> Window:
    sums = msgspec.json.decode(row["sums"], type=tuple[tuple[int, int, int], ...])
    return Window(row["step"], sums, row["floor"])


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
