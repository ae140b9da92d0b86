"""Counting what a cycle does (entra-client 13.9)."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import fields

from entrant.entra.mapping.scoping import Scope
from entrant.entra.model import Action, LogEntry, Outcome, Part, Status

from .job import Counters

_DONE = {Action.CREATE: "create", Action.UPDATE: "update", Action.DISABLE: "disable", Action.DELETE: "delete"}


class Tally:
    """Counters that several threads add to."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def now(self) -> Counters:
        """The counters as they stand."""
        with self._lock:
            counts = dict(self._counts)
        return Counters(**{each.name: counts.get(each.name, 0) for each in fields(Counters)})

    def probed(self, requests: int) -> None:
        """The target was probed."""
        self._add({"requests": requests})

    def imported(self, scope: Scope, *, delta: bool) -> None:
        """An object came from the directory."""
        self._add(
            {
                "imported": 1,
                "imported_deltas": int(delta),
                "entitled": int(scope.entitled),
                "entitled_for_provisioning": int(scope.in_scope),
            }
        )

    def exported(self, outcome: Outcome, part: Part) -> None:
        """Something became of an object, or of its references."""
        counts: Counter[str] = Counter()
        for entry in outcome.entries:
            counts.update(_of_entry(entry, part))
        counts["imported_reference_deltas"] = int(part is not Part.OBJECT)
        counts["exported"] = int(counts["exports"] > 0)
        counts["escrowed"] = int(bool(outcome.escrows))
        counts["escrows_pruned"] = int(counts["escrowed_raw"] > len(outcome.escrows))
        self._add(counts)

    def _add(self, counts: dict[str, int]) -> None:
        with self._lock:
            self._counts.update(counts)


def _of_entry(entry: LogEntry, part: Part) -> dict[str, int]:
    counts = {"requests": len(entry.exchanges)}
    match entry.status:
        case Status.SUCCESS:
            return counts | {_DONE[entry.action]: 1, "exports": 1}
        case Status.SKIPPED:
            return counts | {"staged_delete" if entry.action is Action.STAGED_DELETE else "skip": 1}
        case Status.FAILURE:
            return counts | {"fail" if part is Part.OBJECT else "reference_failures": 1, "escrowed_raw": 1}
        case Status.WARNING:
            return counts | {"reference_failures": 1}
