"""A run: each check with a tenant of its own, cleaned up after, whatever became of it."""

from __future__ import annotations

import secrets
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import quote

from entrant.db.engine import timestamp
from entrant.entra.engine.job import Job, TenantUrl, parse_tenant_url
from entrant.entra.jobs.credentials import ClientCredentials, Fetched, Secret, authorized, is_token
from entrant.entra.jobs.driver import Driver, Limits
from entrant.entra.mapping.defaults import default_schema
from entrant.entra.model import BadValue, Kind
from entrant.entra.store import open_tenant
from entrant.scim.wire import Handler

from .advice import after_refusal
from .bench import Bench
from .cleanup import delete_all, describe
from .client import Client
from .model import Check, Failed, Outcome, Report, Result, Skipped
from .options import Options
from .recorder import Made, Recorder
from .tenant import JOB, Tenant, prepare
from .verdict import notes_on

MAX_SILENT = 3  # checks in a row in which the endpoint says nothing, before the others are left out
MAX_REASON = 1_000  # characters
MAX_EXCHANGES = 12  # of one check, in a report
NO_GROUPS = (404, 405, 501)
WRONG_TOKEN = "entrant-check-token-that-was-never-valid"  # noqa: S105

Watch = Callable[[int, Check | None, Outcome | None], None]
"""Told which check begins, by its place, and how it ended; None instead of a check while cleaning up."""


class Template:
    """A tenant's database to copy: making one takes longer than most checks."""

    def __init__(self, file: Path) -> None:
        self.file = file
        database = open_tenant(f"sqlite:///{file}")
        self.app = prepare(database)
        database.close()


@dataclass
class Runner:
    """Runs checks against one endpoint."""

    options: Options
    checks: Sequence[Check]
    watch: Watch = lambda _place, _check, _outcome: None
    send: Handler | None = None
    """How the endpoint is reached, without credentials; None is over the network."""

    def __post_init__(self) -> None:
        self.target: TenantUrl = _base(self.options.base_url)
        if self.options.token and not is_token(self.options.token):
            raise BadValue("the token has characters that no header can carry; copy it again, without spaces")
        self.prefix = f"check-{secrets.token_hex(3)}"
        self._outcomes: list[Outcome] = []
        self._left: list[Made] = []
        self._silent = 0
        self._shared: dict[str, str] = {}

    def run(self) -> Report:
        """All checks. An interruption ends them, not the cleaning up and not the report."""
        began, interrupted = timestamp(datetime.now(UTC)), False
        with ExitStack() as opened:
            folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="entrant-check-")))
            template = Template(folder / "tenant.db")
            recorder, unauthorized = self._reach(opened)
            try:
                groups = self._preflight(recorder)
                for place, check in enumerate(self.checks):
                    self.watch(place, check, None)
                    with self._bench(recorder, unauthorized, template, place, groups=groups) as bench:
                        outcome = self._run(check, bench)
                    self._outcomes.append(outcome)
                    self.watch(place, check, outcome)
            except KeyboardInterrupt:
                interrupted = True
            finally:
                self.watch(len(self.checks), None, None)
                left = self._clean(recorder)
        outcomes = tuple(self._outcomes)
        return Report(
            recorder.hidden(self.options.base_url),
            self.options.provider,
            self.prefix,
            began,
            outcomes,
            tuple(map(describe, left)),
            interrupted,
            notes_on(outcomes, interrupted=interrupted),
        )

    def _reach(self, opened: ExitStack) -> tuple[Recorder, Handler]:
        options = self.options
        limits = Limits(timeout_seconds=options.timeout, max_retry_after_seconds=options.timeout)
        reach = self.send or opened.enter_context(Driver(self.target.origin, limits)).send
        hidden = [options.token]
        send = reach
        if options.token:
            send = authorized(reach, Secret(options.token))
        elif options.oauth is not None:
            given = options.oauth
            grant = ClientCredentials(given.endpoint, given.client_id, given.client_secret, given.scope)
            other = opened.enter_context(Driver(_base(given.endpoint).origin, limits))
            send = authorized(reach, Fetched(lambda: grant.fetch(other.send)))
        if options.oauth is not None:
            hidden.append(options.oauth.client_secret)
        if options.federated is not None:
            hidden.append(options.federated.assertion)
        known = tuple(each for each in hidden if each)
        return Recorder(send, self.target.base, known), authorized(reach, Secret(WRONG_TOKEN))

    def _preflight(self, recorder: Recorder) -> bool:
        """Whether the endpoint has groups; notes whether it says anything at all."""
        query = "filter=" + quote(f'displayName eq "{uuid.uuid4()}"')
        response = Client(recorder.send, recorder.base).request("GET", "/Groups", query)
        self._silent = MAX_SILENT if response.status == 0 else 0
        return response.status not in NO_GROUPS

    @contextmanager
    def _bench(
        self, recorder: Recorder, unauthorized: Handler, template: Template, place: int, *, groups: bool
    ) -> Iterator[Bench]:
        recorder.exchanges.clear()
        recorder.instead = lambda _: None
        prefix = f"{self.prefix}-{place + 1:02}"
        with ExitStack() as opened:
            make = partial(self._tenant, opened, template, prefix, groups=groups)
            try:
                yield Bench(recorder, self.options, prefix, make, unauthorized, groups, shared=self._shared)
            finally:
                self._left.extend(delete_all(recorder, recorder.made))
                recorder.made.clear()

    def _tenant(self, opened: ExitStack, template: Template, prefix: str, *, groups: bool) -> Tenant:
        """A new tenant, removed with what is opened."""
        file = template.file.with_name(f"{prefix}.db")
        shutil.copy(template.file, file)
        opened.callback(file.unlink, missing_ok=True)
        database = open_tenant(f"sqlite:///{file}")
        opened.callback(database.close)
        tenant = Tenant(database, prefix, Job(self.target, default_schema(JOB)), template.app)
        if not groups:
            tenant.map(Kind.GROUP, lambda mapping: replace(mapping, enabled=False))
        return tenant

    def _run(self, check: Check, bench: Bench) -> Outcome:
        recorder, began = bench.recorder, time.monotonic()
        if self._silent >= MAX_SILENT and self._outcomes:
            return Outcome(check, Result.SKIPPED, "the endpoint did not answer the checks before this one")
        result, reason, next_step = Result.PASSED, "", ""
        try:
            check.run(bench)
        except Skipped as exc:
            result, reason = Result.SKIPPED, str(exc)
        except Failed as exc:
            result, reason = Result.WARNING if check.optional else Result.FAILED, str(exc)
            next_step = exc.next_step
        said = recorder.exchanges
        silent = bool(said) and all(each.status == 0 for each in said)
        self._silent = self._silent + 1 if silent else 0 if said else self._silent
        bad = result in {Result.FAILED, Result.WARNING}
        shown = recorder.refused() if bad else ()
        return Outcome(
            check,
            result,
            recorder.hidden(" ".join(reason.split())[:MAX_REASON]),
            (next_step or after_refusal(shown)) if bad else "",
            shown[-MAX_EXCHANGES:],
            len(said),
            round((time.monotonic() - began) * 1000),
        )

    def _clean(self, recorder: Recorder) -> list[Made]:
        """A last attempt at what is left; a second interruption ends it."""
        left = [*self._left, *recorder.made]
        try:
            return delete_all(recorder, left)
        except KeyboardInterrupt:
            return [each for each in left if each.id is not None]


def _base(text: str) -> TenantUrl:
    """The base URL without a slash at its end; raises BadValue."""
    try:
        url = parse_tenant_url(text)
    except BadValue as exc:
        raise BadValue("the address begins with https:// or http:// and a host, without user and password") from exc
    if url.query:
        raise BadValue("give the base URL without ?…: the checks run with and without Microsoft's feature flag")
    return replace(url, base=url.base.rstrip("/"))
