"""Walking a list while others write (product.md 5.4; RFC 9865)."""

from __future__ import annotations

import random
import threading
from urllib.parse import quote

import pytest

from entrant.db.engine import Database
from tests.support.idp import USER, Idp
from tests.support.workspaces import new_workspace

STABLE = 5_000  # users that are there throughout


def fill(idp: Idp, prefix: str, number: int) -> set[str]:
    """Create users through /Bulk; their ids."""
    ids: set[str] = set()
    for start in range(0, number, 500):
        operations = [
            {
                "method": "POST",
                "path": "/Users",
                "bulkId": str(n),
                "data": {"schemas": [USER], "userName": f"{prefix}{n}"},
            }
            for n in range(start, min(start + 500, number))
        ]
        answer = idp.request("POST", "/Bulk", {"Operations": operations}).json()
        ids |= {operation["location"].rpartition("/")[2] for operation in answer["Operations"]}
    return ids


def churn(idp: Idp, done: threading.Event) -> None:
    """Create and delete users until told to stop."""
    mine: list[str] = []
    serial = 0
    while not done.is_set():
        serial += 1
        mine.append(idp.user(f"passing{serial}"))
        if len(mine) > 5:
            idp.request("DELETE", f"/Users/{mine.pop(random.randrange(len(mine)))}")


@pytest.fixture
def busy(database: Database) -> tuple[Idp, set[str]]:
    """A workspace of STABLE users."""
    idp = new_workspace(database).idp
    return idp, fill(idp, "stable", STABLE)


def walk_by_cursor(idp: Idp, query: str) -> list[str]:
    """The ids that a cursor walk returns, in order."""
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = idp.get(f"/Users?cursor={quote(cursor)}&count=200&attributes=id{query}").json()
        seen += [user["id"] for user in page["Resources"]]
        cursor = page.get("nextCursor")
    return seen


def walk_by_index(idp: Idp) -> list[str]:
    """The ids that an index walk returns, in order."""
    seen: list[str] = []
    while True:
        page = idp.get(f"/Users?startIndex={len(seen) + 1}&count=200&attributes=id").json()
        seen += [user["id"] for user in page["Resources"]]
        if not page["Resources"]:
            return seen


def test_walks_under_churn(busy: tuple[Idp, set[str]]) -> None:
    """RFC 9865: a cursor walk misses no user who is there throughout, and repeats none; an index walk ends."""
    idp, stable = busy
    done = threading.Event()
    writer = threading.Thread(target=churn, args=(idp, done))
    writer.start()

    try:
        plain, sorted_ = walk_by_cursor(idp, ""), walk_by_cursor(idp, "&sortBy=userName&sortOrder=descending")
        indexed = walk_by_index(idp)
    finally:
        done.set()
        writer.join()

    for seen in (plain, sorted_):
        assert stable <= set(seen)
        assert len(seen) == len(set(seen))
    assert len(indexed) >= STABLE - 200
