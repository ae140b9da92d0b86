"""What falls due while a clock is wound forward, or while an emulator serves."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from entrant.entra import directory
from entrant.entra.engine.schedule import later
from entrant.entra.jobs import operations, schedule, world
from entrant.entra.jobs.operations import Watch
from entrant.entra.jobs.provisioner import Provisioner
from entrant.entra.jobs.schedule import Happened, Schedule, advance
from entrant.entra.model import Kind
from tests.support.emulator import App, Workspace, done, users

MINUTE = timedelta(minutes=1)


@pytest.fixture
def start_time(provisioner: Provisioner) -> str:
    """The time at which the clock stands still."""
    provisioner.db.write(world.CLOCK, lambda tx: world.set_manual(tx, manual=True))
    return provisioner.db.read(world.now)


def test_cycles_happen_every_forty_minutes_on_the_way(app: App, provisioner: Provisioner, start_time: str) -> None:
    """13.1: the first one, which is due at once, does not wait."""
    app.assign(*users(provisioner, "ann"))
    operations.start(provisioner, app.job_id)
    happened: list[Happened] = []

    now = advance(provisioner, timedelta(hours=2), happened.append)

    assert now == provisioner.db.read(world.now) == later(start_time, timedelta(hours=2))
    assert [each.at for each in happened] == [later(start_time, n * 40 * MINUTE) for n in range(4)]
    assert [done(each.execution) for each in happened if each.execution] == [{"create": 1}, {}, {}, {}]


def test_a_user_is_purged_after_thirty_days_and_deleted_by_the_next_cycle(
    app: App, provisioner: Provisioner, workspace: Workspace, start_time: str
) -> None:
    """F9: things happen in their order, not all at the end."""
    (ann,) = users(provisioner, "ann")
    app.assign(ann)
    app.sync()
    directory.delete_user(provisioner.db, ann.id)
    app.sync()
    advance(provisioner, timedelta(days=29, hours=23))
    operations.start(provisioner, app.job_id)
    happened: list[Happened] = []

    advance(provisioner, timedelta(hours=2), happened.append)

    told = [(each.at, done(each.execution) if each.execution else each.purged) for each in happened]
    began = later(start_time, timedelta(days=29, hours=23))
    assert told == [
        (began, {}),
        (later(began, 40 * MINUTE), {}),
        (later(start_time, timedelta(days=30)), 1),
        (later(began, 80 * MINUTE), {"delete": 1}),
        (later(began, 120 * MINUTE), {}),
    ]
    assert workspace.members() == {}


def test_a_stopped_job_is_not_run(app: App, provisioner: Provisioner, start_time: str) -> None:
    """13.6."""
    operations.start(provisioner, app.job_id)
    operations.pause(provisioner, app.job_id)
    happened: list[Happened] = []

    advance(provisioner, timedelta(days=1), happened.append)

    assert happened == []


def test_a_job_in_quarantine_is_tried_ever_more_rarely(app: App, provisioner: Provisioner, start_time: str) -> None:
    """15.6, 15.7: after minutes, then 6, 12 and 24 hours after the first failure, then daily."""
    values = {"BaseAddress": "http://127.0.0.1:9", "SyncAll": "false", "SyncNotificationSettings": "{}"}
    operations.put_secrets(provisioner, app.id, values)
    operations.start(provisioner, app.job_id)
    happened: list[Happened] = []

    advance(provisioner, timedelta(days=3), happened.append)

    hours = [0, 5 / 60, 6, 12, 24, 48, 72]
    assert [each.at for each in happened] == [later(start_time, timedelta(hours=h)) for h in hours]


def test_winding_waits_for_a_cycle_that_runs_elsewhere(
    app: App, provisioner: Provisioner, start_time: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.assign(*users(provisioner, "ann"))
    operations.start(provisioner, app.job_id)
    waits = threading.Event()
    monkeypatch.setattr("time.sleep", lambda _: waits.set())
    winding = threading.Thread(target=lambda: advance(provisioner, MINUTE))

    def meanwhile(_: object) -> None:
        winding.start()
        assert waits.wait(20)

    first = app.sync(Watch(outcome=meanwhile))
    winding.join(20)

    assert done(first) == {"create": 1}
    assert provisioner.db.read(world.now) == later(start_time, MINUTE)
    assert app.job.last == first


def test_an_emulator_that_serves_runs_what_is_due(
    app: App, provisioner: Provisioner, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "LOOK_SECONDS", 0.02)
    app.assign(*users(provisioner, "ann"))

    with Schedule(provisioner):
        operations.start(provisioner, app.job_id)
        _wait_until(lambda: app.job.last is not None)

    assert workspace.members() == {"ann@contoso.com": True}
    assert app.job.running is None


def test_an_emulator_that_ends_gives_up_its_cycles_between_two_requests(
    app: App, provisioner: Provisioner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "LOOK_SECONDS", 0.02)
    app.assign(*users(provisioner, *(f"u{n}" for n in range(30))))
    operations.start(provisioner, app.job_id)

    with Schedule(provisioner):
        _wait_until(lambda: app.job.entries[Kind.USER] > 0)

    job = app.job
    assert job.running is None
    assert job.last is not None
    assert job.last.state in {"Failed", "Succeeded"}
    left = done(app.sync()).get("create", 0) if job.last.state == "Failed" else 0
    assert job.entries[Kind.USER] + left == 30


def _wait_until(condition: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(2_000):
        if condition():
            return
        pause.wait(0.01)
    pytest.fail("it never came")
