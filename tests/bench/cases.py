"""The work that is measured: for each case its requests by number, what must come back, and how it varies.

`ask(n)` is the n-th request. The load uses n below `limit`; warming up and recording use the numbers from there on.
What a bare run varies in a recorded request is said by its `Span`s.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from urllib.parse import quote_plus

from entrant.scim.wire import Json, Request

from . import world
from .world import GROUPS, NEW, USERS, VALUES, Door, World

WARM = 400  # requests before each measurement, so that statements are prepared and caches filled
SAMPLES = 2  # requests that are recorded for the bare run
EXTRA = WARM + SAMPLES
MEMBERS_AT_ONCE = 25
PAGE = 100
HOST_HEADER = "bench.example"


class Target(StrEnum):
    """Which target of docs/performance.md a case is judged by."""

    CREATE = "create"
    SPREAD = "spread"
    HOT = "hot"
    LOOKUP = "lookup"
    CHANGE = "change"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Ask:
    """A request below a workspace's base URL."""

    method: str
    target: str
    body: bytes = b""

    def request(self, door: Door) -> Request:
        """As the service is called in this process."""
        path, _, query = self.target.partition("?")
        headers = {"authorization": f"Bearer {door.token}", "host": HOST_HEADER}
        if self.body:
            headers["content-type"] = "application/scim+json; charset=utf-8"
        return Request(self.method, door.base + path, query, headers, self.body)

    def raw(self, door: Door) -> bytes:
        """As it is sent over HTTP/1.1, with the headers that Entra sends (entra-client §2.5)."""
        request = self.request(door)
        lines = [f"{self.method} {door.base}{self.target} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in request.headers.items()]
        if self.body:
            lines.append(f"content-length: {len(self.body)}")
        return "\r\n".join([*lines, "", ""]).encode() + self.body


@dataclass(frozen=True, slots=True)
class Span:
    """A number in a recorded request that stands for others from `low` to `high`: each once, or at random."""

    number: int
    low: int
    high: int
    distinct: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """One line of the table."""

    key: str
    title: str
    slug: str
    ask: Callable[[int], Ask]
    limit: int
    expect: frozenset[int] = frozenset({200})
    spans: Callable[[int], Sequence[Span]] = field(default=lambda _: ())
    check: Callable[[Json], bool] = field(default=lambda _: True)
    """Whether the document of one answer is right."""
    repeat: bool = False
    """Whether the same requests may be sent again and again: reads."""
    target: Target = Target.NONE


CHANGED = frozenset({200, 204})


def cases(size: World, cursors: Sequence[str]) -> list[Case]:
    """All cases, in the order of the table. `cursors` are those that a walk over the users hands out."""
    return [
        create(),
        lookup(size),
        patch_user(size),
        group_with_members(),
        add_spread(size),
        add_hot(size),
        add_large(size),
        add_many(size),
        list_page(),
        cursor_page(cursors),
        group_read(),
    ]


def scattered(size: World, n: int) -> int:
    """The n-th user of an order in which neighbours in time are not neighbours in an index."""
    return USERS + n * 7919 % size.users  # a prime


def spread(size: World, n: int) -> tuple[int, int]:
    """One of 1,000 groups in turn, and a user who is not among those it had from the start, nor added before."""
    turn, group = divmod(n, world.SPREAD_GROUPS)
    user = world.SPREAD_MEMBERS * (group + 1) + turn
    return GROUPS + group, USERS + user % size.users


def find_users(path: str, value: str) -> Ask:
    """A GET of the users whose attribute has a value."""
    filter_ = quote_plus(f'{path} eq "{value}"')
    return Ask("GET", f"/Users?filter={filter_}")


def create() -> Case:
    """POST /Users with 1.2 KB."""
    return Case(
        key="create",
        title="POST /Users, 1.2 KB",
        slug="bench",
        ask=lambda n: Ask("POST", "/Users", world.encode(world.user_document(NEW + n))),
        limit=100_000,
        expect=frozenset({201}),
        spans=lambda n: [Span(NEW + n, NEW + 1_000_000_000, NEW + 2_000_000_000, distinct=True)],
        check=lambda answer: answer["userName"].startswith("person.") and "id" in answer,
        target=Target.CREATE,
    )


def lookup(size: World) -> Case:
    """GET /Users?filter=userName eq, over all users."""
    user = partial(scattered, size)
    return Case(
        key="lookup",
        title="GET /Users?filter=userName eq",
        slug="bench",
        ask=lambda n: find_users("userName", world.user_name(user(n))),
        limit=size.users,
        spans=lambda n: [Span(user(n), USERS, USERS + size.users - 1)],
        check=lambda answer: answer["totalResults"] == 1 and len(answer["Resources"]) == 1,
        repeat=True,
        target=Target.LOOKUP,
    )


def patch_user(size: World) -> Case:
    """PATCH of two attributes of a user."""
    user = partial(scattered, size)
    return Case(
        key="patch",
        title="PATCH /Users/{id}, two attributes",
        slug="bench",
        ask=lambda n: Ask("PATCH", f"/Users/{world.seeded_id(user(n))}", world.encode(world.replace_two(VALUES + n))),
        limit=100_000,
        expect=CHANGED,
        spans=lambda n: [
            Span(user(n), USERS, USERS + size.users - 1),
            Span(VALUES + n, VALUES + 1_000_000_000, VALUES + 2_000_000_000, distinct=True),
        ],
        target=Target.CHANGE,
    )


def _add(group: int, *members: int) -> Ask:
    return Ask("PATCH", f"/Groups/{world.seeded_id(group)}", world.encode(world.add_members(*members)))


def add_spread(size: World) -> Case:
    """PATCH that adds one member, over 1,000 groups in turn."""
    pair = partial(spread, size)
    return Case(
        key="add-spread",
        title="PATCH group: 1 member, 1,000 groups",
        slug="bench",
        ask=lambda n: _add(*pair(n)),
        limit=100_000,
        expect=CHANGED,
        spans=lambda n: [
            Span(pair(n)[0], GROUPS, GROUPS + world.SPREAD_GROUPS - 1),
            Span(pair(n)[1], USERS, USERS + size.users - 1),
        ],
        target=Target.SPREAD,
    )


def add_hot(size: World) -> Case:
    """PATCH that adds one member to always the same group; the bare run has a second such group."""

    def pair(n: int) -> tuple[int, int]:
        second, user = divmod(n, size.users)
        return GROUPS + world.SPREAD_GROUPS + second, USERS + user

    return Case(
        key="add-hot",
        title="PATCH group: 1 member, one hot group",
        slug="bench",
        ask=lambda n: _add(*pair(n)),
        limit=size.users,
        expect=CHANGED,
        spans=lambda n: [Span(pair(n)[1], USERS + EXTRA, USERS + size.users - 1, distinct=True)],
        target=Target.HOT,
    )


def add_large(size: World) -> Case:
    """PATCH that adds one member to the group of 100,000. Of the spare users the last twentieth is left to P6."""
    half = size.spare // 2 - EXTRA
    first = USERS + size.large_members
    return Case(
        key="add-large",
        title=f"PATCH group: 1 member, group of {size.large_members:,}",
        slug="large",
        ask=lambda n: _add(GROUPS, first + n),
        limit=half,
        expect=CHANGED,
        spans=lambda n: [Span(first + n, first + size.spare // 2, first + size.spare * 19 // 20 - 1, distinct=True)],
        target=Target.CHANGE,
    )


def add_many(size: World) -> Case:
    """PATCH that adds 25 members, over 1,000 groups in turn."""

    def pair(n: int) -> tuple[int, list[int]]:
        """A group, and users from another quarter of the workspace than `add_spread` takes."""
        turn, group = divmod(n, world.SPREAD_GROUPS)
        start = size.users // 4 + world.SPREAD_MEMBERS * group + MEMBERS_AT_ONCE * turn
        return GROUPS + group, [USERS + (start + k) % size.users for k in range(MEMBERS_AT_ONCE)]

    return Case(
        key="add-25",
        title="PATCH group: 25 members, 1,000 groups",
        slug="bench",
        ask=lambda n: _add(pair(n)[0], *pair(n)[1]),
        limit=30_000,
        expect=CHANGED,
        spans=lambda n: [
            Span(pair(n)[0], GROUPS, GROUPS + world.SPREAD_GROUPS - 1),
            *(Span(user, USERS, USERS + size.users - 1) for user in pair(n)[1]),
        ],
        target=Target.CHANGE,
    )


def list_page() -> Case:
    """The first page of the users by index."""
    return Case(
        key="page",
        title=f"GET /Users?startIndex=1&count={PAGE}",
        slug="bench",
        ask=lambda _: Ask("GET", f"/Users?startIndex=1&count={PAGE}"),
        limit=1,
        check=lambda answer: len(answer["Resources"]) == PAGE,
        repeat=True,
    )


def cursor_page(cursors: Sequence[str]) -> Case:
    """Pages of a walk by cursor, from anywhere in it."""
    return Case(
        key="cursor",
        title=f"GET /Users?cursor=…&count={PAGE}",
        slug="bench",
        ask=lambda n: Ask("GET", f"/Users?cursor={quote_plus(cursors[n % len(cursors)])}&count={PAGE}"),
        limit=len(cursors),
        check=lambda answer: len(answer["Resources"]) == PAGE,
        repeat=True,
    )


def spread_group(n: int) -> int:
    """One of 1,000 groups in turn."""
    return GROUPS + n % world.SPREAD_GROUPS


def group_with_members() -> Case:
    """A group with the members it had from the start."""
    return Case(
        key="group-members",
        title=f"GET /Groups/{{id}}, {world.SPREAD_MEMBERS} members",
        slug="bench",
        ask=lambda n: Ask("GET", f"/Groups/{world.seeded_id(spread_group(n))}"),
        limit=world.SPREAD_GROUPS,
        spans=lambda n: [Span(spread_group(n), GROUPS, GROUPS + world.SPREAD_GROUPS - 1)],
        check=lambda answer: len(answer["members"]) == world.SPREAD_MEMBERS,
        repeat=True,
    )


def group_read() -> Case:
    """A group without its members."""
    return Case(
        key="group",
        title="GET /Groups/{id}, without members",
        slug="bench",
        ask=lambda n: Ask("GET", f"/Groups/{world.seeded_id(spread_group(n))}?excludedAttributes=members"),
        limit=world.SPREAD_GROUPS,
        spans=lambda n: [Span(spread_group(n), GROUPS, GROUPS + world.SPREAD_GROUPS - 1)],
        check=lambda answer: "members" not in answer,
        repeat=True,
    )
