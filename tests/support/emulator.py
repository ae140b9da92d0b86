"""An emulated tenant for tests, and the service as the target that it provisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from entrant.db import Database
from entrant.entra import directory
from entrant.entra.directory import Principal
from entrant.entra.jobs import operations
from entrant.entra.jobs.operations import Watch
from entrant.entra.jobs.provisioner import Provisioner
from entrant.entra.jobs.views import Execution, JobView
from entrant.entra.model import DirectoryObject
from entrant.entra.store.log import Logged, Query
from entrant.service import admin

_numbers = count(1)


@dataclass(frozen=True)
class Target:
    """The service in a process of its own, and its database, open here too."""

    url: str
    database: Database

    def workspace(self) -> Workspace:
        """A new workspace with a connection."""
        slug = f"ws{next(_numbers)}"
        admin.create_workspace(self.database, slug, name=slug.title())
        token = admin.create_connection(self.database, slug, "entra").token
        return Workspace(self, slug, f"{self.url}/scim/v2/{slug}", token)


@dataclass(frozen=True)
class Workspace:
    """A workspace of the service."""

    target: Target
    slug: str
    base_url: str
    token: str

    def members(self) -> dict[str, bool]:
        """Whether each member is active, by user name."""
        rows = admin.list_members(self.target.database, self.slug, all_=True)
        return {member.user_name: member.active for member in rows}

    def groups(self) -> dict[str, int]:
        """How many members each group has, by display name."""
        return {group.display_name: group.member_count for group in admin.list_groups(self.target.database, self.slug)}

    def failures(self) -> list[str]:
        """What the service refused, or failed at."""
        entries = admin.list_log(self.target.database, self.slug, failed=True, limit=1000)
        return [f"{entry.status} {entry.operation} {entry.detail}" for entry in entries]


@dataclass(frozen=True)
class App:
    """An enterprise application of the emulated tenant, with its job."""

    p: Provisioner
    id: str
    job_id: str

    @property
    def job(self) -> JobView:
        """The job as it is now."""
        return operations.job_of(self.p, self.id)

    def connect(self, workspace: Workspace, query: str = "") -> None:
        """Connect it to a workspace."""
        operations.connect(self.p, self.id, {"BaseAddress": workspace.base_url + query, "SecretToken": workspace.token})

    def assign(self, *objects: DirectoryObject) -> None:
        """Assign users and groups."""
        for each in objects:
            directory.assign(self.p.db, self.id, Principal(each.kind, each.id))

    def unassign(self, *objects: DirectoryObject) -> None:
        """End their assignments."""
        for each in objects:
            directory.unassign(self.p.db, self.id, Principal(each.kind, each.id))

    def sync(self, watch: Watch | None = None) -> Execution:
        """Run a cycle."""
        return operations.run_cycle(self.p, self.job_id, watch)

    def log(self, **query: object) -> Sequence[Logged]:
        """The log, newest entry first."""
        return operations.list_log(self.p, Query(job=self.job_id, most=1000, **query)).entries  # type: ignore[arg-type]


def new_app(p: Provisioner, name: str = "Acme") -> App:
    """An application with a job that was never started."""
    created = directory.create_app(p.db, name)
    return App(p, created.id, operations.create_job(p, created.id).id)


def done(execution: Execution) -> dict[str, int]:
    """What a cycle did, without what it did not do."""
    names = ("create", "update", "disable", "delete", "skip", "escrowed_raw")
    counts = {name: getattr(execution.counters, name) for name in names}
    return {name: number for name, number in counts.items() if number}


def users(p: Provisioner, *names: str) -> list[DirectoryObject]:
    """New users `name@contoso.com`."""
    return [
        directory.create_user(
            p.db,
            {
                "accountEnabled": True,
                "displayName": name.title(),
                "mailNickname": name,
                "userPrincipalName": f"{name}@contoso.com",
            },
        )
        for name in names
    ]


def group(p: Provisioner, name: str, *members: DirectoryObject) -> DirectoryObject:
    """A new security group."""
    return directory.create_group(p.db, {"displayName": name}, members=[member.id for member in members])
