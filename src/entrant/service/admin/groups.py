"""Groups: listed, with the role that each gives. They are made and changed by the provider."""

from __future__ import annotations

from collections.abc import Iterator

from entrant.db.engine import Database, Lane, Tx
from entrant.store import groups

from .edit import PAGE, get_workspace, pages
from .views import GroupView


def list_groups(database: Database, slug: str) -> Iterator[GroupView]:
    """The groups, in the order in which they came."""

    def fetch(after: str) -> list[GroupView]:
        def work(tx: Tx) -> list[GroupView]:
            return [GroupView.of(g) for g in groups.page(tx, get_workspace(tx, slug).id, after=after, most=PAGE)]

        return database.read(work, Lane.SLOW, slug)

    return pages(fetch, lambda view: view.id)
