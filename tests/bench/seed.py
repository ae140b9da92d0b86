"""Filling a workspace fast: the service makes one user and one group, and their rows are copied under other numbers.

So the rows are what the service writes, whatever that is, and the time it takes to write them does not count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from entrant.scim.wire import Handler

from . import world
from .cases import Ask
from .storage import Storage
from .world import GROUPS, NEW, USERS, Door, World

Record = dict[str, Any]
TEMPLATE_USER = NEW - 1
TEMPLATE_GROUP = GROUPS - 1
USER_TABLES = {"member": "id", "member_value": "member"}
GROUP_TABLES = {"groups": "id", "membership": "group_id"}


def seed(storage: Storage, handle: Handler, bench: Door, large: Door, size: World) -> None:
    """Fill both workspaces: users, groups to spread over and hot ones; users, one large group and empty ones."""
    small = {group: members_of(group, size) for group in range(world.SPREAD_GROUPS)}
    hot = dict.fromkeys(range(world.SPREAD_GROUPS, world.SPREAD_GROUPS + world.HOT_GROUPS), range(0))
    empty = dict.fromkeys(range(1, world.EMPTY_GROUPS + 1), range(0))
    fill(storage, handle, bench, size.users, {**small, **hot})
    fill(storage, handle, large, size.large_users, {0: range(size.large_members), **empty})
    storage.settle()


def members_of(group: int, size: World) -> list[int]:
    """The users that one of the spread groups has from the start."""
    first = group * world.SPREAD_MEMBERS
    return [(first + k) % size.users for k in range(world.SPREAD_MEMBERS)]


def fill(storage: Storage, handle: Handler, door: Door, users: int, groups: dict[int, Iterable[int]]) -> None:
    """Make so many users, and groups with members, all named by their distance from USERS and GROUPS."""
    user_id = make(handle, door, Ask("POST", "/Users", world.encode(world.user_document(TEMPLATE_USER))))
    member = world.group_document(TEMPLATE_GROUP)
    member["members"] = [{"value": user_id}]
    group_id = make(handle, door, Ask("POST", "/Groups", world.encode(member)))
    (workspace,) = storage.rows("SELECT id FROM workspace WHERE slug = :slug", {"slug": door.slug})
    key = {"workspace": workspace["id"]}

    for table, column in USER_TABLES.items():
        rows = templates(storage, table, column, user_id, key)
        storage.load(table, list(rows[0]), copies(rows, user_id, TEMPLATE_USER, range(USERS, USERS + users)))
        storage.execute(f"DELETE FROM {table} WHERE workspace = :workspace AND {column} = :id", {**key, "id": user_id})

    (group,) = templates(storage, "groups", "id", group_id, key)
    sizes = {number: len(list(members)) for number, members in groups.items()}
    group_rows = (
        {**row, "member_count": sizes[number]}
        for number in groups
        for row in renumbered([group], group_id, TEMPLATE_GROUP, GROUPS + number)
    )
    storage.load("groups", list(group), (tuple(row.values()) for row in group_rows))
    (membership,) = templates(storage, "membership", "group_id", group_id, key)
    member_rows = (
        {**membership, "group_id": world.seeded_id(GROUPS + number), "member_id": world.seeded_id(USERS + user)}
        for number, members in groups.items()
        for user in members
    )
    storage.load("membership", list(membership), (tuple(row.values()) for row in member_rows))
    for table, column in GROUP_TABLES.items():
        storage.execute(f"DELETE FROM {table} WHERE workspace = :workspace AND {column} = :id", {**key, "id": group_id})
    storage.execute(
        "UPDATE workspace SET user_count = :users, group_count = :groups WHERE id = :workspace",
        {**key, "users": users, "groups": len(groups)},
    )


def make(handle: Handler, door: Door, ask: Ask) -> str:
    """Have the service create a resource; its id."""
    response = handle(ask.request(door))
    if response.status != 201:
        raise RuntimeError(f"{ask.method} {ask.target}: {response.status} {response.read().decode()}")
    id_: str = response.json()["id"]
    return id_


def templates(storage: Storage, table: str, column: str, id_: str, key: Record) -> list[Record]:
    """The rows of a table that belong to a resource."""
    sql = f"SELECT * FROM {table} WHERE workspace = :workspace AND {column} = :id"
    rows = storage.rows(sql, {**key, "id": id_})
    if not rows:
        raise RuntimeError(f"the service wrote no {table} for {id_}")
    return rows


def renumbered(rows: list[Record], id_: str, number: int, other: int) -> Iterator[Record]:
    """Rows of another resource: its number in the place of the first one's, and its id."""
    for row in rows:
        yield {
            name: value.replace(id_, world.seeded_id(other)).replace(str(number), str(other))
            if isinstance(value, str)
            else value
            for name, value in row.items()
        }


def copies(rows: list[Record], id_: str, number: int, others: Iterable[int]) -> Iterator[tuple[Any, ...]]:
    """The values of the rows of many other resources; the texts are split once."""
    mark = world.seeded_id(number)
    split = [
        [value.replace(id_, mark).split(str(number)) if isinstance(value, str) else value for value in row.values()]
        for row in rows
    ]
    for other in others:
        text = str(other)
        for values in split:
            yield tuple(text.join(value) if isinstance(value, list) else value for value in values)
