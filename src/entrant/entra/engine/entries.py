"""Entries of the provisioning log, and their five steps (entra-client 21.1).

The steps of an object are import, scoping, matching, processing and export. Names and descriptions follow what was seen
of the real log (21.1.5, 21.1.6).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from entrant.entra.mapping.flow import Failure
from entrant.entra.model import (
    TARGET_DIRECTORY,
    Action,
    Kind,
    LogEntry,
    ModifiedProperty,
    Status,
    Step,
    Subject,
)

from .answers import NEXT_STEPS, Code, Problem
from .talk import Talk

SOURCE = "Azure Active Directory"  # as log texts call it (1.7, 21.1.2)
NOT_ENTITLED = "NotEffectivelyEntitled"  # skip reasons (21.1.8)
REDUNDANT = "RedundantExport"
_DONE = {Action.CREATE: "created", Action.UPDATE: "updated", Action.DISABLE: "disabled", Action.DELETE: "deleted"}
_VERB = {Action.CREATE: "create", Action.UPDATE: "update", Action.DISABLE: "disable", Action.DELETE: "delete"}
_KIND_OF_STEP = {Action.CREATE: "Add", Action.DELETE: "Delete"}


@dataclass(slots=True)
class Record:
    """The entry of one object while it comes about."""

    subject: Subject
    talk: Talk = field(default_factory=Talk)
    steps: list[Step] = field(default_factory=list)
    target_id: str | None = None
    target_name: str | None = None

    @property
    def what(self) -> str:
        """How a description names the object: `User 'jane@contoso.com'`."""
        return f"{self.subject.kind} '{name_of(self.subject)}'"

    # Steps

    def imported(self, *, on_demand: bool) -> None:
        """It came from the directory."""
        if on_demand:
            self._step("EntryImport", "import", f"Retrieved {self.what} from {SOURCE}")
            return
        change = "Delete" if self.subject.object is None else "Update" if self.subject.link else "Add"
        self._step(f"EntryImport{change}", "import", f"Received {self.what} change of type ({change}) from {SOURCE}")

    def scoped(self, details: Mapping[str, str], *, passed: bool) -> None:
        """Whether it is in scope, and why."""
        text = f"Determine if {self.subject.kind} in scope by evaluating against each scoping filter"
        self._step(
            "EntrySynchronizationScoping", "scoping", text, Status.SUCCESS if passed else Status.SKIPPED, details
        )

    def matched(self, found: str | None, *, members: int = 0) -> None:
        """It was found in the target, or not. `members` came with a group although they were excluded (6.2.3)."""
        if found is None:
            self._step("EntryImport", "matching", f"No matching {self.subject.kind} was found in {TARGET_DIRECTORY}")
            return
        self.target_id = found
        details = {"targetId": found} | ({"membersReturnedDespiteExclusion": str(members)} if members else {})
        status = Status.WARNING if members else Status.SUCCESS
        self._step("EntryImport", "matching", f"Retrieved {self.what} from {TARGET_DIRECTORY}", status, details)

    def unmatched(self, problem: Problem) -> None:
        """The target could not be asked for it."""
        text = f"Failed to retrieve {self.what} from {TARGET_DIRECTORY}"
        self._step("EntryImport", "matching", text, Status.FAILURE, _told(problem))

    def unmapped(self, failures: Sequence[Failure]) -> None:
        """Attributes are left out because their expressions failed (18.8)."""
        for each in failures:
            text = f"The expression of '{each.name}' failed, and the attribute was left out"
            step = Step(
                "EntrySynchronizationUpdate", "processing", Status.WARNING, text, {"ErrorMessage": each.message}
            )
            if step not in self.steps:
                self.steps.append(step)

    def decided(self, action: Action, why: str) -> None:
        """What will be done, in brackets the reason."""
        self._step(
            f"EntrySynchronization{_KIND_OF_STEP.get(action, 'Update')}",
            "processing",
            f"{self.what} will be {_DONE[action]} in {TARGET_DIRECTORY} ({why})",
        )

    def exported(self, action: Action, problem: Problem | None = None) -> None:
        """It was done, or failed."""
        name = f"EntryExport{_KIND_OF_STEP.get(action, 'Update')}"
        if problem is None:
            self._step(name, "export", f"{self.what} was {_DONE[action]} in {TARGET_DIRECTORY}")
        else:
            text = f"Failed to {_VERB[action]} {self.what} in {TARGET_DIRECTORY}"
            self._step(name, "export", text, Status.FAILURE, _told(problem))

    def unresolved(self, text: str, details: Mapping[str, str]) -> None:
        """A reference leads to an object that is not in the target (9.14)."""
        self._step("EntrySynchronizationUpdate", "referenceResolution", text, Status.WARNING, details)

    def _step(
        self,
        name: str,
        type: str,
        description: str,
        status: Status = Status.SUCCESS,
        details: Mapping[str, str] | None = None,
    ) -> None:
        self.steps.append(Step(name, type, status, description, dict(details or {})))

    # Entries

    def success(self, action: Action, modified: Sequence[ModifiedProperty] = ()) -> LogEntry:
        """It was done."""
        return self._entry(action, Status.SUCCESS, modified)

    def failure(
        self, action: Action, problem: Problem, reason: str, modified: Sequence[ModifiedProperty] = ()
    ) -> LogEntry:
        """It was tried, and is repeated later. `reason` is the target's error with the counter (14.3)."""
        return self._entry(action, Status.FAILURE, modified, problem.code, reason, problem.next_step)

    def skip(self, code: str, reason: str) -> LogEntry:
        """Nothing was to be done (21.1.8)."""
        self._step(
            "EntrySynchronizationSkip", "processing", f"{self.what} was skipped: {reason}", Status.SKIPPED,
            {"SkipReason": code},
        )  # fmt: skip
        return self._entry(Action.OTHER, Status.SKIPPED, (), code, reason)

    def staged(self, reason: str) -> LogEntry:
        """A deletion was withheld (15.10)."""
        self._step("EntrySynchronizationDelete", "processing", f"{self.what}: {reason}", Status.SKIPPED)
        return self._entry(Action.STAGED_DELETE, Status.SKIPPED, (), "TooManyDeletes", reason)

    def warning(self, code: Code, reason: str) -> LogEntry:
        """A reference was left out."""
        return self._entry(Action.OTHER, Status.WARNING, (), code, reason, NEXT_STEPS.get(code))

    def _entry(
        self,
        action: Action,
        status: Status,
        modified: Sequence[ModifiedProperty],
        code: str | None = None,
        reason: str | None = None,
        next_step: str | None = None,
    ) -> LogEntry:
        link = self.subject.link
        entry = LogEntry(
            action,
            status,
            self.subject.id,
            name_of(self.subject),
            self.subject.kind,
            self.target_id or (link.target_id if link else None),
            self.target_name or name_of(self.subject),
            tuple(self.steps),
            tuple(modified),
            code,
            reason,
            next_step,
            _identity(self.subject),
            self.talk.taken(),
        )
        self.steps.clear()
        return entry


def name_of(subject: Subject) -> str:
    """What the log calls an object; one that was purged by the name that the target was last told."""
    if subject.object is not None:
        return subject.object.name
    told = subject.link.exported if subject.link else {}
    known = told.get("userName" if subject.kind is Kind.USER else "displayName")
    return known if isinstance(known, str) else subject.id


def _identity(subject: Subject) -> dict[str, str]:
    properties = subject.object.properties if subject.object else {}
    known = {name: properties.get(name) for name in ("userPrincipalName", "displayName")}
    return {"odatatype": subject.kind.value} | {name: str(value) for name, value in known.items() if value}


def _told(problem: Problem) -> dict[str, str]:
    return {"ErrorCode": problem.code, "ErrorMessage": problem.message}
