"""The peers there are: what is installed, how each is filled and started, and what it is asked in its own words."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.bench import world
from tests.bench.world import GROUPS, USERS

from . import folders, memory

HERE = Path(__file__).parent
THREADS = 8
Command = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Programs:
    """The commands of a peer that is installed: fill a database from standard input; serve on a port."""

    seed: Command
    serve: Callable[[int], Command]


@dataclass(frozen=True, slots=True)
class Durable:
    """A server that keeps what it is told in PostgreSQL, and how it differs from the others.

    `name_of` is the value by which it looks a user up; `changed` are two attributes that it lets a PATCH replace;
    `users` and `memberships` count the rows of its database.
    """

    name: str
    packages: tuple[str, ...]
    setup: str
    install: Callable[[str, tuple[str, ...]], Programs]
    user_id: Callable[[int], str]
    group_id: Callable[[int], str]
    name_of: Callable[[int], str]
    changed: tuple[str, str]
    shows_members: bool
    users: str
    memberships: str


def django(name: str, packages: tuple[str, ...]) -> Programs:
    """A virtual environment, and the project beside this file."""
    programs, project = folders.python(name, packages) / "bin", HERE / "django_project"
    options = ("--workers", "1", "--threads", str(THREADS), "--no-control-socket", "--chdir", str(project))
    return Programs(
        (str(programs / "python"), str(project / "seed.py")),
        lambda port: (str(programs / "gunicorn"), *options, "--bind", f"127.0.0.1:{port}", "wsgi"),
    )


def polis(name: str, packages: tuple[str, ...]) -> Programs:
    """A folder of npm, with the programs beside this file: Node.js looks for packages where a program is."""
    made = folders.node(name, packages)
    for program in (HERE / "polis").glob("*.mjs"):
        shutil.copy(program, made)
    node = shutil.which("node") or "node"
    return Programs((node, str(made / "seed.mjs")), lambda port: (node, str(made / "serve.mjs"), str(port)))


DURABLE = (
    Durable(
        name="django-scim2",
        packages=(
            "django-scim2==0.23.0",
            "scim2-filter-parser==0.7.0",
            "Django==5.2.19",
            "psycopg[binary]==3.3.9",
            "gunicorn==27.0.1",
        ),
        setup=(
            f"on PostgreSQL: Django 5.2 and psycopg 3 under gunicorn, one worker process of {THREADS} threads, each with a "
            "connection that stays; no middleware but its check of one token; an index on UPPER(username), which it looks "
            "for; it has neither title nor displayName, so PATCH replaces name.givenName and name.familyName"
        ),
        install=django,
        user_id=lambda number: str(number - USERS + 1),
        group_id=lambda number: str(number - GROUPS + 1),
        name_of=world.user_name,
        changed=("name.givenName", "name.familyName"),
        shows_members=True,
        users="SELECT count(*) AS n FROM directory_user",
        memberships="SELECT count(*) AS n FROM directory_user_scim_groups",
    ),
    Durable(
        name="polis",
        packages=("@boxyhq/saml-jackson@26.2.0",),
        setup=(
            "on PostgreSQL: the directory sync of Polis (BoxyHQ's SAML Jackson) with its own tables and ten connections, "
            "behind node:http instead of its Next.js, its events going nowhere; it looks a userName up among the e-mail "
            "addresses, and never shows a group's members"
        ),
        install=polis,
        user_id=world.seeded_id,
        group_id=world.seeded_id,
        name_of=lambda number: f"person.{number}@mail.bench.example",
        changed=("displayName", "title"),
        shows_members=False,
        users="SELECT count(*) AS n FROM jackson_store WHERE split_part(namespace, ':', 2) = 'users'",
        memberships="SELECT count(*) AS n FROM jackson_store WHERE split_part(namespace, ':', 2) = 'members'",
    ),
)

SETUPS = {memory.NAME: memory.SETUP} | {peer.name: peer.setup for peer in DURABLE}
"""All peers by name, and what each is."""


def install(name: str) -> None:
    """Have a peer's packages there; raises FileNotFoundError or subprocess.CalledProcessError."""
    if peer := find(name):
        peer.install(peer.name, peer.packages)
    else:
        folders.python(memory.NAME, memory.PACKAGES)


def find(name: str) -> Durable | None:
    """The durable peer of that name."""
    return next((peer for peer in DURABLE if peer.name == name), None)
