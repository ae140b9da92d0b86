"""Cycles of a job: what they leave behind in the job, whoever else wants what meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from entrant.entra import directory
from entrant.entra.engine.restart import FULL, ORDINARY
from entrant.entra.engine.schedule import later
from entrant.entra.engine.switches import Switches
from entrant.entra.jobs import operations, runner, world
from entrant.entra.jobs.connection import Connection
from entrant.entra.jobs.driver import Stopped
from entrant.entra.jobs.faults import inject, lose_answers, nth
from entrant.entra.jobs.operations import Running, Watch
from entrant.entra.jobs.provisioner import Provisioner
from entrant.entra.jobs.target import reach as real_reach
from entrant.entra.jobs.tokens import Issuer
from entrant.entra.jobs.views import ScheduleState, Settings, StatusCode
from entrant.entra.model import Action, Conflict, Kind, NotFound, Outcome, ServicePrincipal, Status
from entrant.scim.wire import Handler, Request
from tests.support.emulator import App, Workspace, done, group, new_app, users


def _between(monkeypatch: pytest.MonkeyPatch, wrap: Callable[[Handler], Handler]) -> None:
    """Put a handler between the runner and the target."""

    @contextmanager
    def reach(
        connection: Connection, app: ServicePrincipal, issuer: Issuer, switches: Switches, stop: threading.Event | None
    ) -> Iterator[Handler]:
        with real_reach(connection, app, issuer, switches, stop) as send:
            yield wrap(send)

    monkeypatch.setattr(runner, "reach", reach)


def test_a_first_cycle_provisions_and_the_next_has_nothing_to_do(
    app: App, provisioner: Provisioner, workspace: Workspace
) -> None:
    """13.2, 13.3, 23.6.3."""
    ann, bob, zoe = users(provisioner, "ann", "bob", "zoe")
    app.assign(group(provisioner, "Engineering", ann, bob), zoe)

    first, second = app.sync(), app.sync()

    assert (first.initial, done(first)) == (True, {"create": 4, "update": 1})
    assert (second.initial, done(second), second.counters.requests) == (False, {}, 2)
    assert workspace.members() == {f"{name}@contoso.com": True for name in ("ann", "bob", "zoe")}
    assert workspace.groups() == {"Engineering": 2}
    assert workspace.failures() == []


def test_a_cycle_leaves_its_mark_in_the_status(app: App, provisioner: Provisioner) -> None:
    """21.2: and the next one is due forty minutes after it began (13.1)."""
    app.assign(*users(provisioner, "ann"))
    operations.start(provisioner, app.job_id)

    ended = app.sync()

    job = app.job
    assert (job.status, job.schedule, job.running) == (StatusCode.ACTIVE, ScheduleState.ACTIVE, None)
    assert job.last == job.last_successful == job.last_with_exports == ended
    assert job.steady_first == job.steady_last == ended.ended
    assert job.entries == {Kind.USER: 1, Kind.GROUP: 0}
    assert job.next_run is not None
    assert job.next_run[14:16] == f"{(int(ended.began[14:16]) + 40) % 60:02}"


def test_a_job_says_what_it_has_come_to(provisioner: Provisioner, workspace: Workspace) -> None:
    """15.1."""
    app = new_app(provisioner)
    states = [app.job.status]
    app.connect(workspace)
    states.append(app.job.status)
    operations.start(provisioner, app.job_id)
    states.append(app.job.status)
    app.sync()
    states.append(app.job.status)
    operations.pause(provisioner, app.job_id)
    states.append(app.job.status)

    assert states == ["NotConfigured", "Paused", "NotRun", "Active", "Paused"]


def test_what_is_logged_names_the_cycle_and_how_long_it_took(app: App, provisioner: Provisioner) -> None:
    """21.1.1: without the bearer."""
    (ann,) = users(provisioner, "ann")
    app.assign(ann)

    ended = app.sync()

    [logged] = app.log(source_id=ann.id)
    assert (logged.cycle, logged.entry.action, logged.entry.status) == (ended.id, Action.CREATE, Status.SUCCESS)
    assert [each.method for each in logged.entry.exchanges] == ["GET", "POST"]
    assert logged.milliseconds == sum(each.milliseconds for each in logged.entry.exchanges) > 0
    assert "Bearer" not in repr(logged)


def test_objects_are_provisioned_side_by_side_if_wanted(
    app: App, provisioner: Provisioner, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """13.11: four requests are at the target at once."""
    together = threading.Barrier(4, timeout=20)

    def wait(request: Request) -> None:
        if request.method == "POST":
            together.wait()

    _between(monkeypatch, lambda send: inject(send, wait))
    operations.put_settings(provisioner, app.job_id, Settings(switches=Switches(max_parallel=4)))
    app.assign(*users(provisioner, *(f"u{n}" for n in range(8))))

    ended = app.sync()

    assert done(ended) == {"create": 8}
    assert len(workspace.members()) == 8


def test_two_cycles_of_a_job_never_run_at_once(app: App, provisioner: Provisioner) -> None:
    app.assign(*users(provisioner, "ann"))
    refused: list[bool] = []

    def meanwhile(_: Outcome) -> None:
        with ThreadPoolExecutor() as pool, pytest.raises(Running):
            pool.submit(app.sync).result()
        refused.append(app.job.running is not None)

    app.sync(Watch(outcome=meanwhile))

    assert refused == [True]


def test_a_cycle_that_is_stopped_is_due_again_and_the_next_converges(
    app: App, provisioner: Provisioner, workspace: Workspace
) -> None:
    app.assign(*users(provisioner, "ann", "bob", "zoe"))
    operations.start(provisioner, app.job_id)
    due = app.job.next_run
    stop = threading.Event()

    with pytest.raises(Stopped):
        operations.run_cycle(provisioner, app.job_id, Watch(outcome=lambda _: stop.set()), stop)

    job = app.job
    assert job.last is not None
    assert (job.last.state, job.last.error and job.last.error.code, job.next_run) == ("Failed", "InternalError", due)
    assert done(app.sync()) == {"create": 2, "skip": 1}
    assert len(workspace.members()) == 3


def test_a_restart_during_a_cycle_waits_for_its_end(app: App, provisioner: Provisioner) -> None:
    """13.6: links that the running cycle makes are forgotten too."""
    app.assign(*users(provisioner, "ann", "bob"))

    app.sync(Watch(outcome=lambda _: operations.restart(provisioner, app.job_id, FULL)))

    job = app.job
    assert (job.watermark, job.entries) == (None, {Kind.USER: 0, Kind.GROUP: 0})
    again = app.sync()
    assert (again.initial, done(again), app.job.entries[Kind.USER]) == (True, {"skip": 2}, 2)


def test_a_change_of_mappings_during_a_cycle_makes_the_next_an_initial_one(app: App, provisioner: Provisioner) -> None:
    """12.1.3."""
    app.assign(*users(provisioner, "ann"))

    def change(_: Outcome) -> None:
        operations.set_mapping_enabled(provisioner, app.job_id, Kind.GROUP, enabled=False)

    first = app.sync(Watch(outcome=change))
    second = app.sync()

    assert (first.initial, second.initial, second.counters.requests) == (True, True, 2)
    assert app.sync().initial is False


def test_an_ordinary_restart_keeps_the_links(app: App, provisioner: Provisioner) -> None:
    """13.6, 13.4."""
    app.assign(*users(provisioner, "ann"))
    app.sync()

    operations.restart(provisioner, app.job_id, ORDINARY)
    again = app.sync()

    assert (again.initial, done(again)) == (True, {"skip": 1})
    [logged] = app.log(cycle=again.id)
    assert [each.target.split("?")[0].rpartition("/")[0][-6:] for each in logged.entry.exchanges] == ["/Users"]


def test_a_lost_answer_makes_no_duplicate(
    app: App, provisioner: Provisioner, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """14.9: the retry finds what the lost request made."""
    app.assign(*users(provisioner, "ann", "bob"))
    second_post = nth([2], "POST")
    _between(monkeypatch, lambda send: lose_answers(send, second_post))

    first, second, third = app.sync(), app.sync(), app.sync()

    assert (done(first), first.state) == ({"create": 1, "escrowed_raw": 1}, "EntryLevelErrors")
    assert (done(second), done(third)) == ({"skip": 1}, {})
    assert workspace.members() == {"ann@contoso.com": True, "bob@contoso.com": True}
    assert workspace.failures() == []


def test_wrong_credentials_are_quarantine_and_start_ends_it(
    app: App, provisioner: Provisioner, workspace: Workspace
) -> None:
    """15.4, 13.8: the next attempt is when the quarantine says (15.6)."""
    secrets = {
        "BaseAddress": workspace.base_url,
        "SecretToken": "wrong",
        "SyncAll": "false",
        "SyncNotificationSettings": "{}",
    }
    operations.put_secrets(provisioner, app.id, secrets)
    operations.start(provisioner, app.job_id)

    ended = app.sync()

    job = app.job
    assert (ended.state, ended.error and ended.error.code) == (
        "Failed",
        "SystemForCrossDomainIdentityManagementInvalidCredentials",
    )
    assert job.quarantine is not None
    assert (job.status, job.next_run, job.complete_failures) == ("Quarantine", job.quarantine.next_attempt, 1)
    app.connect(workspace)
    operations.start(provisioner, app.job_id)
    assert (app.job.status, app.sync().state, app.job.complete_failures) == ("Active", "Succeeded", 0)


def test_too_many_deletions_are_held_back_until_they_are_allowed(
    app: App, provisioner: Provisioner, workspace: Workspace
) -> None:
    """15.10, 23.6.7."""
    three = users(provisioner, "ann", "bob", "zoe")
    app.assign(*three)
    app.sync()
    operations.put_settings(provisioner, app.job_id, replace(app.job.settings, delete_threshold=2))
    app.unassign(*three)

    held = app.sync()
    reason = app.job.quarantine and app.job.quarantine.reason
    operations.allow_deletes(provisioner, app.job_id)
    allowed = app.sync()

    assert (held.state, held.counters.staged_delete, reason) == ("Failed", 3, "TooManyDeletes")
    assert done(allowed) == {"disable": 3}
    assert set(workspace.members().values()) == {False}
    assert (app.job.quarantine, app.job.allow_deletions) == (None, False)


def test_an_application_without_connection_runs_nothing(provisioner: Provisioner) -> None:
    app = new_app(provisioner)

    with pytest.raises(Conflict, match="no connection"):
        app.sync()
    with pytest.raises(Conflict, match="no connection"):
        operations.start(provisioner, app.job_id)


def test_a_job_that_is_deleted_leaves_nothing_that_runs(app: App, provisioner: Provisioner) -> None:
    """13.8."""
    app.assign(*users(provisioner, "ann"))
    app.sync()

    operations.delete_job(provisioner, app.job_id)

    assert operations.list_jobs(provisioner, app.id) == []
    with pytest.raises(NotFound):
        app.sync()


def test_joiner_mover_leaver(app: App, provisioner: Provisioner, workspace: Workspace) -> None:
    """F2, F5, F6, F8, F9, F11: as a person's account goes."""
    ann, bob = users(provisioner, "ann", "bob")
    app.assign(ann, bob)
    steps = [done(app.sync())]
    directory.update_user(provisioner.db, ann.id, {"jobTitle": "Captain"})
    steps.append(done(app.sync()))
    app.unassign(ann)
    steps.append(done(app.sync()))
    app.assign(ann)
    steps.append(done(app.sync()))
    directory.delete_user(provisioner.db, bob.id)
    steps.append(done(app.sync()))
    directory.purge_user(provisioner.db, bob.id)
    steps.append(done(app.sync()))

    assert steps == [{"create": 2}, {"update": 1}, {"disable": 1}, {"update": 1}, {"disable": 1}, {"delete": 1}]
    assert workspace.members() == {"ann@contoso.com": True}


def test_progress_names_the_phase_and_how_much_there_is(app: App, provisioner: Provisioner) -> None:
    ann, bob, joe = users(provisioner, "ann", "bob", "joe")
    app.assign(group(provisioner, "Team", ann, bob), joe, ann)
    told: list[tuple[str, int, int | None]] = []

    app.sync(Watch(progress=lambda phase, counters, total: told.append((phase, counters.imported, total))))
    app.sync(Watch(progress=lambda phase, counters, total: told.append((phase, counters.imported, total))))

    assert ("members", 4, 4) in told
    assert told[-1] == ("members", 0, None)


def test_the_log_is_kept_for_thirty_days(app: App, provisioner: Provisioner) -> None:
    """21.1.9."""
    provisioner.db.write(world.CLOCK, lambda tx: world.set_manual(tx, manual=True))
    app.assign(*users(provisioner, "ann"))
    app.sync()
    kept = [len(app.log())]
    for days in (29, 2):
        provisioner.db.write(
            world.CLOCK,
            lambda tx, by=days: world.set_clock(tx, later(world.now(tx), timedelta(days=by))),  # type: ignore[misc]
        )
        app.sync()
        kept.append(len(app.log()))

    assert kept == [1, 1, 0]
