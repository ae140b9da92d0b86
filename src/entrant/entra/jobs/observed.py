"""The state of a job, with somebody looking at what becomes of each object."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from entrant.entra.model import Kind, Link, Membership, Outcome, Subject
from entrant.entra.ports import State


@dataclass(frozen=True, slots=True)
class Observed(State):
    """Passes everything on; `told` hears of each outcome once it is stored, on the thread of its flow."""

    state: State
    told: Callable[[Outcome], None]

    def position(self) -> int:
        """See State."""
        return self.state.position()

    def changed(self, kind: Kind, since: int | None) -> Iterator[Subject]:
        """See State."""
        return self.state.changed(kind, since)

    def due(self, now: str) -> Iterator[Subject]:
        """See State."""
        return self.state.due(now)

    def subject(self, object_id: str) -> Subject | None:
        """See State."""
        return self.state.subject(object_id)

    def link_of(self, object_id: str) -> Link | None:
        """See State."""
        return self.state.link_of(object_id)

    def linked_to(self, kind: Kind, target_id: str) -> str | None:
        """See State."""
        return self.state.linked_to(kind, target_id)

    def membership(self, group_id: str, chosen: Collection[str] | None = None) -> Membership:
        """See State."""
        return self.state.membership(group_id, chosen)

    def save(self, outcome: Outcome) -> None:
        """See State."""
        self.state.save(outcome)
        self.told(outcome)
