"""What provisioning costs the emulator itself: cycles against a target that does nothing, and against the service.

A company is provisioned whole, then a hundred of its people change. Each cycle runs in a process of its own, so that
its memory is its own too: a small and a large directory must need the same, apart from what has changed.
"""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from entrant.entra import directory
from entrant.entra.directory.bulk import NewMembers, NewObject, add_members, insert
from entrant.entra.jobs import operations
from entrant.entra.jobs.provisioner import Provisioner
from entrant.entra.model import Kind

from . import procs
from .measure import WrongAnswer
from .one_cycle import Took, provisioner
from .procs import ROOT, Cores

LIMIT = 3_600  # seconds that a cycle may take
CHANGES = 100


@dataclass(frozen=True, slots=True)
class Company:
    """How large the directory is. Everybody is in one of the groups."""

    users: int = 10_000
    groups: int = 200


@dataclass(frozen=True, slots=True)
class TargetSite:
    """Where a company is provisioned to."""

    name: str
    url: str
    token: str


@dataclass(frozen=True, slots=True)
class CycleLine:
    """A line of the table."""

    target: str
    company: Company
    cycle: str
    took: Took

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.took.requests / self.took.seconds

    @property
    def cpu(self) -> float:
        """Processor time of the emulator, in microseconds per request."""
        return self.took.cpu * 1e6 / self.took.requests


@contextmanager
def nothing(folder: Path, cores: Cores) -> Iterator[TargetSite]:
    """A target that does nothing."""
    port = procs.free_port()
    command = [sys.executable, "-m", "tests.bench.nothing", str(port)]
    with procs.serving(command, port, cores.other, "/Users", folder / "nothing.log"):
        yield TargetSite("nothing", f"http://127.0.0.1:{port}", "token")


def cycles(site: TargetSite, company: Company, folder: Path, cores: Cores) -> list[CycleLine]:
    """An initial cycle and an incremental one; raises WrongAnswer if anything failed."""
    url = f"sqlite:///{folder / f'{site.name}-{company.users}.db'}"
    p = provisioner(url)
    try:
        people = hire(p, company)
        app = connect(p, site)
        initial = run(url, app, cores)
        for person in people[:CHANGES]:
            directory.update_user(p.db, person, {"jobTitle": "Promoted"})
        changed = run(url, app, cores)
    finally:
        p.db.close()
    lines = [CycleLine(site.name, company, "initial", initial)]
    lines.append(CycleLine(site.name, company, f"{min(CHANGES, company.users)} changes", changed))
    for line in lines:
        if line.took.failures or not line.took.exported:
            raise WrongAnswer(f"{site.name}, {line.cycle}: {line.took.failures} failures, {line.took.exported} written")
    return lines


def hire(p: Provisioner, company: Company) -> list[str]:
    """Bring the company into the directory; the ids of its people."""
    directory.seed(p.db, company.users)
    people = [user.id for user in directory.walk(p.db, Kind.USER)]
    groups = [str(uuid.UUID(int=number + 1)) for number in range(company.groups)]
    insert(
        p.db,
        [
            NewObject(id_, Kind.GROUP, {"displayName": f"Team {id_}", "mailEnabled": False, "securityEnabled": True})
            for id_ in groups
        ],
    )
    add_members(p.db, [NewMembers(id_, people[n :: company.groups]) for n, id_ in enumerate(groups)])
    return people


def connect(p: Provisioner, site: TargetSite) -> str:
    """An application that provisions everybody into the target; its service principal's id."""
    app = directory.create_app(p.db, "Bench").id
    operations.create_job(p, app)
    operations.connect(p, app, {"BaseAddress": site.url, "SecretToken": site.token})
    operations.set_scope(p, app, sync_all=True)
    return app


def run(url: str, app: str, cores: Cores) -> Took:
    """A cycle in a process of its own."""
    with procs.pinned(cores.server):
        ended = subprocess.run(
            [sys.executable, "-m", "tests.bench.one_cycle", url, app],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            timeout=LIMIT,
            check=True,
        )
    return msgspec.json.decode(ended.stdout, type=Took)
