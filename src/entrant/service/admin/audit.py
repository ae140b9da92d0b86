"""The audit log of a workspace: read, exported, cut, and checked for anything that was changed afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from entrant.db.engine import Database, Lane, Tx, timestamp
from entrant.scim.wire import Json
from entrant.store import audit, keys, workspaces
from entrant.store.keys import Purpose
from entrant.workspace.audit import ERASE, Anchor, AuditEntry, Cut, Deed, chain, content, cut_message
from entrant.workspace.errors import InvalidSetting
from entrant.workspace.model import Outcome, Workspace

from .edit import PAGE, Edit, get_workspace, read, write
from .views import AuditCheck, AuditView

HASH_LENGTH = 64  # hexadecimal digits of SHA-256
CUT_EVERY = timedelta(days=1)  # a cut is an entry of the log itself


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


class _Erasures:
    """Which entries have lost values since they were written, and whether later entries tell so."""

    def __init__(self, workspace_id: str) -> None:
        self._workspace_id = workspace_id
        self._found: dict[int, str] = {}
        self._told: dict[int, bool] = {}

    def meet(self, entry: AuditEntry) -> None:
        """Take note of the next entry."""
        if entry.erased is not None:
            self._found[entry.sequence] = content(self._workspace_id, entry)
        if entry.action == ERASE and entry.outcome is Outcome.DONE:
            for number, digest in msgspec.json.decode(entry.details).get("entries", ()):
                self._told[number] = self._found.get(number) == digest  # of several erasures the last one tells

    def untold(self) -> int | None:
        """The first entry whose values were taken away by nothing that is in the log."""
        return next((number for number in sorted(self._found) if not self._told.get(number)), None)


def _verify(database: Database, workspace: Workspace, anchor: Anchor | None) -> AuditCheck:
    """Follow the chain from its beginning to its end, or to the first entry that does not fit."""
    head, cut, signed = database.read(partial(_ends, workspace_id=workspace.id))
    begin = cut.anchor if cut is not None else Anchor(0, "")
    last, erasures, anchored = begin, _Erasures(workspace.id), anchor is None or anchor == begin
    problem = None if signed else "where the log was cut is not signed by a key of this service"
    for entry in () if problem else _entries(database, workspace.id, begin.sequence):
        if entry.sequence != last.sequence + 1:
            problem = f"entry {last.sequence + 1} is missing"
        elif entry.erased is None and chain(workspace.id, last.hash, entry) != entry.hash:
            problem = f"entry {entry.sequence} is not as it was written"
        elif anchor is not None and entry.sequence == anchor.sequence and not (anchored := entry.hash == anchor.hash):
            problem = f"entry {entry.sequence} is not the one that the anchor was taken from"
        elif head is not None and entry.sequence == head.sequence and entry.hash != head.hash:
            problem = f"entry {entry.sequence} is not the one that was written last"
        if problem is not None:
            break
        erasures.meet(entry)
        last = Anchor(entry.sequence, entry.hash)
    if problem is None:
        problem = _unfinished(last, head, erasures, None if anchored else anchor)
    return AuditCheck(workspace.slug, last.sequence - begin.sequence, last.sequence, last.hash, begin.sequence, problem)


def _unfinished(last: Anchor, head: Anchor | None, erasures: _Erasures, anchor: Anchor | None) -> str | None:
    """What is wrong with a log whose entries fit each other up to `last`; `anchor` is one that was not met."""
    if head is None:
        return "the head of the log, which is kept beside it, is missing"
    if head.sequence > last.sequence:
        return f"entry {last.sequence + 1} is missing, and all up to {head.sequence}"
    if (untold := erasures.untold()) is not None:
        return f"entry {untold} is not as it was written"
    return None if anchor is None else f"entry {anchor.sequence}, which the anchor names, is missing"


def _ends(tx: Tx, workspace_id: str) -> tuple[Anchor | None, Cut | None, bool]:
    """The head of a log as it is kept beside it, where the log was cut, and whether that is signed."""
    cut = audit.find_cut(tx, workspace_id)
    signed = cut is None or _is_signed(tx, workspace_id, cut)
    return audit.head(tx, workspace_id), cut, signed


def _is_signed(tx: Tx, workspace_id: str, cut: Cut) -> bool:
    for key in keys.ring(tx, Purpose.AUDIT):
        if key.id == cut.key and key.public is not None:
            try:
                message = cut_message(workspace_id, cut.anchor, cut.at)
                Ed25519PublicKey.from_public_bytes(key.public).verify(bytes.fromhex(cut.signature), message)
            except (InvalidSignature, ValueError):
                return False
            return True
    return False


def cut_audit(database: Database, slug: str, before: str) -> int:
    """Remove the entries from before a time; what is left of them is a signed anchor. How many those were."""

    def change(edit: Edit) -> int:
        tx, workspace_id = edit.tx, edit.workspace.id
        last, earlier = audit.older(tx, workspace_id, before), audit.find_cut(tx, workspace_id)
        begin = earlier.anchor.sequence if earlier else 0
        if last is None or last.sequence <= begin:
            raise InvalidSetting(f"The audit log of {slug} has no entry from before {before}")
        edit.note(through=last.sequence, hash=last.hash)
        audit.cut(tx, workspace_id, _signed(tx, workspace_id, last))
        return last.sequence - begin

    return write(database, slug, Deed("audit.cut", None, {"before": before}), change)


def purge_audit(database: Database, days: int) -> int:
    """Cut every log at the entries that are older; none if `days` is 0. How many those were."""
    if not days:
        return 0
    end = database.clock.steady() - timedelta(days=days)
    before, due, removed = timestamp(end), timestamp(end - CUT_EVERY), 0
    for workspace in database.read(workspaces.list_all, Lane.SLOW):
        if database.read(partial(_has_older, workspace_id=workspace.id, before=due), Lane.SLOW):
            removed += cut_audit(database, workspace.slug, before)
    return removed


def _has_older(tx: Tx, workspace_id: str, before: str) -> bool:
    return any(entry.at < before for entry in audit.following(tx, workspace_id, after=0, most=1))


def _signed(tx: Tx, workspace_id: str, anchor: Anchor) -> Cut:
    key = keys.current(tx, Purpose.AUDIT)
    if key.secret is None:
        raise LookupError("the key that signs has no secret half")
    message = cut_message(workspace_id, anchor, tx.now)
    return Cut(anchor, tx.now, key.id, Ed25519PrivateKey.from_private_bytes(key.secret).sign(message).hex())


def export_audit(database: Database, slug: str) -> Iterator[dict[str, Json]]:
    """Where the log begins, every entry with all that its hash is made of, and the head; as they are read."""
    workspace = database.read(lambda tx: get_workspace(tx, slug))
    head, cut, _ = database.read(partial(_ends, workspace_id=workspace.id))
    begin = cut.anchor if cut else Anchor(0, "")
    beginning: dict[str, Json] = {"workspace": workspace.id, "slug": slug, "after": begin.sequence, "hash": begin.hash}
    if cut is not None:
        beginning |= {"cutAt": cut.at, "key": cut.key, "signature": cut.signature}
    yield beginning
    for entry in _entries(database, workspace.id, begin.sequence):
        view: dict[str, Json] = msgspec.to_builtins(AuditView.of(entry))
        # As text, since that is what is hashed.
        yield view | {"details": entry.details, "salt": entry.salt, "erased": entry.erased}
    yield {"head": None if head is None else f"{head.sequence}:{head.hash}"}


def _entries(database: Database, workspace_id: str, after: int) -> Iterator[AuditEntry]:
    """All entries after a number, oldest first, read page by page: what was read does not change."""
    while page := database.read(partial(audit.following, workspace_id=workspace_id, after=after, most=PAGE), Lane.SLOW):
        yield from page
        after = page[-1].sequence
