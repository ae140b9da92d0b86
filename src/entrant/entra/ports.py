"""What the engine asks of whoever keeps a job's state. `store/` answers from the emulator's database.

Each method is one short transaction, callable from any thread. The engine holds no state of its own between objects, so
a cycle that is killed loses nothing but what was not yet saved of the last answer; the next lookup finds that again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Protocol

from .model import Kind, Link, Membership, Outcome, Subject


class State(Protocol):
    """The state of one job, and the directory as that job sees it."""

    def position(self) -> int:
        """The position of the directory's last change that matters to this job: the next watermark."""

    def changed(self, kind: Kind, since: int | None) -> Iterator[Subject]:
        """The objects to evaluate, streamed in a stable order (created, then id).

        `since` is a watermark: objects that changed after it, by a property, the manager, a membership, or an
        assignment to this application, purged ones among them. None is an initial cycle: every object that is
        assigned (or simply exists, if the job syncs all), and every one that is linked.
        """

    def due(self, now: str) -> Iterator[Subject]:
        """Objects with an escrow whose next attempt is not after `now`, in the same order, users first."""

    def subject(self, object_id: str) -> Subject | None:
        """One object by id, or None if there never was one."""

    def link_of(self, object_id: str) -> Link | None:
        """Its link."""

    def linked_to(self, kind: Kind, target_id: str) -> str | None:
        """The id of the object that is linked to this target."""

    def membership(self, group_id: str, chosen: Collection[str] | None = None) -> Membership:
        """How the direct members of a group differ from those exported; with `chosen`, additions among these alone."""

    def save(self, outcome: Outcome) -> None:
        """Store what became of an object."""
