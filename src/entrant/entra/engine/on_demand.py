"""Provision on demand: one user, or one group with chosen members, at once (entra-client 19)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from entrant.entra.model import LogEntry, ModifiedProperty, Step
from entrant.entra.ports import State
from entrant.scim.wire import Flow, Json

from .job import Job, NewGuid

MAX_MEMBERS = 5  # of a group, in one call (19.1)


class Result(StrEnum):
    """How it ended."""

    SUCCESS = "Success"
    SKIPPED = "Skipped"
    FAILURE = "Failure"


@dataclass(frozen=True, slots=True)
class OnDemand:
    """What a provision on demand shows (19.2, 19.3)."""

    result: Result
    steps: tuple[Step, ...]
    """Import, determine scope, match, perform action; before them the test of the connection, if that failed."""
    modified: tuple[ModifiedProperty, ...]
    entry: LogEntry | None
    """The entry of the object, already saved with its outcome; None if the connection failed."""
    error_code: str | None = None
    error_message: str | None = None

    def key(self) -> Json:
        """`key` of Graph's answer, before it is turned into text."""
        details = {"errorCode": self.error_code, "errorMessage": self.error_message} if self.error_code else {}
        return {"result": str(self.result), "details": details}


def provision_on_demand(
    job: Job, state: State, object_id: str, members: Sequence[str] = (), *, now: str, guid: NewGuid
) -> Flow[OnDemand]:
    """Evaluate one object now, with flag-off shapes (19.7). Raises NotFound, or BadValue for a wrong choice of members.

    Outcomes are saved. `members` are ids of directory objects; without them a group is provisioned alone (19.5).
    """
    raise NotImplementedError(job, state, object_id, members, now, guid)
