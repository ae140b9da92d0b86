"""What happens in the company, chapter by chapter, and what must have become of it in the workspace.

Each chapter is something that an administrator does in Entra, the provisioning cycles that follow, and what they must
have done: a joiner, a changed name, a change of role that is refused until the old role is gone, a leaver, a group that
is taken away, and an attempt on the last admin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from entrant.entra.jobs.views import Execution
from entrant.entra.model import LogEntry, Outcome, Status

from .company import PEOPLE, Company

LAST_ADMIN = "Cannot remove the last workspace admin"


@dataclass(frozen=True, slots=True)
class Picture:
    """The workspace as it is seen by its admins."""

    roles: Mapping[str, str | None]
    """The role of each provisioned member by userName; None is one who was deprovisioned."""
    groups: Mapping[str, int]
    """The size of each group by its name."""

    def with_role(self, role: str | None) -> set[str]:
        """Who has this role."""
        return {name for name, has in self.roles.items() if has == role}


@dataclass(frozen=True, slots=True)
class Told:
    """Whom the story is told to."""

    chapter: Callable[[str], None]
    entry: Callable[[LogEntry], None]
    cycle: Callable[[Execution], None]
    right: Callable[[str], None]
    wrong: Callable[[str], None]


@dataclass(slots=True)
class Story:
    """The whole of it. `look` sees the workspace, `dismiss` deactivates its first admin, who was made by hand."""

    company: Company
    look: Callable[[], Picture]
    dismiss: Callable[[], None]
    told: Told
    mistakes: int = 0
    _entries: list[LogEntry] = field(default_factory=list)

    def tell(self) -> int:
        """All chapters, in order; how many things went another way than expected."""
        for chapter in (
            self.the_company_arrives,
            self.somebody_joins,
            self.somebody_marries,
            self.somebody_is_promoted,
            self.somebody_leaves,
            self.a_group_is_taken_away,
            self.the_last_admin,
        ):
            chapter()
        return self.mistakes

    def the_company_arrives(self) -> None:
        """The initial cycle: users, groups, then managers and members."""
        self.told.chapter(f"All groups of a company of {PEOPLE} are assigned to the application: the initial cycle")
        self._cycle()
        now, admins = self.look(), set(self.company.names_of(self.company.admins))
        self._must(
            len(now.roles) == PEOPLE - 1, f"{PEOPLE - 1} of {PEOPLE} people are members: one account is disabled"
        )
        self._must(now.with_role("admin") == admins, f"those in {self.company.admins} are admins, all others members")
        self._must(now.groups.keys() == self.company.groups().keys(), f"all {len(now.groups)} groups are there")
        self._must(not self._failures(), "nothing failed")

    def somebody_joins(self) -> None:
        """A joiner, into two groups."""
        self.told.chapter("Robin Quill is hired into Engineering")
        name = self.company.hire("Robin", "Quill", "Engineering")
        before = self.look()
        self._cycle()
        now = self.look()
        self._must(now.roles.get(name) == "member", f"{name} is a member")
        grown = now.groups["Engineering"] == before.groups["Engineering"] + 1
        self._must(grown, "and in the group of Engineering")

    def somebody_marries(self) -> None:
        """An update that changes the sign-in name."""
        old = self._a_member()
        new = f"newly.wed@{old.partition('@')[2]}"
        self.told.chapter(f"{old} marries, and is {new} from now on")
        self.company.update(old, surname="Wed", displayName="Newly Wed", userPrincipalName=new, mail=new)
        self._cycle()
        now = self.look()
        self._must(now.roles.get(new) == "member" and old not in now.roles, f"{new} is the same member by a new name")

    def somebody_is_promoted(self) -> None:
        """From one role group into another: refused while the old role is still there, done in the next cycle."""
        name = self._a_member()
        self.told.chapter(f"{name} moves from {self.company.members} to {self.company.admins}")
        self.company.move(name, self.company.members, self.company.admins)
        self._cycle()
        refused = self._failures()
        self._must(
            [entry.error_code for entry in refused] == ["Conflict"], "the new role is refused while they have the old"
        )
        self._cycle()
        self._must(not self._failures(), "the next cycle repeats what was refused")
        self._must(self.look().roles.get(name) == "admin", f"{name} is an admin")

    def somebody_leaves(self) -> None:
        """A disabled account: deprovisioned, and still there for a return."""
        name = self._a_member()
        self.told.chapter(f"The account of {name} is disabled")
        self.company.update(name, accountEnabled=False)
        self._cycle()
        now = self.look()
        self._must(name in now.with_role(None), f"{name} is out of the workspace: no access and no role")

    def a_group_is_taken_away(self) -> None:
        """A group that is no longer assigned; its people have other assignments and stay."""
        before, gone = self.look(), "Marketing"
        self.told.chapter(f"The group {gone} is unassigned")
        self.company.unassign(gone)
        self._cycle()
        now = self.look()
        self._must(gone not in now.groups, f"{gone} is gone")
        self._must(now.roles == before.roles, "its people are where they were: they have other assignments")

    def the_last_admin(self) -> None:
        """The admin who was made by hand is gone; no way of removing the others all together is open."""
        self.dismiss()
        admins = self.company.names_of(self.company.admins)
        self.told.chapter(f"Everybody is taken out of {self.company.admins}")
        self.company.leave(self.company.admins, *admins)
        self._cycle()
        now, refused = self.look(), self._failures()
        sentences = [entry.reason or "" for entry in refused]
        self._must(
            len(refused) == 1 and LAST_ADMIN in sentences[0], f"refused: {LAST_ADMIN}, and nothing of it applied"
        )
        self._must(now.with_role("admin") == set(admins), f"all {len(admins)} are still admins")

    def _a_member(self) -> str:
        """Somebody whose account is enabled, in the group of members."""
        members = self.look().with_role("member")
        return next(name for name in self.company.names_of(self.company.members) if name in members)

    def _cycle(self) -> None:
        """One cycle, an entry at a time."""
        self._entries = []
        execution = self.company.cycle(self._see)
        self.told.cycle(execution)

    def _see(self, outcome: Outcome) -> None:
        for entry in outcome.entries:
            self._entries.append(entry)
            self.told.entry(entry)

    def _failures(self) -> list[LogEntry]:
        return list(self._with(Status.FAILURE))

    def _with(self, status: Status) -> Iterator[LogEntry]:
        return (entry for entry in self._entries if entry.status is status)

    def _must(self, holds: bool, sentence: str) -> None:  # noqa: FBT001  what must hold comes first, as in a test
        if holds:
            self.told.right(sentence)
        else:
            self.mistakes += 1
            self.told.wrong(sentence)
