"""A tenant with one application, moved by lines of text: what an administrator does, then a cycle.

A line is a verb and its words, as in a shell: `user jane jobTitle=Engineer`. Objects have short names; the first one that
is made has an id that begins with 00000001, and so on. The clock stands still until it is told to `advance`.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import TypeVar

from entrant.db.engine import Database, timestamp
from entrant.entra.directory import apps, groups, recycle, users
from entrant.entra.directory.apps import Principal
from entrant.entra.engine.cycle import cycle_flow
from entrant.entra.engine.job import CycleResult, Job, parse_tenant_url
from entrant.entra.engine.on_demand import OnDemand, provision_on_demand
from entrant.entra.engine.probe import Probed, probe_connection
from entrant.entra.engine.restart import parse_reset
from entrant.entra.engine.switches import parse_switches, print_switches
from entrant.entra.mapping.defaults import default_schema
from entrant.entra.mapping.expressions.parser import parse_expression
from entrant.entra.mapping.schema import (
    AttributeMapping,
    Clause,
    FilterGroup,
    ObjectMapping,
    Schema,
    ScopeFilter,
)
from entrant.entra.model import AppRole, Kind, LogEntry
from entrant.entra.store import clock, escrows, links, log, tenant
from entrant.entra.store.clock import ClockState
from entrant.entra.store.state import StoredState
from entrant.scim.wire import Flow, Handler, Json, drive

T = TypeVar("T")
JOB = "scim.0.1"
BEGAN = "2026-11-02T08:00:00.000000Z"
ROLES = (
    AppRole("18d14569-c3bd-439b-9a66-3a2aee01d14f", "User"),
    AppRole("b9632174-c057-4f7e-951b-be3adc52bfe6", "Administrator", "admin"),
)


@dataclass
class World:
    """The tenant's database, the job's settings, and what is between the engine and its target."""

    database: Database
    send: Handler
    url: str = "https://app.example/scim"
    on_connect: Callable[[], None] = lambda: None
    """Called before each cycle or call on demand, so that a script knows where one begins."""
    ids: dict[str, str] = field(default_factory=dict)
    job: Job = field(init=False)
    shown: list[str] = field(default_factory=list)
    """What the last cycle or call came to, and its log, a line each."""
    entries: list[LogEntry] = field(default_factory=list)
    _guids: Iterator[int] = field(default_factory=lambda: count(1))
    _logged: int = 0

    def __post_init__(self) -> None:
        self.job = Job(parse_tenant_url(self.url), default_schema(JOB))
        self._set_clock(BEGAN)
        self.app = apps.create_app(self.database, "Acme", roles=ROLES).id

    # What an administrator does

    def do(self, line: str) -> None:
        """One line."""
        verb, *words = shlex.split(line)
        named = dict(word.split("=", 1) for word in words if "=" in word)
        plain = [word for word in words if "=" not in word]
        getattr(self, f"do_{verb.replace('-', '_')}")(*plain, **named)

    def run(self, script: str) -> list[str]:
        """Several lines; what the last cycle showed."""
        for line in script.strip().splitlines():
            if line.strip() and not line.strip().startswith("#"):
                self.do(line.strip())
        return self.shown

    def _new(self, name: str) -> str:
        self.ids[name] = f"{len(self.ids) + 1:08d}-0000-4000-8000-000000000000"
        return self.ids[name]

    def do_user(self, name: str, **given: str) -> None:
        properties: dict[str, Json] = {
            "userPrincipalName": f"{name}@contoso.com",
            "displayName": name.title(),
            "mailNickname": name,
            "accountEnabled": True,
        }
        users.create_user(self.database, properties | _properties(given), id=self._new(name))

    def do_update(self, name: str, **given: str) -> None:
        users.update_user(self.database, self.ids[name], _properties(given))

    def do_enable(self, name: str) -> None:
        users.update_user(self.database, self.ids[name], {"accountEnabled": True})

    def do_disable(self, name: str) -> None:
        users.update_user(self.database, self.ids[name], {"accountEnabled": False})

    def do_delete(self, name: str) -> None:
        recycle.delete_user(self.database, self.ids[name])

    def do_restore(self, name: str) -> None:
        recycle.restore_user(self.database, self.ids[name])

    def do_purge(self, name: str) -> None:
        recycle.purge_user(self.database, self.ids[name])

    def do_manager(self, name: str, manager: str | None = None) -> None:
        users.set_manager(self.database, self.ids[name], self.ids[manager] if manager else None)

    def do_group(self, name: str, *members: str, **given: str) -> None:
        id_ = self._new(name)
        chosen = [self.ids[member] for member in members]
        groups.create_group(self.database, {"displayName": name, **given}, id=id_, members=chosen)

    def do_rename(self, name: str, to: str) -> None:
        groups.rename_group(self.database, self.ids[name], to)

    def do_delete_group(self, name: str) -> None:
        groups.delete_group(self.database, self.ids[name])

    def do_add(self, name: str, *members: str) -> None:
        groups.add_members(self.database, self.ids[name], [self.ids[member] for member in members])

    def do_remove(self, name: str, *members: str) -> None:
        groups.remove_members(self.database, self.ids[name], [self.ids[member] for member in members])

    def do_assign(self, *names: str, role: str | None = None) -> None:
        for name in names:
            apps.assign(self.database, self.app, self._principal(name), role)

    def do_unassign(self, *names: str) -> None:
        for name in names:
            apps.unassign(self.database, self.app, self._principal(name))

    def _principal(self, name: str) -> Principal:
        found = self.state().subject(self.ids[name])
        kind = found.kind if found else Kind.USER
        return Principal(kind, self.ids[name])

    # What is done with the job

    def do_switch(self, **named: str) -> None:
        switches = parse_switches(print_switches(self.job.switches) | named)
        self.job = replace(self.job, switches=switches)

    def do_scope(self, which: str) -> None:
        self.job = replace(self.job, sync_all=which == "all")

    def do_threshold(self, most: str) -> None:
        self.job = replace(self.job, deletion_threshold=int(most))

    def do_skip_deletions(self) -> None:
        self.job = replace(self.job, skip_out_of_scope_deletions=True)

    def do_without_groups(self) -> None:
        self._map(Kind.GROUP, lambda mapping: replace(mapping, enabled=False))

    def do_filter(self, attribute: str, operator: str, value: str) -> None:
        """A scoping filter for users; saving it restarts the job (17.5)."""
        scope = ScopeFilter((FilterGroup("filter", (Clause(attribute, operator, (value,)),)),))
        self._map(Kind.USER, lambda mapping: replace(mapping, scope=scope))
        self.do_restart()

    def do_map(self, target: str, expression: str, priority: str = "0") -> None:
        """A mapping of users, in place of the one to that target if there is one."""
        new = AttributeMapping(target, parse_expression(expression), matching_priority=int(priority))

        def change(mapping: ObjectMapping) -> ObjectMapping:
            others = tuple(each for each in mapping.attributes if each.target != target)
            return replace(mapping, attributes=(*others, new))

        self._map(Kind.USER, change)

    def _map(self, kind: Kind, change: Callable[[ObjectMapping], ObjectMapping]) -> None:
        schema: Schema = self.job.schema
        mappings = tuple(
            change(mapping) if mapping.source == kind else mapping for mapping in schema.rule.object_mappings
        )
        rule = replace(schema.rule, object_mappings=mappings)
        self.job = replace(self.job, schema=replace(schema, rules=(rule,)))

    def do_restart(self, scope: str = "") -> None:
        reset = parse_reset(scope)
        if reset.escrows:
            self.database.write(JOB, lambda tx: escrows.clear(tx, JOB))
        if reset.links:
            self.database.write(JOB, lambda tx: links.clear(tx, JOB))
        self.job = replace(
            self.job,
            watermark=None if reset.watermark else self.job.watermark,
            quarantine=None if reset.quarantine else self.job.quarantine,
            allow_deletions=self.job.allow_deletions or reset.allow_deletions,
        )

    def do_advance(self, by: str) -> None:
        units = {"m": "minutes", "h": "hours", "d": "days"}
        moment = datetime.fromisoformat(self.now()) + timedelta(**{units[by[-1]]: int(by[:-1])})
        self._set_clock(timestamp(moment))

    # Flows

    def do_test(self) -> None:
        probed: Probed = self._drive(probe_connection(self.job, guid=self._guid))
        self.shown = [f"= {probed.error.code if probed.error else 'connected'}"]

    def do_cycle(self) -> CycleResult:
        result = self._drive(cycle_flow(self.job, self.state(), now=self.now(), guid=self._guid))
        self.job = replace(self.job, watermark=result.watermark, quarantine=result.quarantine, allow_deletions=False)
        reason = f" {result.quarantine.reason}" if result.quarantine else ""
        self.shown = [f"= {result.state}{reason}", *self._log()]
        return result

    def do_demand(self, name: str, *members: str) -> OnDemand:
        chosen = [self.ids[member] for member in members]
        flow = provision_on_demand(self.job, self.state(), self.ids[name], chosen, now=self.now(), guid=self._guid)
        shown = self._drive(flow)
        self.shown = [f"= {shown.result}", *self._log()]
        return shown

    def _drive(self, flow: Flow[T]) -> T:
        self.on_connect()
        return drive(flow, self.send)

    def state(self) -> StoredState:
        return StoredState(self.database, JOB, self.app, self.job.sync_all, cycle="cycle")

    def now(self) -> str:
        return self.database.read(clock.now)

    def _set_clock(self, at: str) -> None:
        self.database.write(tenant.KEY, lambda tx: clock.save(tx, ClockState(manual=True, at=at)))

    def _guid(self) -> str:
        return f"00000000-0000-4000-9000-{next(self._guids):012d}"

    def _log(self) -> list[str]:
        """What was logged since the last time, oldest first: action, status, object, code, attributes that changed."""
        found = self.database.read(lambda tx: log.page(tx, log.Query(job=JOB, most=1_000)).entries)[::-1]
        new, self._logged = found[self._logged :], len(found)
        self.entries = [each.entry for each in new]
        return [_shown(entry) for entry in self.entries]


def _shown(entry: LogEntry) -> str:
    names = ",".join(dict.fromkeys(each.name.rpartition(":")[2] for each in entry.modified))
    words = (f". {entry.action}", entry.status, entry.source_name, entry.error_code, names and f"[{names}]")
    return " ".join(str(word) for word in words if word)


def _properties(given: dict[str, str]) -> dict[str, Json]:
    """Graph's properties; an empty one is cleared."""
    return {name: [value] if name == "businessPhones" and value else value or None for name, value in given.items()}
