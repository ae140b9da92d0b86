"""A tenant for one check: a temporary database, a clock that stands still, a job whose target is the endpoint.

What is done with it is written as lines, a verb and its words as in a shell: `user jane jobTitle=Engineer`. Objects
have short names there; in the directory, and so in the target, their names begin with the check's prefix.
"""

from __future__ import annotations

import re
import shlex
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from entrant.db.engine import Database
from entrant.entra.directory import apps, groups, recycle, users
from entrant.entra.directory.apps import Principal
from entrant.entra.engine.job import Job
from entrant.entra.engine.restart import parse_reset
from entrant.entra.mapping.schema import Clause, FilterGroup, ObjectMapping, ScopeFilter
from entrant.entra.model import Kind
from entrant.entra.store import clock, escrows, links, tenant
from entrant.entra.store.clock import ClockState
from entrant.entra.store.state import StoredState
from entrant.scim.wire import Json

JOB = "scim.check"
BEGAN = "2026-11-02T08:00:00.000000Z"
DOMAIN = "contoso.com"


def upn(prefix: str, name: str) -> str:
    """The UPN of a user."""
    return f"{prefix}-{name}@{DOMAIN}"


def title(prefix: str, name: str) -> str:
    """The display name of a group."""
    return f"{prefix} {name}"


def prepare(database: Database) -> str:
    """Make the clock of a new tenant stand still, and an application; its id."""
    database.write(tenant.KEY, lambda tx: clock.save(tx, ClockState(manual=True, at=BEGAN)))
    return apps.create_app(database, "check").id


@dataclass
class Tenant:
    """A directory with one application and its job."""

    database: Database
    prefix: str
    job: Job
    app: str
    """The application's id, by `prepare`."""
    ids: dict[str, str] = field(default_factory=dict)
    """Object ids by short name."""
    kinds: dict[str, Kind] = field(default_factory=dict)

    # Names

    def short(self, text: str) -> str:
        """A name of the target as lines of a script say it."""
        for id_ in self.ids.values():
            text = text.replace(id_.replace("-", ""), "deleted ")
        for made_up in (f"@{DOMAIN}", f"{self.prefix}-", f"{self.prefix} "):
            text = re.sub(re.escape(made_up), "", text, flags=re.IGNORECASE)
        return text

    # What an administrator does

    def run(self, line: str) -> None:
        """One line."""
        verb, *words = shlex.split(line)
        named = dict(word.split("=", 1) for word in words if "=" in word)
        plain = [word for word in words if "=" not in word]
        getattr(self, f"do_{verb.replace('-', '_')}")(*plain, **named)

    def _new(self, name: str, kind: Kind) -> str:
        self.ids[name], self.kinds[name] = str(uuid.uuid4()), kind
        return self.ids[name]

    def do_user(self, name: str, **given: str) -> None:
        """A new user."""
        properties: dict[str, Json] = {
            "userPrincipalName": upn(self.prefix, name),
            "displayName": title(self.prefix, name),
            "mailNickname": f"{self.prefix}-{name}",
            "accountEnabled": True,
        }
        users.create_user(self.database, properties | self._properties(given), id=self._new(name, Kind.USER))

    def do_update(self, name: str, **given: str) -> None:
        """Properties of a user; an empty one is cleared."""
        users.update_user(self.database, self.ids[name], self._properties(given))

    def do_upn(self, name: str, to: str) -> None:
        """Another UPN."""
        users.update_user(self.database, self.ids[name], {"userPrincipalName": upn(self.prefix, to)})

    def do_enable(self, name: str) -> None:
        """The account is enabled."""
        users.update_user(self.database, self.ids[name], {"accountEnabled": True})

    def do_disable(self, name: str) -> None:
        """The account is disabled."""
        users.update_user(self.database, self.ids[name], {"accountEnabled": False})

    def do_delete(self, name: str) -> None:
        """To the recycle bin."""
        recycle.delete_user(self.database, self.ids[name])

    def do_restore(self, name: str) -> None:
        """From the recycle bin."""
        recycle.restore_user(self.database, self.ids[name])

    def do_purge(self, name: str) -> None:
        """For good."""
        recycle.purge_user(self.database, self.ids[name])

    def do_manager(self, name: str, manager: str | None = None) -> None:
        """A manager, or none."""
        users.set_manager(self.database, self.ids[name], self.ids[manager] if manager else None)

    def do_group(self, name: str, *members: str) -> None:
        """A new group."""
        chosen = [self.ids[member] for member in members]
        properties = {"displayName": title(self.prefix, name), "description": "made by entrant check"}
        groups.create_group(self.database, properties, id=self._new(name, Kind.GROUP), members=chosen)

    def do_rename(self, name: str, to: str) -> None:
        """Another display name of a group."""
        groups.rename_group(self.database, self.ids[name], title(self.prefix, to))

    def do_delete_group(self, name: str) -> None:
        """A group, for good."""
        groups.delete_group(self.database, self.ids[name])

    def do_add(self, name: str, *members: str) -> None:
        """Members of a group."""
        groups.add_members(self.database, self.ids[name], [self.ids[member] for member in members])

    def do_remove(self, name: str, *members: str) -> None:
        """Members leave a group."""
        groups.remove_members(self.database, self.ids[name], [self.ids[member] for member in members])

    def do_assign(self, *names: str) -> None:
        """Users and groups are assigned to the application."""
        for name in names:
            apps.assign(self.database, self.app, Principal(self.kinds[name], self.ids[name]))

    def do_unassign(self, *names: str) -> None:
        """They are no longer."""
        for name in names:
            apps.unassign(self.database, self.app, Principal(self.kinds[name], self.ids[name]))

    # What is done with the job

    def do_scope(self, which: str) -> None:
        """All, or assigned ones."""
        self.job = replace(self.job, sync_all=which == "all")

    def do_threshold(self, most: str) -> None:
        """How many deletions are let through."""
        self.job = replace(self.job, deletion_threshold=int(most))

    def do_filter(self, attribute: str, operator: str, value: str) -> None:
        """A scoping filter for users; saving it restarts the job (17.5)."""
        scope = ScopeFilter((FilterGroup("filter", (Clause(attribute, operator, (value,)),)),))
        self.map(Kind.USER, lambda mapping: replace(mapping, scope=scope))
        self.do_restart()

    def do_restart(self, scope: str = "") -> None:
        """Restart the job (13.7)."""
        reset = parse_reset(scope)
        if reset.escrows:
            self.database.write(JOB, lambda tx: escrows.clear(tx, JOB))
        if reset.links:
            self.database.write(JOB, lambda tx: links.clear(tx, JOB))
        self.job = replace(
            self.job,
            watermark=None if reset.watermark else self.job.watermark,
            quarantine=None if reset.quarantine or reset.allow_deletions else self.job.quarantine,
            allow_deletions=self.job.allow_deletions or reset.allow_deletions,
        )

    def do_advance(self, by: str) -> None:
        """Wind the clock forward."""
        units = {"m": "minutes", "h": "hours", "d": "days"}
        self._set_clock(clock.moved(self.now(), timedelta(**{units[by[-1]]: int(by[:-1])})))

    def map(self, kind: Kind, change: Callable[[ObjectMapping], ObjectMapping]) -> None:
        """Change how objects of a kind are mapped."""
        schema = self.job.schema
        mappings = tuple(change(each) if each.source == kind else each for each in schema.rule.object_mappings)
        rule = replace(schema.rule, object_mappings=mappings)
        self.job = replace(self.job, schema=replace(schema, rules=(rule,)))

    # State

    def state(self) -> StoredState:
        """The job's state."""
        return StoredState(self.database, JOB, self.app, self.job.sync_all, cycle="check")

    def now(self) -> str:
        """The time by the tenant's clock."""
        return self.database.read(clock.now)

    def target_id(self, name: str) -> str | None:
        """The id in the target of an object; None if it is not linked."""
        link = self.database.read(lambda tx: links.find(tx, JOB, self.ids[name]))
        return None if link is None else link.target_id

    def _set_clock(self, at: str) -> None:
        self.database.write(tenant.KEY, lambda tx: clock.save(tx, ClockState(manual=True, at=at)))

    def _properties(self, given: dict[str, str]) -> dict[str, Json]:
        """Graph's properties; `~` stands for the prefix."""
        made = {name: value.replace("~", self.prefix) for name, value in given.items()}
        return {name: [value] if name == "businessPhones" and value else value or None for name, value in made.items()}
