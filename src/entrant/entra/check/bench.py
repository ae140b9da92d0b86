"""What a check works with: the endpoint by direct requests, a tenant whose engine drives it, and what was said."""

from __future__ import annotations

import shlex
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from entrant.entra.engine.cycle import cycle_flow
from entrant.entra.engine.job import CycleResult
from entrant.entra.engine.on_demand import OnDemand, provision_on_demand
from entrant.entra.engine.on_demand import Result as OnDemandResult
from entrant.entra.engine.probe import Probed, probe_connection
from entrant.entra.model import Action, LogEntry, Status
from entrant.entra.store import escrows, log
from entrant.scim.wire import Handler, Json, drive

from .advice import DRIFT, after
from .client import Client, manager_of, require
from .model import Failed
from .options import Options
from .recorder import Recorder, listed, members_of
from .tenant import JOB, Tenant, title, upn


@dataclass
class Bench:
    """Made anew for each check."""

    recorder: Recorder
    options: Options
    prefix: str
    """What the names of all that this check makes begin with."""
    make_tenant: Callable[[], Tenant]
    """Called when a check first needs one: it costs more than a few requests."""
    unauthorized: Handler
    """The endpoint, with a token that was never valid."""
    groups: bool = True
    """Whether the endpoint has groups."""
    entries: list[LogEntry] = field(default_factory=list)
    """What the last cycle logged, oldest first."""
    shared: dict[str, str] = field(default_factory=dict, repr=False)
    """What checks of one run leave for those that come after: tokens, by what they were had for."""
    _logged: int = 0

    @cached_property
    def tenant(self) -> Tenant:
        """The tenant of this check."""
        return self.make_tenant()

    @property
    def client(self) -> Client:
        """Direct requests."""
        return Client(self.recorder.send, self.recorder.base)

    def upn(self, name: str) -> str:
        """A user name of this check's own."""
        return upn(self.prefix, name)

    def title(self, name: str) -> str:
        """A group's name of this check's own."""
        return title(self.prefix, name)

    # The engine

    def run(self, script: str) -> None:
        """Lines of a script; `cycle`, `demand` and `test` talk to the endpoint. Raises Failed."""
        for line in script.strip().splitlines():
            verb, *words = shlex.split(line)
            match verb:
                case "cycle":
                    self.cycle(*words)
                case "demand":
                    self.demand(*words)
                case "test":
                    self.test()
                case _:
                    self.tenant.run(line)

    def test(self) -> None:
        """Test connection (entra-client §4)."""
        probed: Probed = drive(probe_connection(self.tenant.job, guid=_guid), self.recorder.send)
        if probed.error is not None:
            text = "Entra would not save the connection, and a job that runs would be quarantined."
            raise Failed(f"the test of the connection ends with {probed.error.code}: {probed.error.message}", text)

    def cycle(self, *codes: str) -> None:
        """Run a cycle, which must end with these error codes in its log, in any order; without one, none."""
        tenant = self.tenant
        flow = cycle_flow(tenant.job, tenant.state(), now=tenant.now(), guid=_guid)
        result: CycleResult = drive(flow, self.recorder.send)
        tenant.job = replace(
            tenant.job, watermark=result.watermark, quarantine=result.quarantine, allow_deletions=False
        )
        self._read_log()
        failed = {each.error_code or "" for each in self.entries if each.status is Status.FAILURE}
        failed |= {result.error.code} if result.error is not None else set()
        if failed != set(codes):
            raise Failed(self._unexpected(result, failed, set(codes)), self.next_step())

    def demand(self, name: str, *members: str) -> None:
        """Provision on demand, which must not fail."""
        tenant = self.tenant
        chosen = [tenant.ids[member] for member in members]
        flow = provision_on_demand(tenant.job, tenant.state(), tenant.ids[name], chosen, now=tenant.now(), guid=_guid)
        shown: OnDemand = drive(flow, self.recorder.send)
        self._read_log()
        if shown.result is OnDemandResult.FAILURE:
            text = "The portal would show the failed step; the job itself repeats nothing of a provision on demand."
            raise Failed(f"provision on demand of {name} ends with {shown.error_code}: {shown.error_message}", text)

    def entry(self, name: str, action: Action) -> LogEntry:
        """The newest entry of the last cycle about an object with this action, which must be a success."""
        id_ = self.tenant.ids[name]
        found = [each for each in self.entries if each.source_id == id_ and each.action is action]
        if not found:
            actions = [str(each.action) for each in self.entries if each.source_id == id_]
            raise Failed(f"the log has no entry {action} of {name} (there are: {', '.join(actions) or 'none'})")
        if found[-1].status is not Status.SUCCESS:
            raise Failed(f"the entry {action} of {name} is {found[-1].status}: {found[-1].reason}", self.next_step())
        return found[-1]

    def target_id(self, name: str) -> str:
        """The id in the target of an object that must be provisioned."""
        id_ = self.tenant.target_id(name)
        if id_ is None:
            raise Failed(f"{name} was not provisioned", self.next_step())
        return id_

    def next_step(self) -> str:
        """What Entra would do after this."""
        job = self.tenant.job
        waiting = self.tenant.database.read(lambda tx: escrows.page(tx, JOB))
        return after(job.quarantine, waiting, job.switches)

    # The target

    def left(self) -> list[str]:
        """What there is now of all that was made: users with state, title and manager; groups with their members."""
        made = [each for each in dict.fromkeys(self.recorder.made) if each.id is not None]
        read = [(each.endpoint, self._read(f"{each.endpoint}/{each.id}")) for each in made]
        found = [(endpoint, resource) for endpoint, resource in read if resource is not None]
        names = {str(each.get("id")): self._name(each) for _, each in found}
        return sorted(self._line(endpoint, resource, names) for endpoint, resource in found)

    def must_be(self, expected: Sequence[str]) -> None:
        """What the target must hold in the end."""
        found = self.left()
        if found != sorted(expected):
            raise Failed(f"the target holds [{'; '.join(found)}]; it must hold [{'; '.join(sorted(expected))}]", DRIFT)

    def _read(self, path: str) -> dict[str, Json] | None:
        response = self.client.request("GET", path)
        if response.status == 404:  # noqa: PLR2004
            return None
        if response.status != 200:  # noqa: PLR2004
            raise Failed(f"GET {path} is answered {response.status}; it must be 200, or 404 if it was deleted")
        return require(response, (200,), f"GET {path}")

    def _name(self, resource: dict[str, Json]) -> str:
        return self.tenant.short(str(resource.get("userName") or resource.get("displayName")))

    def _line(self, endpoint: str, resource: dict[str, Json], names: dict[str, str]) -> str:
        name = self._name(resource)
        if endpoint == "/Groups":
            members = sorted(names.get(str(m.get("value")), "?") for m in listed(resource.get("members")))
            return f"{name}: {', '.join(members)}".strip()
        manager, active = manager_of(resource), resource.get("active")
        words = (
            name,
            "" if active is True else "inactive" if active is False else f"active={active!r}",
            str(resource.get("title") or ""),
            f"< {names.get(str(manager), '?')}" if manager else "",
        )
        return " ".join(word for word in words if word)

    # Failures

    def _read_log(self) -> None:
        found = self.tenant.database.read(lambda tx: log.page(tx, log.Query(job=JOB, most=1_000)).entries)[::-1]
        self.entries = [each.entry for each in found[self._logged :]]
        self._logged = len(found)

    def _unexpected(self, result: CycleResult, failed: set[str], expected: set[str]) -> str:
        if expected and not failed:
            return f"the cycle ends without a failure; {' and '.join(sorted(expected))} must be in its log"
        if result.error is not None and result.error.code in failed - expected:
            return f"the cycle ends with {result.error.code}: {result.error.message}"
        entry = next(each for each in self.entries if each.status is Status.FAILURE)
        what = f"{entry.action} of {self.tenant.short(entry.source_name)} fails with {entry.error_code}"
        last = entry.exchanges[-1] if entry.exchanges else None
        detail = members_of(last.answer.encode()).get("detail") if last is not None else None
        if last is not None and isinstance(detail, str):
            return f"{what}: {last.method} is answered {last.status}: {detail}"
        return f"{what}: {entry.reason}"


def _guid() -> str:
    return str(uuid.uuid4())
