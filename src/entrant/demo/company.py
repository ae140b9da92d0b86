"""A company of forty people in an emulated Entra ID, and its application that provisions them into a workspace."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from entrant.entra.directory import apps, groups, users
from entrant.entra.directory.apps import Principal
from entrant.entra.directory.reading import groups_with_sizes
from entrant.entra.directory.seed import seed
from entrant.entra.jobs import connecting, operations, schedule
from entrant.entra.jobs.provisioner import Provisioner
from entrant.entra.jobs.runner import Watch, run_cycle
from entrant.entra.jobs.views import Execution
from entrant.entra.model import Kind, Outcome
from entrant.scim.wire import Json

APP = "Entrant demo"
PEOPLE = 40
CYCLE = timedelta(minutes=40)


@dataclass(frozen=True, slots=True)
class Company:
    """The directory, the enterprise application and its provisioning job."""

    provisioner: Provisioner
    app: str
    """The id of the service principal."""
    job: str
    admins: str
    """The name of the group whose members are admins; and of that of everybody else."""
    members: str

    def names_of(self, group: str) -> list[str]:
        """The userPrincipalNames of a group's members."""
        return [user.name for user in groups.list_members(self.provisioner.db, group)]

    def groups(self) -> Mapping[str, int]:
        """The size of every group by its name."""
        return {each.group.name: each.members for each in groups_with_sizes(self.provisioner.db)}

    def hire(self, given: str, family: str, department: str) -> str:
        """A new employee with an account, in the groups of the department and of members; the userPrincipalName."""
        boss = groups.list_members(self.provisioner.db, self.admins)[0]
        domain = boss.name.partition("@")[2]
        nickname = f"{given}.{family}".lower()
        properties: dict[str, Json] = {
            "accountEnabled": True,
            "displayName": f"{given} {family}",
            "givenName": given,
            "surname": family,
            "mailNickname": nickname,
            "userPrincipalName": f"{nickname}@{domain}",
            "mail": f"{nickname}@{domain}",
            "jobTitle": "Software Engineer",
            "department": department,
        }
        user = users.create_user(self.provisioner.db, properties, manager=boss.id)
        for group in (department, self.members):
            groups.add_members(self.provisioner.db, group, [user.name])
        return user.name

    def move(self, user: str, old: str, new: str) -> None:
        """From one group into another."""
        groups.remove_members(self.provisioner.db, old, [user])
        groups.add_members(self.provisioner.db, new, [user])

    def leave(self, group: str, *members: str) -> None:
        """Out of a group."""
        groups.remove_members(self.provisioner.db, group, members)

    def update(self, user: str, **properties: Json) -> None:
        """Change properties of a user, by Graph's names."""
        users.update_user(self.provisioner.db, user, properties)

    def unassign(self, group: str) -> None:
        """End a group's assignment to the application."""
        apps.unassign(self.provisioner.db, self.app, Principal(Kind.GROUP, group))

    def cycle(self, seen: Callable[[Outcome], None]) -> Execution:
        """The clock 40 minutes on, and the cycle that is due then."""
        schedule.advance(self.provisioner, CYCLE)
        return run_cycle(self.provisioner, self.job, Watch(outcome=seen))


def found_company(provisioner: Provisioner, tenant_url: str, token: str) -> Company:
    """Seed the directory, make the application, connect it after a successful test, and assign every department."""
    db = provisioner.db
    seeded = seed(db, PEOPLE)
    app, job = operations.create_app(provisioner, APP)
    connecting.connect(provisioner, app.id, {"BaseAddress": tenant_url, "SecretToken": token})
    company = Company(provisioner, app.id, job.id, seeded.admins, seeded.members)
    for name in company.groups():
        apps.assign(db, app.id, Principal(Kind.GROUP, name))
    return company
