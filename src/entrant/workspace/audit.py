"""The audit log as values: who did what by which way, and the hash that chains an entry to the one before.

Whoever changes, removes or inserts an entry afterwards breaks the chain from there on. Whoever can rewrite all of it
can hide that only from those who have not written down an earlier hash: see `Anchor`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum

from entrant.scim.wire import Json

from .model import Outcome


class Channel(StrEnum):
    """By which way something was done."""

    CLI = "cli"
    CONSOLE = "console"
    API = "api"
    SCIM = "scim"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something. `id` is `cli:` and the user of the operating system, or the id of a member."""

    channel: Channel
    id: str
    name: str | None = None
    """How people know them, if not by the id."""


NOBODY = Actor(Channel.SYSTEM, "system")


@dataclass(frozen=True, slots=True)
class Deed:
    """What is done: `member.role` to whom, and with what. Never holds a secret."""

    action: str
    target: str | None = None
    details: dict[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One entry. `sequence` counts from 1 in a workspace; `details` is JSON text, as it is hashed."""

    sequence: int
    at: str
    actor: Actor
    action: str
    target: str | None
    outcome: Outcome
    detail: str | None
    details: str
    salt: str | None = None
    """Random text that is hashed with the rest; None once values were erased, and in entries of earlier versions."""
    erased: int | None = None
    """The entry that tells of the erasure by which this one last lost values."""
    hash: str = ""


@dataclass(frozen=True, slots=True)
class Anchor:
    """An entry's number and hash as someone has kept it elsewhere, written `NUMBER:HASH`."""

    sequence: int
    hash: str


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a log begins: after the entry of the anchor, which was removed with all before it."""

    anchor: Anchor
    at: str
    key: str
    """The id of the key that has signed this."""
    signature: str
    """Hexadecimal, of `cut_message`."""


ERASE = "member.erase"
"""The action of entries that tell which others have lost values: `details.entries` is pairs of number and `content`."""


def cut_message(workspace_id: str, anchor: Anchor, at: str) -> bytes:
    """What is signed where a log is cut."""
    return f"entrant audit cut\n{workspace_id}\n{anchor.sequence}\n{anchor.hash}\n{at}".encode()


def content(workspace_id: str, entry: AuditEntry) -> str:
    """A digest of what an entry says since values were erased from it, and of the hash that it had."""
    return _digest(_parts(workspace_id, entry.hash, entry))


def chain(workspace_id: str, previous: str, entry: AuditEntry) -> str:
    """The hash of an entry that follows the one with the hash `previous`; that is empty before the first."""
    parts = _parts(workspace_id, previous, entry)
    return _digest(parts if entry.salt is None else (*parts, entry.salt))


def _parts(workspace_id: str, previous: str, entry: AuditEntry) -> tuple[str | None, ...]:
    actor = entry.actor
    return (
        workspace_id, previous, str(entry.sequence), entry.at, actor.channel, actor.id, actor.name, entry.action,
        entry.target, entry.outcome, entry.detail, entry.details,
    )  # fmt: skip


def _digest(parts: tuple[str | None, ...]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        # With its length before it, so that no text can pass from one column into the next.
        raw = b"" if part is None else part.encode()
        digest.update(f"{-1 if part is None else len(raw)}:".encode() + raw)
    return digest.hexdigest()
