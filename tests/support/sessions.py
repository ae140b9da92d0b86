"""Sessions of the console without a form."""

from __future__ import annotations

from entrant.db.engine import Database, Tx
from entrant.service import sign_in
from entrant.store import members, workspaces


def begin_session(database: Database, slug: str, name: str, *, fresh: bool = True) -> str:
    """The secret of a new session of the member with that userName, who has just shown who they are if `fresh`."""

    def work(tx: Tx) -> str:
        workspace = workspaces.find(tx, slug)
        assert workspace is not None
        member = members.find_by_user_name(tx, workspace.id, name)
        assert member is not None
        return sign_in.begin(tx, workspace, member, "password", tx.now if fresh else None)

    return database.write(slug, work)
