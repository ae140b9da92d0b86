"""The state of a job in the emulator's database: `ports.State`. Objects are read page by page, never all at once."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from entrant.db.engine import Database, Lane, Tx
from entrant.entra.model import Kind, Link, Membership, Outcome, Subject

from . import changes, clock, escrows, links, log, subjects
from .log import Where

T = TypeVar("T")
PAGE = 200  # objects that are looked at together
WALK = 2_000  # objects of which an initial cycle asks at once whether they concern it
FEED = 10_000  # changes read at once: ids and numbers only


@dataclass(frozen=True, slots=True)
class StoredState:
    """The state of one job, for one cycle or provision on demand."""

    database: Database
    job: str
    service_principal: str
    sync_all: bool
    """Whether all users and groups are in scope, or only those that are assigned (12.1.1)."""
    cycle: str
    """The id that log entries bear."""

    def position(self) -> int:
        """The sequence number of the last change that matters to this job."""
        return self._read(lambda tx: changes.position(tx, self.service_principal))

    def changed(self, kind: Kind, since: int | None) -> Iterator[Subject]:
        """The objects to evaluate, in the order of creation; each as it is when its turn comes."""
        ids = self._candidates(kind) if since is None else self._changed_ids(kind, since)
        return self._subjects(ids)

    def due(self, now: str) -> Iterator[Subject]:
        """Objects whose escrow's time has come, users first."""
        return self._subjects(iter(self._read(lambda tx: escrows.due(tx, self.job, now))))

    def subject(self, object_id: str) -> Subject | None:
        """One object by id."""
        found = self._read(lambda tx: subjects.load_many(tx, self.job, self.service_principal, [object_id]), Lane.FAST)
        return found[0] if found else None

    def link_of(self, object_id: str) -> Link | None:
        """The link of an object."""
        return self._read(lambda tx: links.find(tx, self.job, object_id), Lane.FAST)

    def linked_to(self, kind: Kind, target_id: str) -> str | None:
        """The id of the object that is linked to this target."""
        return self._read(lambda tx: links.linked_to(tx, self.job, kind, target_id), Lane.FAST)

    def membership(self, group_id: str, chosen: Collection[str] | None = None) -> Membership:
        """How the direct members of a group differ from those exported; with `chosen`, these alone (19.5)."""
        return self._read(lambda tx: links.membership(tx, self.job, group_id, chosen))

    def save(self, outcome: Outcome) -> None:
        """Store what became of an object, in one transaction; Conflict if its target is linked to another one."""
        change_id = str(uuid.uuid4())
        self.database.write(self.job, lambda tx: self._save(tx, outcome, change_id))

    def _save(self, tx: Tx, outcome: Outcome, change_id: str) -> None:
        if outcome.link is not None:
            links.save(tx, self.job, outcome.link)
        else:
            links.remove(tx, self.job, outcome.object_id)
        links.export_members(tx, self.job, outcome.object_id, outcome.members_added, outcome.members_removed)
        if outcome.settled:
            escrows.settle(tx, self.job, outcome.object_id, outcome.settled)
        for escrow in outcome.escrows:
            escrows.save(tx, self.job, escrow)
        if outcome.entries:
            where, now = Where(self.job, self.service_principal, self.cycle), clock.now(tx)
            for entry in outcome.entries:
                log.append(tx, where, change_id, now, entry)

    def _candidates(self, kind: Kind) -> Iterator[str]:
        after: int | None = 0
        while after is not None:
            ids, after = self._read(lambda tx, after=after: self._next_candidates(tx, kind, after))  # type: ignore[misc]
            yield from ids

    def _next_candidates(self, tx: Tx, kind: Kind, after: int) -> tuple[list[str], int | None]:
        return subjects.candidates(
            tx, self.job, self.service_principal, kind, everyone=self.sync_all, after=after, most=WALK
        )

    def _changed_ids(self, kind: Kind, since: int) -> Iterator[str]:
        """The ids of what changed up to now, in the order of creation: ids alone fit into memory."""
        numbers: dict[str, int] = {}
        for scope in (changes.DIRECTORY, self.service_principal):
            after = (since, changes.LAST_ID)
            while found := self._read(
                lambda tx, scope=scope, after=after: changes.following_ids(tx, kind, scope, after, FEED)  # type: ignore[misc]
            ):
                numbers.update((id_, number) for _, id_, number in found)
                after = found[-1][:2]
        return iter(sorted(numbers, key=numbers.__getitem__))

    def _subjects(self, ids: Iterator[str]) -> Iterator[Subject]:
        while page := list(islice(ids, PAGE)):
            yield from self._load(page)

    def _load(self, ids: Sequence[str]) -> list[Subject]:
        return self._read(lambda tx: subjects.load_many(tx, self.job, self.service_principal, ids))

    def _read(self, work: Callable[[Tx], T], lane: Lane = Lane.SLOW) -> T:
        return self.database.read(work, lane)
