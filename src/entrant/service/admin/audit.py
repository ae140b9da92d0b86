"""The audit log of a workspace: read, and checked for anything that was changed afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from entrant.db.engine import Database, Lane, Tx
from entrant.store import audit, workspaces
from entrant.workspace.audit import Anchor, AuditEntry, chain
from entrant.workspace.errors import InvalidSetting
from entrant.workspace.model import Workspace

from .edit import PAGE, get_workspace, read
from .views import AuditCheck, AuditView

HASH_LENGTH = 64  # hexadecimal digits of SHA-256


def list_audit(database: Database, slug: str, *, before: int = audit.LAST, limit: int = 100) -> list[AuditView]:
    """The latest entries before the one with that number, newest first."""

    def look(tx: Tx, workspace: Workspace) -> list[AuditEntry]:
        return audit.newest(tx, workspace.id, before=before, most=limit)

    return [AuditView.of(entry) for entry in read(database, slug, look)]


def verify_audit(database: Database, slug: str | None = None, anchor: Anchor | None = None) -> list[AuditCheck]:
    """Check the chain of one workspace, or of each; `anchor` is an entry of it as it was kept elsewhere."""
    if slug is None:
        if anchor is not None:
            raise InvalidSetting("An anchor belongs to one workspace; say which")
        return [_verify(database, workspace, None) for workspace in database.read(workspaces.list_all)]
    return [_verify(database, database.read(lambda tx: get_workspace(tx, slug)), anchor)]


def parse_anchor(text: str) -> Anchor:
    """Read `NUMBER:HASH`; raises InvalidSetting."""
    number, _, digest = text.partition(":")
    if not (number.isascii() and number.isdigit() and len(number) < HASH_LENGTH and len(digest) == HASH_LENGTH):
        raise InvalidSetting(f'"{text}" is not an anchor; write NUMBER:HASH as entrant audit verify prints them')
    return Anchor(int(number), digest.lower())


def _verify(database: Database, workspace: Workspace, anchor: Anchor | None) -> AuditCheck:
    """Follow the chain from its beginning to its end, or to the first entry that does not fit."""
    sequence, previous, anchored = 0, "", anchor is None
    for entry in _entries(database, workspace.id):
        problem = None
        if entry.sequence != sequence + 1:
            problem = f"entry {sequence + 1} is missing"
        elif chain(workspace.id, previous, entry) != entry.hash:
            problem = f"entry {entry.sequence} is not as it was written"
        elif anchor is not None and entry.sequence == anchor.sequence:
            anchored = entry.hash == anchor.hash
            problem = None if anchored else f"entry {entry.sequence} is not the one that the anchor was taken from"
        if problem is not None:
            return AuditCheck(workspace.slug, sequence, sequence, previous, problem)
        sequence, previous = entry.sequence, entry.hash
    problem = None if anchored or anchor is None else f"entry {anchor.sequence}, which the anchor names, is missing"
    return AuditCheck(workspace.slug, sequence, sequence, previous, problem)


def _entries(database: Database, workspace_id: str) -> Iterator[AuditEntry]:
    """All entries, oldest first, read page by page: what was read does not change."""
    after = 0
    while page := database.read(
        partial(audit.following, workspace_id=workspace_id, after=after, most=PAGE), Lane.SLOW, workspace_id
    ):
        yield from page
        after = page[-1].sequence
